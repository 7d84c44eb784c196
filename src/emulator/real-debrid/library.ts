import { generatedContent, type ContentSource } from '../content.js';
import { baseName, sourceOf } from '../known-torrents.js';
import { storedRar } from '../rar.js';
import type { StandInContext } from '../stand-in.js';
import type { WorldFile, WorldItem, WorldItemState, WorldTorrent } from '../world.js';
import type { RealDebridKnobs } from './knobs.js';
import {
  selectedFiles,
  type Account,
  type HeldTorrent,
  type RestrictedLink,
  type TorrentStatus,
} from './state.js';

const idAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** What Real-Debrid serves file by file; any other file in a selection makes it one RAR (observed 2026). */
const streamable = /\.(avi|flv|m2ts|m4v|mkv|mov|mp4|mpg|mpeg|ts|webm|wmv|mp3|flac|m4a)$/i;

const statusByState = {
  ready: 'downloaded',
  working: 'downloading',
  failed: 'error',
  expired: 'error',
} as const satisfies Record<WorldItemState, TorrentStatus>;

/** Torrents in accounts: how they come, how they get on, and the links that they get when they are done. */
export class Library {
  readonly #context: StandInContext;
  readonly #knobs: RealDebridKnobs;
  // INVARIANT: every link ever made, by the first 13 characters of its id.
  readonly #links = new Map<string, RestrictedLink>();

  constructor(context: StandInContext, knobs: RealDebridKnobs) {
    this.#context = context;
    this.#knobs = knobs;
  }

  newId(): string {
    return this.#context.prng.text(idAlphabet, 13);
  }

  /** The link behind a URL text, whatever follows the first 13 characters of its id. */
  link(text: string): RestrictedLink | undefined {
    const id = /^https?:\/\/real-debrid\.com\/d\/([A-Z0-9]+)/.exec(text)?.[1];
    return id === undefined ? undefined : this.#links.get(id.slice(0, 13));
  }

  /** Puts a torrent into an account as it has been for a while. */
  hold(account: Account, item: WorldItem, addedMs: number): HeldTorrent {
    const { torrent, state = 'ready', select = () => true } = item;
    const selection = torrent.files.flatMap((file, index) => (select(file) ? [index + 1] : []));
    const held = this.#insert(account, torrent, addedMs, selection);
    this.setState(account, held, state);
    return held;
  }

  setState(account: Account, held: HeldTorrent, state: WorldItemState): void {
    if (state === 'ready') {
      this.#complete(account, held, held.addedMs + 1000);
      return;
    }
    held.status = statusByState[state];
    held.progress = state === 'working' ? 42 : 0;
    held.endedMs = null;
    held.links = [];
  }

  /** A magnet was added: its metadata comes after 2 s, or never. */
  addMagnet(account: Account, hash: string, torrent: WorldTorrent | undefined): HeldTorrent {
    if (torrent === undefined || torrent.seeders === 0) {
      const unknown = torrent ?? placeholder(hash);
      const held = this.#insert(account, unknown, this.#context.clock.now(), []);
      this.#later(account, held, 60_000, () => (held.status = 'magnet_error'));
      return held;
    }
    const held = this.#insert(account, torrent, this.#context.clock.now(), []);
    this.#later(account, held, 2000, () => (held.status = 'waiting_files_selection'));
    return held;
  }

  /** A .torrent file was added: there is nothing to wait for. */
  addFile(account: Account, torrent: WorldTorrent): HeldTorrent {
    const held = this.#insert(account, torrent, this.#context.clock.now(), []);
    held.status = 'waiting_files_selection';
    return held;
  }

  /** Files were selected: done in a second where this exact selection is cached, else ten seconds for each tenth. */
  select(account: Account, held: HeldTorrent, selection: readonly number[]): void {
    held.selection = selection;
    held.status = 'queued';
    const { cachedSelections } = held.torrent;
    const exact = cachedSelections?.some((cached) => sameNumbers(cached, selection)) ?? true;
    const done = (): void => this.#complete(account, held, this.#context.clock.now());
    if (exact && this.#context.torrents.isCached('real-debrid', held.torrent)) {
      this.#later(account, held, 1000, done);
      return;
    }
    for (let tenth = 0; tenth < 10; tenth += 1) {
      this.#later(account, held, (tenth + 1) * 10_000, () => {
        held.status = 'downloading';
        held.progress = (tenth + 1) * 10;
      });
    }
    this.#later(account, held, 101_000, () => (held.status = 'uploading'));
    this.#later(account, held, 110_000, done);
  }

  #insert(
    account: Account,
    torrent: WorldTorrent,
    addedMs: number,
    selection: readonly number[],
  ): HeldTorrent {
    const held: HeldTorrent = {
      id: this.newId(),
      torrent,
      addedMs,
      status: 'magnet_conversion',
      selection,
      progress: 0,
      endedMs: null,
      links: [],
    };
    account.torrents.set(held.id, held);
    return held;
  }

  #later(account: Account, held: HeldTorrent, delayMs: number, change: () => void): void {
    this.#context.clock.after(delayMs, () => {
      if (account.torrents.get(held.id) === held) change();
    });
  }

  #complete(account: Account, held: HeldTorrent, endedMs: number): void {
    held.status = 'downloaded';
    held.progress = 100;
    held.endedMs = endedMs;
    held.links = this.#contents(held)
      .map(({ fileName, source }, index) => {
        const id = this.newId() + (index % 3 === 2 ? this.#context.prng.text(idAlphabet, 3) : '');
        const text = `https://real-debrid.com/d/${id}`;
        const { hash, infringing } = held.torrent;
        const bornMs = this.#context.clock.now();
        const link = { text, hash, fileName, source, owner: account, bornMs, infringing };
        this.#links.set(id.slice(0, 13), link);
        return text;
      })
      .filter((_, index) => index !== this.#knobs.dropLink);
  }

  #contents(held: HeldTorrent): { readonly fileName: string; readonly source: ContentSource }[] {
    const files = selectedFiles(held);
    if (!files.every(({ path }) => streamable.test(path))) {
      return [rarOf(held.torrent, files, this.#knobs.rarContent)];
    }
    return files.map((file) => ({ fileName: baseName(file.path), source: sourceOf(held.torrent, file) }));
  }
}

/**
 * The archive into which a mixed selection is packed: RAR 3, nothing compressed, one volume (observed 2026). `opaque`: its bytes are
 * generated under the path `<name>.rar`, and only its size is as if.
 */
export function rarOf(
  torrent: WorldTorrent,
  files: readonly WorldFile[],
  content: RealDebridKnobs['rarContent'],
): { readonly fileName: string; readonly source: ContentSource } {
  const fileName = `${torrent.name}.rar`;
  const packed = files.map((file) => ({
    path: file.path.replace(/[|"\\?*:<>]/g, '_'),
    source: sourceOf(torrent, file),
  }));
  const [archive] = storedRar({ format: 'rar3', files: packed, naming: 'part', baseName: torrent.name });
  const size = archive?.source.size ?? 0;
  const isStored = content === 'stored' && archive !== undefined;
  return { fileName, source: isStored ? archive.source : generatedContent(torrent.hash, fileName, size) };
}

function placeholder(hash: string): WorldTorrent {
  return {
    hash,
    name: hash,
    files: [],
    seeders: 0,
    cachedOn: [],
    cachedSelections: null,
    infringing: false,
  };
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number) => b.includes(number));
}

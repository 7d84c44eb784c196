import type { TorBoxList } from '../../core/torrent.js';
import type { StandInContext } from '../stand-in.js';
import type { WorldItem, WorldItemState, WorldTorrent } from '../world.js';
import type { TorBoxKnobs } from './knobs.js';
import { downloadsOf, type Account, type Download } from './state.js';

const firstId = 5_000_001;

const phases = {
  ready: 'ready',
  working: 'downloading',
  failed: 'failed',
  expired: 'ready',
} as const satisfies Record<WorldItemState, Download['phase']>;

/** Downloads in accounts: how they come, get on, and expire. */
export class Library {
  readonly #context: StandInContext;
  readonly #knobs: TorBoxKnobs;
  /** Each list counts for itself, so that ids overlap. */
  readonly #nextIds: Record<TorBoxList | 'queue', number> = {
    torrents: firstId,
    usenet: firstId,
    webdl: firstId,
    queue: firstId,
  };

  constructor(context: StandInContext, knobs: TorBoxKnobs) {
    this.#context = context;
    this.#knobs = knobs;
  }

  /** Puts a download into an account as it has been for a while. */
  hold(
    account: Account,
    { torrent, list = 'torrents', state = 'ready' }: WorldItem,
    createdMs: number,
  ): Download {
    const download = this.#insert(account, torrent, list, createdMs);
    this.setState(download, state);
    return download;
  }

  setState(download: Download, state: WorldItemState): void {
    const nowMs = this.#context.clock.now();
    download.expiresMs = state === 'expired' ? nowMs : nowMs + this.#knobs.itemLifetimeMs;
    download.phase = phases[state];
    download.progress = state === 'working' ? 0.42 : state === 'failed' ? 0 : 1;
  }

  /** Whether its files can be had. */
  isPresent(download: Download): boolean {
    return download.phase === 'ready' && !this.isExpired(download) && !this.isEvicted(download);
  }

  isExpired({ phase, expiresMs }: Download): boolean {
    return phase === 'ready' && expiresMs !== null && this.#context.clock.now() >= expiresMs;
  }

  isEvicted({ torrent }: Download): boolean {
    return this.#context.torrents.isEvicted('torbox', torrent.hash);
  }

  /** Adds a download, present at once where it is cached. */
  create(account: Account, list: TorBoxList, torrent: WorldTorrent): Download {
    const download = this.#insert(account, torrent, list, this.#context.clock.now());
    if (this.#context.torrents.isCached('torbox', torrent)) this.setState(download, 'ready');
    else this.#start(account, download);
    return download;
  }

  /** Queues a torrent; the queue does not move by itself. */
  queue(account: Account, torrent: WorldTorrent): number {
    const id = this.#nextIds.queue++;
    account.queue.set(id, { id, torrent, createdMs: this.#context.clock.now() });
    return id;
  }

  activeCount(account: Account): number {
    return downloadsOf(account).filter(({ phase }) => phase === 'metadata' || phase === 'downloading').length;
  }

  #insert(account: Account, torrent: WorldTorrent, list: TorBoxList, createdMs: number): Download {
    const download: Download = {
      id: this.#nextIds[list]++,
      list,
      torrent,
      createdMs,
      fileIds: this.#context.prng.shuffled(torrent.files.length),
      phase: 'metadata',
      progress: 0,
      expiresMs: null,
    };
    account.downloads[list].set(download.id, download);
    return download;
  }

  /** Metadata after five seconds, ready after a minute; without seeders neither. */
  #start(account: Account, download: Download): void {
    if (download.torrent.seeders === 0) return;
    const later = (delayMs: number, change: () => void): void =>
      this.#context.clock.after(delayMs, () => {
        if (account.downloads[download.list].get(download.id) === download) change();
      });
    later(5000, () => (download.phase = 'downloading'));
    later(30_000, () => (download.progress = 0.5));
    later(60_000, () => this.setState(download, 'ready'));
  }
}

import type { StandInContext } from '../stand-in.js';
import type { WorldItem, WorldItemState, WorldTorrent } from '../world.js';
import type { AllDebridKnobs } from './knobs.js';
import { isActive, type Account, type FileLink, type Magnet } from './state.js';

const linkAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

const codeByState = { ready: 4, working: 1, failed: 7, expired: 11 } as const satisfies Record<
  WorldItemState,
  number
>;

/** Magnets in accounts: how they come, how they get on, and the links that they get when they are ready. */
export class Magnets {
  readonly #context: StandInContext;
  readonly #knobs: AllDebridKnobs;
  #lastId = 100_000;
  // INVARIANT: every link ever made.
  readonly #links = new Map<string, FileLink>();

  constructor(context: StandInContext, knobs: AllDebridKnobs) {
    this.#context = context;
    this.#knobs = knobs;
  }

  newLinkId(): string {
    return this.#context.prng.text(linkAlphabet, 10);
  }

  /** The link behind `https://alldebrid.com/f/<id>`; null where the text is none of these. */
  link(text: string): FileLink | 'down' | null {
    const id = /^https?:\/\/alldebrid\.com\/f\/([a-z0-9]+)$/.exec(text)?.[1];
    if (id === undefined) return null;
    const link = this.#links.get(id);
    const isGone =
      link === undefined ||
      link.magnet.statusCode !== 4 ||
      this.#context.torrents.isEvicted('alldebrid', link.magnet.torrent.hash);
    return isGone ? 'down' : link;
  }

  /** Puts a magnet into an account as it has been for a while. */
  hold(account: Account, { torrent, state = 'ready' }: WorldItem, uploadMs: number): Magnet {
    const magnet = this.#insert(account, torrent, uploadMs);
    this.setState(magnet, state);
    return magnet;
  }

  setState(magnet: Magnet, state: WorldItemState): void {
    if (state === 'ready') this.#complete(magnet, magnet.uploadMs + 1000);
    else magnet.statusCode = codeByState[state];
  }

  /** Uploads a hash: the magnet that is there already, or a new one, ready at once where it is cached. */
  upload(account: Account, torrent: WorldTorrent): Magnet {
    const known = [...account.magnets.values()].find((magnet) => magnet.torrent.hash === torrent.hash);
    if (known !== undefined) return known;
    const magnet = this.#insert(account, torrent, this.#context.clock.now());
    this.#start(account, magnet);
    return magnet;
  }

  /** Sets a failed magnet going again; false where it is under way or ready. */
  restart(account: Account, magnet: Magnet): boolean {
    if (isActive(magnet) || magnet.statusCode === 4) return false;
    magnet.statusCode = 0;
    this.#start(account, magnet);
    return true;
  }

  #insert(account: Account, torrent: WorldTorrent, uploadMs: number): Magnet {
    this.#lastId += 1;
    const magnet: Magnet = {
      id: this.#lastId,
      torrent,
      uploadMs,
      statusCode: 0,
      completionMs: null,
      linkIds: [],
    };
    account.magnets.set(magnet.id, magnet);
    return magnet;
  }

  /** Ten seconds for each step; without seeders it fails after twenty minutes. */
  #start(account: Account, magnet: Magnet): void {
    const { clock, torrents } = this.#context;
    if (torrents.isCached('alldebrid', magnet.torrent)) {
      this.#complete(magnet, clock.now());
      return;
    }
    const later = (delayMs: number, change: () => void): void =>
      clock.after(delayMs, () => {
        if (account.magnets.get(magnet.id) === magnet && isActive(magnet)) change();
      });
    if (magnet.torrent.seeders === 0) {
      later(20 * 60_000, () => (magnet.statusCode = this.#knobs.noSeedersCode));
      return;
    }
    for (const statusCode of [1, 2, 3]) {
      later(statusCode * 10_000, () => (magnet.statusCode = statusCode));
    }
    later(40_000, () => this.#complete(magnet, clock.now()));
  }

  #complete(magnet: Magnet, completionMs: number): void {
    magnet.statusCode = 4;
    magnet.completionMs = completionMs;
    if (magnet.linkIds.length > 0) return;
    magnet.linkIds = magnet.torrent.files.map((file) => {
      const id = this.newLinkId();
      this.#links.set(id, { id, magnet, file });
      return id;
    });
  }
}

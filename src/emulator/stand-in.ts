import type { ServiceName } from '../core/account.js';
import type { TorBoxList } from '../core/torrent.js';
import type { AccountBook, EmulatedAccount } from './account-book.js';
import type { EmulatorClock } from './clock.js';
import type { HosterLinks } from './hoster-links.js';
import type { KnownTorrents } from './known-torrents.js';
import type { Handler } from './listener.js';
import type { Prng } from './prng.js';
import type { LogEntry } from './request-log.js';
import type { HostName } from './roles.js';
import type { WorldItem, WorldItemState } from './world.js';

/** What a service stand-in is built from. */
export interface StandInContext {
  readonly clock: EmulatorClock;
  /** Ids are drawn from here, in order. */
  readonly prng: Prng;
  readonly torrents: KnownTorrents;
  readonly links: HosterLinks;
  /** `http://address:port` of a listener; known once all listen. */
  readonly origin: (host: HostName) => string;
  /** Whether rate limits are enforced. */
  readonly rateLimits: () => boolean;
  /** After so long a login is approved by itself, for the first account; null: by nobody. */
  readonly approveLoginsAfterMs: () => number | null;
}

/** Which of an account's items: TorBox numbers its lists independently. */
export interface ItemPlace {
  readonly token: string;
  readonly list: TorBoxList;
  readonly id: string;
}

/** One service with its file hosts. Its state changes by requests, by time, and by these controls. */
export interface StandIn {
  readonly service: ServiceName;
  readonly apiHost: HostName;
  readonly handlers: readonly (readonly [HostName, Handler])[];
  readonly accounts: AccountBook<EmulatedAccount>;

  /**
   * Puts an item into an account, as if added there by other means; returns its id.
   * @throws {Error} for a service that holds no items, as the next two.
   */
  addItem(token: string, item: WorldItem): string;
  removeItem(place: ItemPlace): void;
  setItemState(place: ItemPlace, state: WorldItemState): void;
  /** Every download URL made so far is refused from now on. */
  expireDownloads(): void;
  /** Whether a request asks to change an account. */
  changesAccount(entry: LogEntry): boolean;
}

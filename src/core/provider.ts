import type { AddedItem, FileChoice, ItemProgress, LinkToAdd, TorrentToAdd } from './adding.js';
import type { AccountName, AccountState, ServiceName } from './account.js';
import type { Source } from './content.js';
import type { AppError } from './errors.js';
import type { ItemDetails, ListName, Listing } from './torrent.js';

/** A URL under which a source's bytes are served, until it is not. Secret: it may carry a token. */
export interface Link {
  readonly url: string;
  /** When it was made, wall clock milliseconds. */
  readonly bornMs: number;
}

/** Calls that an account may make in a window of time, and how many it has made. */
export interface Budget {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly windowMs: number;
}

/**
 * How a list is asked for: `cheap` may be answered with changes only, `full` is everything, and `fresh` is everything as
 * it is now, for which it may have to wait (TorBox: up to a minute).
 */
export type ListMode = 'cheap' | 'full' | 'fresh';

/** How links of a service live. */
export interface LinkPolicy {
  /** After this age a link is not used for a new request without being renewed, in milliseconds. */
  readonly lifetimeMs: number;
  /** A link younger than this may be refused although it is good (TorBox), in milliseconds. */
  readonly settleMs: number;
  /** How many connections one file may be read through at once, where one is slow. */
  readonly connectionsPerFile: number;
}

/** How an account's bytes are fetched. */
export interface Egress {
  /** Proxy for downloads as for the API, so that both leave by one address; null for none. */
  readonly proxyUrl: string | null;
  /**
   * Where its links may lead. An API on the internet has no business in a user's own networks: `public` leaves them out.
   * `any`: the API itself is on this machine or in one of its networks.
   */
  readonly reach: 'public' | 'any';
}

/** What matters besides the torrent when it is added. */
export interface AddOptions {
  readonly files: FileChoice;
  /** Ids of items that were in the list before: none of them is ever removed, whatever the service answers. */
  readonly known: ReadonlySet<string>;
}

/** How an account is given torrents: only for an explicit command, each takes one of its slots. */
export interface TorrentAdding {
  /** Whether its service has a torrent, so that it is ready at once; null where no call tells that. */
  isCached(hash: string, signal: AbortSignal): Promise<boolean | null>;
  /** Which of some torrents, 100 at most, its service has; absent where no call tells that. @throws {AppError} why it does not say. */
  readonly cachedOf?: (hashes: readonly string[], signal: AbortSignal) => Promise<ReadonlySet<string>>;
  /**
   * Adds a torrent, and resolves once nothing more needs to be said for it to be downloaded. Where that fails, or the signal fires,
   * what was added is removed again.
   * @throws {AppError} why it is not added.
   */
  add(torrent: TorrentToAdd, options: AddOptions, signal: AbortSignal): Promise<AddedItem>;
  /** How far an item is, asked past every cache. @throws {AppError} `item-gone` where there is none. */
  progressOf(itemId: string, signal: AbortSignal): Promise<ItemProgress>;
}

/**
 * One account of one service: thin, without cache and without policy. Every method keeps to the account's limits by
 * itself (it may wait), honours its signal, and ends within the client's own time-outs.
 */
export interface Provider {
  readonly account: AccountName;
  readonly service: ServiceName;
  readonly lists: readonly ListName[];
  readonly linkPolicy: LinkPolicy;
  readonly egress: Egress;

  /**
   * What one list holds. Every mode costs one request where nothing changed and the list fits one page.
   * @throws {AppError} any account, service or network code: then nothing may be concluded from it.
   */
  list(list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing>;

  /**
   * Details of items, in the order asked for, each as soon as it is known. An item that cannot be understood is left
   * out with a warning.
   * @throws {AppError} when the account or the service as a whole fails; what came before stays good.
   */
  details(list: ListName, itemIds: readonly string[], signal: AbortSignal): AsyncIterable<ItemDetails>;

  /**
   * A new link for a source: one request to the service, none of them changes the library.
   * @throws {AppError} `content-gone`, `link-dead`, `quota-used-up`, … with what would help in `retry`.
   */
  link(source: Source, signal: AbortSignal): Promise<Link>;

  /** Asks how the account is. A rejected token is an answer here, not an error. */
  state(signal: AbortSignal): Promise<AccountState>;

  /** What is left of its limits; asks nobody. */
  budgets(): readonly Budget[];

  /**
   * Adds a torrent of which the links have aged out once more, with the same files, and removes the old item once the new one is
   * ready; where it does not become ready, the new one is removed instead. Absent where a service has no such ways, or the user did
   * not allow it (`repair`).
   * @returns the id of the item that took its place.
   * @throws {AppError} why it could not be renewed: then the old item is as it was.
   */
  readonly repair?: (itemId: string, signal: AbortSignal) => Promise<string>;

  /**
   * Has the account download a hoster link, which takes one of its slots: only for an explicit command. Absent where a link needs no
   * download to be read, or the service cannot.
   * @throws {AppError} why it does not take the link.
   */
  readonly addLink?: (link: LinkToAdd, signal: AbortSignal) => Promise<void>;

  /** Absent where a service has no torrents. */
  readonly adding?: TorrentAdding;

  /**
   * Removes one item, by its id: only for an explicit command. One that is not there is removed. Absent where a service keeps nothing.
   * @throws {AppError} `invalid` for a list from which nothing is removed; why it could not be.
   */
  readonly remove?: (list: ListName, itemId: string, signal: AbortSignal) => Promise<void>;

  /**
   * Why a link of the user's own is not in the list with its files: what it was last refused for. Null where nothing was; absent where
   * the service takes no such links.
   */
  readonly linkRefusal?: (url: string) => AppError | null;

  /** Closes its connections. Requests under way fail with `aborted`. */
  close(): Promise<void>;
}

import type { DiskCacheStatistics } from '../read/disk/disk-cache.js';
import type {
  AccountCondition,
  AccountName,
  Allowance,
  ServiceName,
  UnreadableFiles,
} from '../core/account.js';
import type { AccountOrders } from '../core/adding.js';
import type { ErrorCode } from '../core/errors.js';
import type { NotifyReport } from '../core/notify-report.js';
import type { Budget } from '../core/provider.js';
import type { SyncProgress } from '../core/sync-progress.js';
import type { ListName, TorrentKey } from '../core/torrent.js';
import type { PlacingReport } from '../library/explain.js';
import type { HistoryReport } from './history.js';
import type { FolderListing } from './listing.js';
import type { LibraryStatistics } from '../store/statistics.js';
import type { Traffic } from '../store/traffic.js';

/**
 * What the running process offers to whoever asks from outside: the HTTP server and the control socket. Answers are
 * plain data, ready for JSON, and never hold a secret. Times are wall clock milliseconds UTC.
 */
export interface Surface {
  /** Gives torrents to accounts and takes items away: only for who may use the control socket. */
  readonly orders: AccountOrders;
  /** Whether the mount can be used; costs nothing. */
  readiness(): Readiness;
  /** How everything is; costs no call to a service. */
  status(): StatusReport;
  /**
   * Asks every account for a full listing now, and resolves when all have answered or failed.
   * @param accept the account of which the user vouches for what its listings lack, so that a held loss is believed; true: the one that
   * holds a loss.
   * @throws {AppError} `aborted` when the signal fires; the sync itself goes on. `invalid` when it is true and more than one account
   * holds a loss, `not-found` when there is none of the name.
   */
  sync(signal: AbortSignal, accept: AccountName | boolean): Promise<SyncReport>;
  /**
   * What something in the tree is, who holds it, and what last went wrong with it.
   * @param path from the mount's root, with or without a slash at its start.
   * @throws {AppError} `not-found`.
   */
  explain(path: string): Explanation;
  /** What happened in the last hour. */
  history(): HistoryReport;
  /** Everything that is counted, in the text format of Prometheus. */
  metrics(): Promise<string>;
  /**
   * Entries of a folder of the tree, by name, from number `from` on: a page of them.
   * @throws {AppError} `not-found`, `not-a-directory`.
   */
  list(path: string, from: number): FolderListing;
  /**
   * Reads the file of overrides now; resolves once the tree follows it.
   * @throws {AppError} `config` when it cannot be understood; then the tree stays as it is.
   */
  reloadOverrides(): Promise<void>;
  /**
   * Puts what a catalogue told after torrents were shown into their names.
   * @param below a path from the mount's root; empty: everything. @param isDry whether it is only told what that would do.
   */
  retag(below: string, isDry: boolean): Promise<RetagReport>;
  /** Begins to unmount and end the process; returns at once. Idempotent. */
  stop(): void;
}

export interface RetagReport {
  /** Paths from the mount's root. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
}

export type Readiness =
  | { readonly ready: true }
  /** `reason` is a sentence for the user. */
  | { readonly ready: false; readonly reason: string };

export interface StatusReport {
  readonly version: string;
  readonly pid: number;
  readonly startedMs: number;
  /** When this was told: a browser's clock may be another. */
  readonly nowMs: number;
  readonly mount: MountReport;
  /** In the order of the configuration. */
  readonly accounts: readonly AccountReport[];
  readonly library: LibraryStatistics;
  /** What is wrong with the library that is served all the same, and what to do, in sentences; null: nothing is known. */
  readonly damage: string | null;
  readonly links: LinksReport;
  readonly cache: CacheReport;
  readonly openFiles: readonly OpenFileReport[];
  /** Open requests to file hosts. */
  readonly streams: number;
  /** Media servers and the like that are told of changes. */
  readonly notify: readonly NotifyReport[];
  /** The last round that ended, of any account; null before the first. */
  readonly lastSync: SyncSummary | null;
  /** Newest first, a bounded number. */
  readonly recentFailures: readonly FailureReport[];
}

/** The user's own hoster links. */
export interface LinksReport {
  readonly lines: number;
  /** Lines that are not in the tree, a bounded number. */
  readonly hidden: readonly HiddenLink[];
  /** What is wrong with each file that could not be read whole, as a sentence with its name. */
  readonly problems: readonly string[];
  /** Links that accounts keep and that are not in the tree, because no free call tells their size. */
  readonly sizeless: number;
}

export interface HiddenLink {
  readonly url: string;
  /** Why, and what to do, as a sentence. */
  readonly reason: string;
}

/** `waiting`: for the first complete listing of all; `gone`: somebody else took the mount away. */
export type MountState = 'waiting' | 'mounted' | 'stopping' | 'gone';

export interface MountReport {
  readonly mountpoint: string;
  readonly state: MountState;
  /** What it waits for, as a sentence; empty when mounted. */
  readonly detail: string;
  /** Null until mounted. */
  readonly binding: string | null;
  readonly mountedMs: number | null;
}

export interface AccountReport {
  readonly name: AccountName;
  readonly service: ServiceName;
  readonly state: AccountCondition;
  /** What is wrong and what to do; empty when `ok`. */
  readonly detail: string;
  readonly premiumUntilMs: number | null;
  /** Items in its lists, ready or not, as the store has them. */
  readonly items: number;
  /** When its lists were last complete; null: not since the start. */
  readonly lastCompleteMs: number | null;
  /** Items whose files are still to be asked for. */
  readonly awaitingDetails: number;
  /** How far it is known what it holds; null where nothing is being found out. */
  readonly progress: SyncProgress | null;
  /** A loss that waits for a second listing to agree; null: none. */
  readonly held: HeldReport | null;
  readonly budgets: readonly Budget[];
  /** What its service counts out to it. */
  readonly allowances: readonly Allowance[];
  /** Single files that could not be read in the last 24 hours, by reason, the most frequent first, a bounded number. */
  readonly unreadable: readonly UnreadableFiles[];
  /** What its file hosts sent. */
  readonly received: Traffic;
}

export interface HeldReport {
  /** Items that the last listings lacked, of all lists together. */
  readonly missing: number;
  /** Items in the lists that lacked some. */
  readonly of: number;
  readonly sinceMs: number;
  /** From then on a listing that agrees is believed. */
  readonly untilMs: number;
  /** What is held, why, and what to do, in sentences. */
  readonly reason: string;
}

export interface CacheReport {
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  /** Blocks that went from memory for others since the start. */
  readonly evictedBlocks: number;
  /** Bytes answered from the cache, and fetched for readers, since the start. */
  readonly hitBytes: number;
  readonly missBytes: number;
  /** What file hosts sent since the start. */
  readonly receivedBytes: number;
  /** Null where nothing is kept on disk. */
  readonly disk: DiskCacheStatistics | null;
}

export interface OpenFileReport {
  /** From the mount's root. */
  readonly path: string;
  readonly sizeBytes: number;
  /** 0 where unknown. */
  readonly pid: number;
  /** Name of the reading process; null where unknown. */
  readonly client: string | null;
  readonly openedMs: number;
  readonly readBytes: number;
  /** Where its last read ended, in bytes from its start. */
  readonly positionBytes: number;
  /** Bytes behind that position that are in the cache already, without a gap, 64 MiB at most. */
  readonly bufferedBytes: number;
}

export interface SyncSummary {
  readonly account: AccountName;
  readonly endedMs: number;
  readonly complete: boolean;
  readonly added: number;
  readonly removed: number;
  /** Items that the listings lacked and that stay until another listing agrees, or the user. */
  readonly held: number;
  /** Whether the user vouched for what the listings lacked. */
  readonly accepted: boolean;
  /** Why it was not complete, as a sentence; null when it was. */
  readonly failure: string | null;
}

export interface SyncReport {
  readonly accounts: readonly SyncSummary[];
}

export interface FailureReport {
  readonly atMs: number;
  readonly code: ErrorCode;
  /** A sentence for the user. */
  readonly message: string;
  readonly account: AccountName | null;
  /** From the mount's root; null where no file is concerned. */
  readonly path: string | null;
}

export interface Explanation {
  /** From the mount's root, with a slash at its start. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
  /** In decimal: it may be larger than a JSON number can tell. */
  readonly inode: string;
  readonly mtimeMs: number;
  /** Null for a directory. */
  readonly sizeBytes: number | null;
  /** Null for a directory, and for a file whose bytes are in the tree itself. */
  readonly content: ContentReport | null;
  /** Everywhere that the content is in the tree, this place included; paths as `path` is one. */
  readonly places: readonly string[];
  /** Why it is where it is in the library; null for a directory, and where no account holds it. */
  readonly placing: PlacingReport | null;
  /** What else is known of it, a sentence each. */
  readonly reasons: readonly string[];
  /** Who holds it, in the order in which they are asked. */
  readonly sources: readonly SourceReport[];
  readonly lastFailure: FailureReport | null;
}

export interface ContentReport {
  readonly torrent: TorrentKey;
  readonly baseName: string;
  readonly ordinal: number;
}

export interface SourceReport {
  readonly account: AccountName;
  readonly list: ListName;
  readonly itemId: string;
  readonly ready: boolean;
  readonly reason: string | null;
  /** Why it could not be read when it was last tried; null where it could, was not tried, or only the running process knows. */
  readonly refused: string | null;
  /** When its link was made; null where there is none, or only the running process knows. */
  readonly linkBornMs: number | null;
}

import type { EmulatedAccount } from '../account-book.js';
import type { TorBoxList } from '../../core/torrent.js';
import type { WorldTorrent } from '../world.js';

/** A torrent, usenet or web download in an account. */
export interface Download {
  readonly id: number;
  readonly list: TorBoxList;
  readonly torrent: WorldTorrent;
  readonly createdMs: number;
  /** Ids of the torrent's files, in the torrent's order; 0 is one of them. */
  readonly fileIds: readonly number[];
  phase: 'metadata' | 'downloading' | 'ready' | 'failed';
  /** 0 to 1. */
  progress: number;
  /** Null: never. */
  expiresMs: number | null;
}

/** Waiting for a slot. */
export interface QueuedDownload {
  readonly id: number;
  readonly torrent: WorldTorrent;
  readonly createdMs: number;
}

/** What the list told last: clients that do not bypass the cache get it again. */
export interface ListSnapshot {
  readonly takenMs: number;
  readonly rows: readonly ListedDownload[];
}

/** One row of a list, as told; only its id is looked at here. */
export interface ListedDownload {
  readonly id: number;
  readonly [field: string]: unknown;
}

/** One call of `requestdl`. */
export interface PresignedUrl {
  readonly uuid: string;
  readonly token: string;
  readonly account: Account;
  readonly download: Download;
  readonly fileIndex: number;
  /** The emulator's time. */
  readonly bornMs: number;
  /** Real and advanced time. */
  readonly bornElapsedMs: number;
  expired: boolean;
}

export interface Account extends EmulatedAccount {
  readonly authId: string;
  /** INVARIANT: ids are unique within a list, and the same in several. */
  readonly downloads: Readonly<Record<TorBoxList, Map<number, Download>>>;
  readonly queue: Map<number, QueuedDownload>;
  readonly snapshots: Map<TorBoxList, ListSnapshot>;
  /** Bytes served, ever. */
  bytesServed: number;
}

export function downloadsOf(account: Account): Download[] {
  return Object.values(account.downloads).flatMap((list) => [...list.values()]);
}

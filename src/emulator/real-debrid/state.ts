import type { EmulatedAccount } from '../account-book.js';
import type { ContentSource } from '../content.js';
import type { WorldFile, WorldTorrent } from '../world.js';

/** The documented statuses of a torrent (Real-Debrid API documentation, read 2026-11). */
export type TorrentStatus =
  | 'magnet_error'
  | 'magnet_conversion'
  | 'waiting_files_selection'
  | 'queued'
  | 'downloading'
  | 'downloaded'
  | 'error'
  | 'virus'
  | 'compressing'
  | 'uploading'
  | 'dead';

export const activeStatuses: readonly TorrentStatus[] = [
  'magnet_conversion',
  'waiting_files_selection',
  'queued',
  'downloading',
  'compressing',
  'uploading',
];

/** A torrent in an account; the same infohash may be there several times. */
export interface HeldTorrent {
  readonly id: string;
  readonly torrent: WorldTorrent;
  readonly addedMs: number;
  status: TorrentStatus;
  /** File numbers, from 1 in the torrent's order. */
  selection: readonly number[];
  /** 0 to 100. */
  progress: number;
  endedMs: number | null;
  /** Restricted links, as told. */
  links: readonly string[];
}

export function selectedFiles(held: HeldTorrent): WorldFile[] {
  return held.torrent.files.filter((_, index) => held.selection.includes(index + 1));
}

/** What a download serves: of a torrent, or of a file hoster. */
export interface ServedLink {
  readonly text: string;
  readonly fileName: string;
  readonly source: ContentSource;
  /** Of its torrent; null where it is of none. */
  readonly hash: string | null;
  /** Of a video in several qualities. */
  readonly quality?: string;
}

/** What a restricted link stands for: known by the first 13 characters of its id, and outliving its torrent. */
export interface RestrictedLink extends ServedLink {
  readonly hash: string;
  readonly owner: Account;
  readonly bornMs: number;
  readonly infringing: boolean;
}

/** A row of the downloads: one call of unrestrict. */
export interface Download {
  readonly code: string;
  readonly link: ServedLink;
  readonly account: Account;
  readonly url: string;
  readonly generatedMs: number;
  deleted: boolean;
  expired: boolean;
  /** Hosts that have served it: they go on when the row is deleted (observed 2026-08). */
  readonly servedBy: Set<string>;
}

export interface Account extends EmulatedAccount {
  /** The account is locked: 403 whatever is asked. */
  locked: boolean;
  readonly torrents: Map<string, HeldTorrent>;
  readonly downloads: Map<string, Download>;
  /** Bytes served today, in Paris. */
  served: { day: string; bytes: number };
  /** Addresses that downloaded. */
  readonly addresses: Set<string>;
  /** How often bytes went to a second address. */
  sharingWarnings: number;
  /** Refused for asking too often, in a row. */
  refusals: number;
}

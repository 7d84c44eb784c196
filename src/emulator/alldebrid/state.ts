import type { EmulatedAccount } from '../account-book.js';
import type { ContentSource } from '../content.js';
import type { WorldFile, WorldTorrent } from '../world.js';

/** A torrent in an account. */
export interface Magnet {
  readonly id: number;
  readonly torrent: WorldTorrent;
  readonly uploadMs: number;
  /** 0 to 3 active, 4 ready, 5 to 15 failed (AllDebrid API documentation, read 2026-11). */
  statusCode: number;
  completionMs: number | null;
  /** Link ids in the order of the torrent's files; empty until ready. */
  linkIds: readonly string[];
}

/** What `https://alldebrid.com/f/<id>` stands for. */
export interface FileLink {
  readonly id: string;
  readonly magnet: Magnet;
  readonly file: WorldFile;
}

/** What a download serves. */
export interface Served {
  readonly name: string;
  readonly source: ContentSource;
  /** Of the torrent that it is of; null for a hoster's file. */
  readonly hash: string | null;
}

/** A hoster link that an account was given. */
export interface KeptLink {
  readonly url: string;
  readonly keptMs: number;
}

/** One call of unlock. */
export interface Download {
  readonly id: string;
  readonly served: Served;
  readonly account: Account;
  readonly url: string;
  readonly bornMs: number;
  readonly clientIp: string;
  expired: boolean;
}

/** What a client of the live mode was told last. */
export interface LiveSession {
  counter: number;
  told: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
}

export interface Account extends EmulatedAccount {
  banned: boolean;
  /** Each request is refused with `AUTH_BLOCKED` until the user confirms by mail. */
  needsVerification: boolean;
  /** A static demonstration key: answers carry `demo`, and nothing can be changed. */
  readonly demo: boolean;
  readonly magnets: Map<number, Magnet>;
  saved: readonly KeptLink[];
  history: readonly KeptLink[];
  readonly sessions: Map<string, LiveSession>;
}

const statusTexts: readonly string[] = [
  'In Queue',
  'Downloading',
  'Compressing / Moving',
  'Uploading',
  'Ready',
  'Upload fail',
  'Internal error on unpacking',
  'Not downloaded in 20 min',
  'File too big',
  'Internal error',
  'Download took more than 72h',
  'Deleted on the hoster website',
  'Processing failed',
  'Processing failed',
  'Error while contacting tracker',
  'File not available - no peer',
];

export function statusText(statusCode: number): string {
  return statusTexts[statusCode] ?? 'Unknown';
}

export function isActive({ statusCode }: Magnet): boolean {
  return statusCode <= 3;
}

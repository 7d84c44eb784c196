/** What a search for torrents brings. */
import type { AccountName } from './account.js';

export interface FoundRow {
  /** By which its catalogue knows it, a number beyond 2^53 as text. */
  readonly id: string;
  /** Infohash, 40 lower-case hex digits. */
  readonly hash: string;
  readonly title: string;
  readonly groups: readonly string[];
  /** Bytes; null where they are not told. */
  readonly size: number | null;
  /** Resolution and codec, as the title tells them, such as `1080p HEVC`; empty where it does not. */
  readonly video: string;
  /** Language codes. */
  readonly audio: readonly string[];
  readonly subtitles: readonly string[];
  readonly seeders: number | null;
  /** Wall clock milliseconds; 0 where it is not told. */
  readonly uploadedMs: number;
  /** Accounts that hold it. */
  readonly heldBy: readonly AccountName[];
  /** Accounts whose service has it ready, where it tells that. */
  readonly cachedAt: readonly AccountName[];
}

export interface FoundPage {
  readonly rows: readonly FoundRow[];
  /** Whether there are more behind them. */
  readonly more: boolean;
  /** What could not be found out, a sentence each. */
  readonly notes: readonly string[];
}

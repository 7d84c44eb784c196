import type { AccountName } from './account.js';
import type { ContentId, Source } from './content.js';
import type { AppError } from './errors.js';

/**
 * Why something is read, the most urgent first: somebody watches; looks for another place to watch; it is not known yet,
 * since a player and a scanner begin alike; a program looks into many files, for which nobody waits; it is read ahead.
 */
export const purposes = ['play', 'seek', 'probe', 'scan', 'read-ahead'] as const;
export type Purpose = (typeof purposes)[number];

/** Whether one purpose goes before another. */
export function isMoreUrgent(one: Purpose, other: Purpose): boolean {
  return purposes.indexOf(one) < purposes.indexOf(other);
}

/** The program that has a file open. */
export interface Client {
  /** Its process's name, of which the kernel keeps 15 bytes (proc_pid_comm(5)); null where it is not known. */
  readonly name: string | null;
  /** Whether it is known to look into many files while nobody watches: others go first, but nothing is refused to it. */
  readonly isScanner: boolean;
}

/** One read of a file by somebody who may give up. */
export interface ReadRequest {
  /** First byte. */
  readonly offset: number;
  /** Number of bytes; the range may end past the end of the file. */
  readonly length: number;
  /** Fires when the reader was killed or the deadline passed. */
  readonly signal: AbortSignal;
}

/** An open file: owns its streams until it is closed. */
export interface OpenContent {
  /**
   * Exactly the bytes of the range that lie inside the file, as one or more slices of cached blocks; an array at once where
   * all are cached, a promise else. Fewer bytes only at the end of the file. The slices are not to be written to, and are valid
   * only until the next turn of the event loop: whoever needs them longer copies them before.
   * @throws {AppError} when no source gives the bytes within the reader's patience.
   */
  read(request: ReadRequest): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Bytes from this offset on that are here already, in memory or on disk, without a gap: as far as it is looked, 64 MiB. */
  bufferedFrom(offset: number): number;
  close(): void;
}

/** Turns contents into bytes. */
export interface ContentReader {
  /**
   * Opens without asking anybody: the first read asks.
   * @param pinnedTo only this account's sources are read; null: any.
   * @throws {AppError} `not-found` when the store does not know the content.
   */
  open(content: ContentId, pinnedTo: AccountName | null, client: Client): OpenContent;
}

/**
 * A few bytes of a content, past the cache, for which everybody else goes first.
 * @throws {AppError} when no source gives them within the patience; the signal's reason.
 */
export type Peek = (
  content: ContentId,
  offset: number,
  length: number,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** What an account gave, or refused, when one of its files was to be read. */
export interface SourceNews {
  readonly source: Source;
  /** What was asked for: a link, of the service; or bytes, of its file host. */
  readonly asked: 'link' | 'bytes';
  /** Null: it came. What is passing is not told. */
  readonly refused: {
    readonly error: AppError;
    /** Whether the other files of the account are refused as well. */
    readonly concerns: 'account' | 'file';
  } | null;
}

/** A read that failed for its reader. */
export interface ReadFailure {
  readonly content: ContentId;
  /** Wall clock milliseconds. */
  readonly atMs: number;
  readonly error: AppError;
}

import { AppError } from '../core/errors.js';

/** One block of a volume, as both formats tell it. `headBytes` is the length of its header, signature not included. */
export type RarBlock =
  | MainBlock
  | FileBlock
  /** Comments, recovery records, an index: whatever is no file. */
  | { readonly kind: 'other'; readonly headBytes: number; readonly dataBytes: number }
  | { readonly kind: 'end'; readonly headBytes: number; readonly dataBytes: number }
  /** The header is longer than what was given. */
  | { readonly kind: 'cut'; readonly neededBytes: number };

export interface MainBlock {
  readonly kind: 'main';
  readonly headBytes: number;
  readonly dataBytes: number;
  /** Whether the archive has more than one volume. */
  readonly isVolume: boolean;
  /** Counted from 0; null where it is not told. */
  readonly volumeNumber: number | null;
}

export interface FileBlock {
  readonly kind: 'file';
  readonly headBytes: number;
  /** What of the file is in this volume; it follows the header. */
  readonly dataBytes: number;
  readonly path: string;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly isFolder: boolean;
  /** Why its bytes cannot be had by offset; null where they can. */
  readonly obstacle: string | null;
  /** Begins in the volume before. */
  readonly fromPrevious: boolean;
  /** Goes on in the next volume. */
  readonly toNext: boolean;
}

export const obstacles = {
  compressed: 'It is compressed, so that no byte of it can be had without all before it.',
  encrypted: 'It is encrypted.',
  link: 'It is a link to another file.',
  oldVersion: 'It is an older version of another file.',
  sizeNotTold: 'The archive does not tell its size.',
} as const;

/** Thrown inside `archives` only: nothing in the archive can be read. The message is one sentence for the user. */
export class OpaqueArchive extends Error {}

/** A header whose checksum or facts are wrong: a volume that is damaged, or not there in full yet. */
export function damaged(volumeName: string, what: string): AppError {
  return new AppError('wrong-bytes', `The archive ${volumeName} is damaged or not complete yet: ${what}.`, {
    retry: 'wait',
    context: { volume: volumeName },
  });
}

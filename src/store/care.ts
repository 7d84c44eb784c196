import { toAppError } from '../core/errors.js';
import { asStorageError, openForReading } from './database.js';
import { copiedMs, copyLibrary, requireSound } from './library-copy.js';
import { libraryFiles } from './library-files.js';
import { Meta } from './meta.js';
import { canRestore, suspectDamage, unmended } from './restore.js';
import { isDamage, isUnreadable } from './sqlite-trouble.js';

/** A copy is made anew once it is so old, in milliseconds: what it lacks then, the first sync after a loss brings back. */
const copyAgeMs = 24 * 3600_000;

export interface CareTask {
  readonly stateDir: string;
  /** Wall clock milliseconds. */
  readonly nowMs: number;
  /** Not 0: it is to be given up. */
  readonly stop: SharedArrayBuffer;
}

/** `unmended`: damaged, without a copy that could take its place. `stopped`: it was given up. The messages are sentences for the user. */
export type Cared =
  | { readonly kind: 'sound'; readonly isCopied: boolean }
  | { readonly kind: 'damaged'; readonly message: string }
  | { readonly kind: 'unmended'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' };

/**
 * Whether there is no copy, or an old one, as far as its file tells. One that is as far ahead was made while the clock was wrong, and would
 * otherwise be kept until that day; less than that may be the clock of a file server.
 */
export function isCopyDue(stateDir: string, nowMs: number): boolean {
  const madeMs = copiedMs(stateDir);
  return madeMs === null || Math.abs(nowMs - madeMs) >= copyAgeMs;
}

/**
 * Looks at every page of the library, and copies it where that is due: takes some 3 seconds for 100,000 files, the copy as much again
 * (measured 2026-11), so it is done in a thread of its own. Never throws.
 */
export function careForLibrary({ stateDir, nowMs, stop }: CareTask): Cared {
  const flag = new Int32Array(stop);
  const isStopped = (): boolean => Atomics.load(flag, 0) !== 0;
  try {
    requireSound(libraryFiles(stateDir).library, isStopped);
    const isDue = isCopyDue(stateDir, nowMs) && isPublished(stateDir);
    if (isDue) copyLibrary(stateDir, isStopped);
    return { kind: 'sound', isCopied: isDue };
  } catch (thrown) {
    if (isDamage(thrown)) {
      return canRestore(stateDir)
        ? { kind: 'damaged', message: asStorageError(thrown).message }
        : { kind: 'unmended', message: unmended(stateDir, `is damaged (${thrown.message})`) };
    }
    // A disk that fails now may give it later: the next start has a look, and takes the copy where it does not.
    if (isUnreadable(thrown)) suspectDamage(stateDir, 'look');
    const error = toAppError(thrown);
    if (error.code === 'aborted') return { kind: 'stopped' };
    return { kind: 'failed', message: error.message };
  }
}

/** Whether it holds a tree that is worth keeping. */
function isPublished(stateDir: string): boolean {
  const db = openForReading(stateDir);
  try {
    return new Meta(db).get('published') !== undefined;
  } finally {
    db.close();
  }
}

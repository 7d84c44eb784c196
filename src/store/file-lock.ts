import { chmodSync, chownSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, permissionError } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';

/** What is done under the lock takes milliseconds. */
const patienceMs = 10_000;

/**
 * Does something while no other process does something to the same file. The lock is the kernel's, on `<file>.lock`: it goes with its
 * process, however that ends, so that none is ever stale.
 * @throws {AppError} `storage` when the lock cannot be had within 10 s; what `work` throws.
 */
export function whileLocked<Result>(file: string, work: () => Result): Result {
  const path = `${file}.lock`;
  let db: Database.Database | undefined;
  try {
    makeFolder(dirname(path), 0o700);
    db = new Database(path, { timeout: patienceMs });
    chmodSync(path, 0o600);
    // Root makes it for a debridfs that runs as another user.
    const { uid, gid } = statSync(dirname(path));
    if (process.getuid?.() === 0) chownSync(path, uid, gid);
    // Nothing is ever written: without a journal on it, a full disk is no obstacle.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db?.close();
    const refused = permissionError(cause);
    if (refused !== null) throw refused;
    const isHeld = cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY';
    const told = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'storage',
      isHeld
        ? `Another process keeps ${file} for itself. Try again.`
        : `${file} cannot be written (${told}). Check the permissions of its folder.`,
      { cause },
    );
  }
  try {
    return work();
  } finally {
    db.close();
  }
}

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, permissionError } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';

/**
 * Keeps the state folder for this process alone, until the returned function is called or the process ends, however it ends.
 * @param holder tells the number of the process that has it, or null where that is not known.
 * @throws {AppError} `storage` when another process has it, or the folder cannot be written.
 */
export function lockState(stateDir: string, holder: () => number | null = () => null): () => void {
  return lockFolder(stateDir, () => {
    const pid = holder();
    const who = pid === null ? '' : ` (process ${pid})`;
    return `Another debridfs${who} runs on this state folder (${stateDir}). Stop it first.`;
  });
}

/** The same of the folder of the cache. */
export function lockCache(cacheDir: string): () => void {
  return lockFolder(cacheDir, () => `Another debridfs uses ${cacheDir}. Give each its own cache.dir.`);
}

/** Holds an exclusive transaction on a database that holds nothing, whose lock the kernel keeps. */
function lockFolder(folder: string, heldMessage: () => string): () => void {
  const path = join(folder, 'lock.db');
  let db: Database.Database | undefined;
  try {
    makeFolder(folder, 0o700);
    db = new Database(path, { timeout: 0 });
    chmodSync(path, 0o600);
    // Nothing is ever written: without a journal on it, a full disk is no obstacle.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    const held = db;
    return () => held.close();
  } catch (cause) {
    db?.close();
    const refused = permissionError(cause);
    if (refused !== null) throw refused;
    const isHeld = cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY';
    const message = isHeld
      ? heldMessage()
      : `${path} cannot be locked: ${cause instanceof Error ? cause.message : String(cause)}. Check the folder's owner and its disk.`;
    throw new AppError('storage', message, { cause });
  }
}

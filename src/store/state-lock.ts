import { accessSync, chmodSync, constants } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, codeOf, permissionError } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';

/**
 * Keeps the state folder for this process alone, until the returned function is called or the process ends, however it ends.
 * @param holder tells the number of the process that has it, or null where that is not known.
 * @throws {AppError} `storage` when another process has it, or the folder cannot be written.
 */
export function lockState(stateDir: string, holder: () => number | null = () => null): () => void {
  return lockFolder(stateDir, 'stateDir', () => {
    const pid = holder();
    const who = pid === null ? '' : ` (process ${pid})`;
    return `Another debridfs${who} runs on this state folder (${stateDir}). Stop it first.`;
  });
}

/** The same of the folder of the cache. */
export function lockCache(cacheDir: string): () => void {
  return lockFolder(
    cacheDir,
    'cache.dir',
    () => `Another debridfs uses ${cacheDir}. Give each its own cache.dir.`,
  );
}

/** Holds an exclusive transaction on a database that holds nothing, whose lock the kernel keeps. */
function lockFolder(folder: string, key: string, heldMessage: () => string): () => void {
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
    throw new AppError('storage', isHeld ? heldMessage() : whyNot(path, folder, key, cause), { cause });
  }
}

function whyNot(path: string, folder: string, key: string, cause: unknown): string {
  if (isReadOnly(folder)) {
    return `${folder} is on a file system that can only be read. Mount it writable (a disk with errors becomes read-only: see dmesg), or let ${key} name another folder.`;
  }
  const told = cause instanceof Error ? cause.message : String(cause);
  return `${path} cannot be locked: ${told}. Check the folder's owner and its disk.`;
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return codeOf(error) === 'EROFS';
  }
}

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, codeOf } from '../core/errors.js';
import { libraryFiles } from './library-files.js';

/** Left free on the disk of the state folder, in bytes, so that a copy is never what fills it. */
const minFreeBytes = 32 * 2 ** 20;

/** When the copy was made, wall clock milliseconds; null: there is none. */
export function copiedMs(stateDir: string): number | null {
  try {
    return statSync(libraryFiles(stateDir).copy).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/**
 * What has to be free for a copy to be made, in bytes. It holds what SQLite has not taken over from the `-wal` yet, too: amid a first
 * sync that is the larger part.
 */
export function copyRoomBytes(stateDir: string): number {
  const { library } = libraryFiles(stateDir);
  const wal = statSync(`${library}-wal`, { throwIfNoEntry: false });
  return statSync(library).size + (wal?.size ?? 0) + minFreeBytes;
}

/**
 * Replaces the copy by one of the library as last committed, which is read to its last page before it takes the place of the one
 * before. Takes a second for 100,000 files, and holds up no writer.
 * @throws {AppError} `storage` when the disk has no room for it, `aborted` when it was stopped. @throws the system's or SQLite's error; the copy before stays.
 */
export function copyLibrary(stateDir: string, isStopped: () => boolean = () => false): void {
  const { library, copy, draft } = libraryFiles(stateDir);
  const { bavail, bsize } = statfsSync(stateDir);
  if (bavail * bsize < copyRoomBytes(stateDir)) {
    throw new AppError(
      'storage',
      `No room for a copy of the library. Free some space on the disk of ${stateDir}.`,
    );
  }
  rmSync(draft, { force: true });
  // Links are in it: it is the owner's alone before anything is written.
  closeSync(openSync(draft, 'wx', 0o600));
  try {
    const db = new Database(library, { readonly: true });
    try {
      db.prepare('VACUUM INTO ?').run(draft);
    } finally {
      db.close();
    }
    requireSound(draft, isStopped);
    flush(draft);
    renameSync(draft, copy);
    flush(dirname(copy));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Looks at every page of a database, a table at a time, and then at what belongs to none: the list of free pages, without which nothing
 * can be written.
 * @throws {SqliteError} `SQLITE_CORRUPT` when one is damaged, or an index does not tell what its table holds.
 * @throws {AppError} `aborted` when it was stopped before the end.
 */
export function requireSound(path: string, isStopped: () => boolean = () => false): void {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all();
    for (const table of tables) {
      if (isStopped()) throw new AppError('aborted', 'The library is not looked through to its end.');
      requireOk(db.pragma(`integrity_check("${table}")`, { simple: true }));
    }
    // A check of one table passes over that list (documented).
    requireOk(db.pragma('quick_check(1)', { simple: true }));
  } finally {
    db.close();
  }
}

/** @param found what a check tells, in lines. */
function requireOk(found: unknown): void {
  const told = String(found).replace(/\s+/g, ' ');
  if (told !== 'ok') throw new Database.SqliteError(told, 'SQLITE_CORRUPT');
}

/** Has a file or folder written to the disk. */
export function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

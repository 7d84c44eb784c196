import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { AppError, permissionError, toAppError } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';
import { migrations } from './schema.js';

export type Connection = Database.Database;

/** The store's file in a state folder. */
export function databasePath(stateDir: string): string {
  return join(stateDir, 'library.db');
}

/**
 * Opens the store for writing: makes the folder and file where missing (readable by the owner only, since links are
 * secrets) and brings the schema up to date in one transaction. One connection of this kind per store, at any time.
 * @throws {AppError} `storage`, with what to do, when it cannot be opened, is no database, or is of a newer version.
 */
export function openForWriting(stateDir: string): Connection {
  const path = databasePath(stateDir);
  return guarded(path, () => {
    makeFolder(stateDir, 0o700);
    const db = new Database(path);
    try {
      chmodSync(path, 0o600);
      db.pragma('journal_mode = WAL');
      // A power cut may lose the last transactions, never the file's consistency: what is lost is asked for again.
      db.pragma('synchronous = NORMAL');
      db.pragma('foreign_keys = ON');
      db.pragma('busy_timeout = 5000');
      migrate(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/**
 * Opens the store for reading, beside a writer or without one.
 * @throws {AppError} `not-found` when there is none yet; `storage` when it cannot be read or has another version.
 */
export function openForReading(stateDir: string): Connection {
  const path = databasePath(stateDir);
  if (!existsSync(path)) {
    throw new AppError('not-found', `There is no library at ${path} yet: run "debridfs mount" first.`);
  }
  return guarded(path, () => {
    const db = new Database(path, { readonly: true });
    try {
      db.pragma('busy_timeout = 5000');
      const version = schemaVersion(db);
      if (version > migrations.length) throw newerVersion(path, version);
      if (version < migrations.length) {
        throw new AppError(
          'storage',
          `${path} is of an older version: run "debridfs mount" once to bring it up to date.`,
        );
      }
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

function migrate(db: Connection, path: string): void {
  db.transaction(() => {
    const version = schemaVersion(db);
    if (version > migrations.length) throw newerVersion(path, version);
    for (const step of migrations.slice(version)) db.exec(step);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}

function schemaVersion(db: Connection): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function newerVersion(path: string, version: number): AppError {
  return new AppError(
    'storage',
    `${path} was written by a newer debridfs (version ${version}, this one knows ${migrations.length}): use that version, or move the file away to start anew.`,
  );
}

/** What the store threw, with what to do about it; anything else as `toAppError` has it. */
export function asStorageError(thrown: unknown): AppError {
  if (!(thrown instanceof Database.SqliteError)) return toAppError(thrown);
  const remedy = thrown.code === 'SQLITE_FULL' ? 'Free some space on' : 'Check';
  const message = `The library cannot be read or written (${thrown.code}: ${thrown.message}). ${remedy} the disk of \`stateDir\`.`;
  return new AppError('storage', message, { retry: 'wait', cause: thrown });
}

function guarded(path: string, open: () => Connection): Connection {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const refused = permissionError(cause);
    if (refused !== null) throw refused;
    const why = cause instanceof Error ? cause.message : String(cause);
    // Only what is no library any more may be given up: a full disk shows as a mere I/O error.
    const isLost = cause instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(cause.code);
    const remedy = isLost
      ? 'Restore it, or move it away to start anew'
      : 'Check its owner, and its disk and the room there';
    throw new AppError('storage', `Cannot open ${path}: ${why}. ${remedy}.`, { cause });
  }
}

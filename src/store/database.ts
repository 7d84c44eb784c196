import { chmodSync, existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { systemClock } from '../core/clock.js';
import { AppError, permissionError, toAppError } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';
import { applicationId, kindOf } from './file-kind.js';
import { copyLibrary } from './library-copy.js';
import { libraryFiles } from './library-files.js';
import { damageOf, restoreCopy, whyLost } from './restore.js';
import { migrations } from './schema.js';
import { isDamage } from './sqlite-trouble.js';

export type Connection = Database.Database;

/** The store's file in a state folder. */
export function databasePath(stateDir: string): string {
  return libraryFiles(stateDir).library;
}

/**
 * Opens the store for writing: makes the folder and file where missing (readable by the owner only, since links are
 * secrets), takes the copy in place of a library that is damaged or cannot be read, and brings the schema up to date in one transaction. One connection
 * of this kind per store, at any time.
 * @param warn hears what was not as it should be, in a sentence for the user.
 * @throws {AppError} `storage`, with what to do, when it cannot be opened, is not ours, is damaged and has no copy, or is of a
 * newer version.
 */
export function openForWriting(
  stateDir: string,
  warn: (message: string) => void = () => undefined,
): Connection {
  const path = databasePath(stateDir);
  const restore = (why: string): void => warn(restoreCopy(stateDir, why, systemClock.now()));
  return guarded(path, () => {
    makeFolder(stateDir, 0o700);
    const why = damageOf(stateDir, warn);
    if (why !== null) restore(why);
    try {
      return connect(stateDir, warn);
    } catch (thrown) {
      restore(whyLost(stateDir, thrown));
      return connect(stateDir, warn);
    }
  });
}

function connect(stateDir: string, warn: (message: string) => void): Connection {
  const path = databasePath(stateDir);
  const db = new Database(path);
  try {
    chmodSync(path, 0o600);
    db.pragma('journal_mode = WAL');
    // A power cut may lose the last transactions, never the file's consistency: what is lost is asked for again.
    db.pragma('synchronous = NORMAL');
    db.pragma('foreign_keys = ON');
    db.pragma('busy_timeout = 5000');
    migrate(db, stateDir, warn);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
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
    kindOf(path);
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

/** Brings the schema up to date, where it is not: a full disk is no obstacle to one that is. */
function migrate(db: Connection, stateDir: string, warn: (message: string) => void): void {
  const owner = Number(db.pragma('application_id', { simple: true }));
  // Before a copy is made of what is another's: the copy that there is has to take the library's place.
  if (owner !== 0 && owner !== applicationId) {
    throw new Database.SqliteError("its -wal is another database's", 'SQLITE_CORRUPT');
  }
  const from = schemaVersion(db);
  if (from > migrations.length) throw newerVersion(databasePath(stateDir), from);
  if (from > 0 && from < migrations.length) {
    try {
      copyLibrary(stateDir);
    } catch (thrown) {
      if (isDamage(thrown)) throw thrown;
      warn(
        `The library is changed to a newer version without a copy of the older: ${toAppError(thrown).message}`,
      );
    }
  }
  if (from === migrations.length && owner === applicationId) return;
  db.transaction(() => {
    for (const step of migrations.slice(schemaVersion(db))) db.exec(step);
    db.pragma(`user_version = ${migrations.length}`);
    db.pragma(`application_id = ${applicationId}`);
  }).immediate();
}

function schemaVersion(db: Connection): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function newerVersion(path: string, version: number): AppError {
  return new AppError(
    'storage',
    `${path} was written by a newer debridfs (version ${version}, this one knows ${migrations.length}): use that version, or move the file and its copy (library.db.bak) away to start anew.`,
  );
}

/** What the store threw, with what to do about it; anything else as `toAppError` has it. */
export function asStorageError(thrown: unknown): AppError {
  if (!(thrown instanceof Database.SqliteError)) return toAppError(thrown);
  const told = `${thrown.code}: ${thrown.message}`;
  const isDamaged: boolean = isDamage(thrown);
  if (isDamaged) {
    const message = `The library is damaged (${told}). The next start puts it aside and takes its copy instead.`;
    return new AppError('storage', message, { cause: thrown });
  }
  const remedy = thrown.code === 'SQLITE_FULL' ? 'Free some space on' : 'Check';
  const message = `The library cannot be read or written (${told}). ${remedy} the disk of \`stateDir\`.`;
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
    const remedy = isDamage(cause)
      ? `Start "debridfs mount": it takes the copy ${path}.bak instead, or says what to do`
      : 'Check its owner, and its disk and the room there';
    throw new AppError('storage', `Cannot open ${path}: ${why}. ${remedy}.`, { cause });
  }
}

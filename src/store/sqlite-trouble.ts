import Database from 'better-sqlite3';
import { codeOf } from '../core/errors.js';

type SqliteError = InstanceType<typeof Database.SqliteError>;

/** Whether SQLite found what it reads to be no database, or a damaged one. */
export function isDamage(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(thrown.code);
}

/** Whether SQLite could not write for want of room. */
export function isFull(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Database.SqliteError && thrown.code === 'SQLITE_FULL';
}

/** What is wrong with a database, as the rest of a sentence that begins with its path; null: what was thrown is no flaw of its. */
export function flawTold(thrown: unknown): string | null {
  if (isDamage(thrown)) return `is damaged (${thrown.message})`;
  return isUnreadable(thrown) ? `cannot be read (${thrown.message})` : null;
}

/** Whether the disk did not give what SQLite or this program was to read, as with a bad sector. */
export function isUnreadable(thrown: unknown): thrown is Error {
  const code = codeOf(thrown);
  return code === 'EIO' || code === 'SQLITE_IOERR_READ' || code === 'SQLITE_IOERR_CORRUPTFS';
}

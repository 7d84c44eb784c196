import Database from 'better-sqlite3';

type SqliteError = InstanceType<typeof Database.SqliteError>;

/** Whether SQLite found what it reads to be no database, or a damaged one. */
export function isDamage(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Database.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(thrown.code);
}

/** Whether SQLite could not write for want of room. */
export function isFull(thrown: unknown): thrown is SqliteError {
  return thrown instanceof Database.SqliteError && thrown.code === 'SQLITE_FULL';
}

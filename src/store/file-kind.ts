import { closeSync, openSync, readSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AppError, codeOf } from '../core/errors.js';
import { isDamage } from './sqlite-trouble.js';

/** Says in a database's header whose it is ("dbfs"). Those written before 2026-11 have 0 there. */
export const applicationId = 0x64626673;

/** `damaged`: no database, or one whose first pages cannot be read. */
export type FileKind = 'missing' | 'empty' | 'damaged' | 'ours';

/** SQLite's header: 100 bytes, the magic in front, the application's number at 68 (documented, sqlite.org/fileformat2). */
const headerBytes = 100;
const magic = Buffer.from('SQLite format 3\0', 'latin1');
const applicationIdAt = 68;

/** Tables of ours since the first version. */
const ownTables = ['meta', 'item', 'content', 'node'];

/**
 * Looks at what lies in the place of a library, without writing to it.
 * @throws {AppError} `storage`, with what to do, when it is somebody else's or no file. @throws the system's error when it cannot be read.
 */
export function kindOf(path: string): FileKind {
  const header = readHeader(path);
  if (header === null) return 'missing';
  if (header.length === 0) return 'empty';
  if (header.length < headerBytes || !header.subarray(0, magic.length).equals(magic)) return 'damaged';
  const id = header.readUInt32BE(applicationIdAt);
  if (id === applicationId) return 'ours';
  if (id !== 0) throw notOurs(path);
  return kindByTables(path);
}

/** The kind of a database that does not say whose it is: of an older version of ours, just begun, or another program's. */
function kindByTables(path: string): FileKind {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true });
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all();
    if (tables.length > 0 && !ownTables.every((name) => tables.includes(name))) throw notOurs(path);
    return 'ours';
  } catch (thrown) {
    if (isDamage(thrown)) return 'damaged';
    throw thrown;
  } finally {
    db?.close();
  }
}

function readHeader(path: string): Buffer | null {
  let file: number;
  try {
    if (!statSync(path).isFile()) throw noFile(path);
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const header = Buffer.alloc(headerBytes);
    return header.subarray(0, readSync(file, header, 0, headerBytes, 0));
  } finally {
    closeSync(file);
  }
}

function noFile(path: string): AppError {
  return new AppError('storage', `${path} is no file. Move it away: debridfs needs this name.`);
}

function notOurs(path: string): AppError {
  return new AppError(
    'storage',
    `${path} is another program's database, and is left as it is. Move it away, or let stateDir name another folder.`,
  );
}

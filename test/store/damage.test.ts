import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootInode } from '../../src/core/tree.js';
import { careForLibrary, type Cared } from '../../src/store/care.js';
import { DamageWatch } from '../../src/store/damage-watch.js';
import { databasePath, openForReading, openForWriting } from '../../src/store/database.js';
import { copyLibrary, copyRoomBytes } from '../../src/store/library-copy.js';
import { restoreCopy, suspectDamage, whyLost } from '../../src/store/restore.js';
import { migrations } from '../../src/store/schema.js';
import { TreeReader } from '../../src/store/tree-reader.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, file, item, openLibrary, temporaryFolder, walk } from '../support/library.js';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = databasePath(folder.path);
});
afterEach(() => folder.remove());

const name = (index: number): string => `Film.${index}.2001.1080p.BluRay.x264-GRP`;

/** Fills a library with films, and closes it. @returns all that is shown, with its inodes and times. */
function fill(stateDir: string, films = 60): string[] {
  const library = openLibrary(stateDir, new FakeClock());
  const items = Array.from({ length: films }, (_, index) =>
    item(String(index), name(index), [file(`${name(index)}.mkv`)], {
      torrent: index.toString(16).padStart(40, '0'),
    }),
  );
  library.librarian.applyListing('rd', 'torrents', complete(...items), 0);
  library.librarian.markPublished();
  library.close();
  return shown(stateDir);
}

function shown(stateDir: string, warnings: string[] = []): string[] {
  openForWriting(stateDir, (message) => warnings.push(message)).close();
  const library = openLibrary(stateDir, new FakeClock());
  const lines = [...walk(library.tree)].map(([at, node]) => `${at} ${node.inode} ${node.mtimeMs}`);
  library.close();
  return lines.sort();
}

/** Overwrites the page that a table or index begins with, or the header. */
function damage(of: string | null): void {
  const db = new Database(path, { readonly: true });
  const page = db
    .prepare<[string | null], number>('SELECT rootpage FROM sqlite_master WHERE name = ?')
    .pluck();
  const at = of === null ? 0 : ((page.get(of) ?? 0) - 1) * 4096;
  db.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, at, at + 4096);
  writeFileSync(path, bytes);
}

/** Makes the list of free pages, which belongs to no table, one that cannot be read. */
function damageFreePages(): void {
  const db = new Database(path);
  db.exec('CREATE TABLE filler (text); INSERT INTO filler VALUES (zeroblob(100000)); DROP TABLE filler');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const bytes = readFileSync(path);
  // Documented, sqlite.org/fileformat2: the header names the first page of the list, in which its length stands second.
  const trunk = bytes.readUInt32BE(32);
  bytes.writeUInt32BE(0x7fffffff, (trunk - 1) * 4096 + 4);
  writeFileSync(path, bytes);
}

const damaged = (): string[] => readdirSync(folder.path).filter((file) => /damaged-\w+$/.test(file));

describe('a library that is damaged', () => {
  const damages: [what: string, said: RegExp, damage: () => void][] = [
    ['overwritten at its beginning', /is no database any more/, () => damage(null)],
    ['overwritten in the list of its tables', /is damaged \(/, () => damage('node')],
    ['overwritten in the list of its free pages', /is damaged \(/, damageFreePages],
    ['cut off', /is damaged \(/, () => truncateSync(path, 40_000)],
    ['cut off in its header', /is no database any more/, () => truncateSync(path, 50)],
    ['empty', /is empty/, () => truncateSync(path, 0)],
    ['gone', /is not there/, () => rmSync(path)],
    [
      'gone, but for what SQLite had not taken over',
      /is not there/,
      () => {
        writeFileSync(`${path}-wal`, 'x'.repeat(9000));
        rmSync(path);
      },
    ],
  ];
  it.each(damages)(
    '(%s) is put aside, and its copy shows the same names, inodes and times',
    (_, said, harm) => {
      const before = fill(folder.path);
      copyLibrary(folder.path);
      harm();
      suspectDamage(folder.path);
      const left = existsSync(path) ? readFileSync(path) : null;
      const warnings: string[] = [];
      expect(shown(folder.path, warnings)).toEqual(before);
      expect(warnings).toEqual([expect.stringMatching(said)]);
      expect(warnings[0]).toMatch(/the copy of \d{4}-\d\d-\d\dT\S+ took its place/);
      const [kept] = damaged();
      if (left !== null) expect(readFileSync(join(folder.path, kept ?? ''))).toEqual(left);
      expect(shown(folder.path, warnings)).toEqual(before);
      expect(warnings).toHaveLength(1);
    },
  );

  it('without a copy is left as it is, with a word on what to do', () => {
    fill(folder.path);
    damage('node');
    suspectDamage(folder.path);
    const left = readFileSync(path);
    expect(() => openForWriting(folder.path)).toThrow(/there is no copy of it\. Restore it, or move it away/);
    expect(readFileSync(path)).toEqual(left);
    expect(damaged()).toEqual([]);
  });

  it.each(['there is no copy of it', 'its copy is damaged too'])(
    'as far as a look tells, while %s, is served on with a warning, now and after a start',
    (without) => {
      const before = fill(folder.path);
      damage('node_by_parent');
      if (without !== 'there is no copy of it') writeFileSync(`${path}.bak`, readFileSync(path));
      const told = expect.stringMatching(
        /is damaged \(.*there is no copy that could take its place/s,
      ) as string;
      expect(look()).toMatchObject({ kind: 'unmended', message: told });
      // There was a copy when it was looked through.
      suspectDamage(folder.path, 'look');
      const warnings: string[] = [];
      openForWriting(folder.path, (message) => warnings.push(message)).close();
      expect(warnings).toEqual([told]);
      const db = new Database(path, { readonly: true });
      expect(db.prepare('SELECT count(*) FROM node NOT INDEXED').pluck().get()).toBeGreaterThan(
        before.length,
      );
      db.close();
      openForWriting(folder.path, (message) => warnings.push(message)).close();
      expect(warnings).toHaveLength(1);
      expect(damaged()).toEqual([]);
    },
  );

  it('by a bad sector at its beginning is put aside, and its copy takes its place', () => {
    const before = fill(folder.path);
    copyLibrary(folder.path);
    rmSync(path);
    // A file whose first bytes cannot be read: EIO (observed, Linux 6.18).
    symlinkSync('/proc/self/mem', path);
    const warnings: string[] = [];
    expect(shown(folder.path, warnings)).toEqual(before);
    expect(warnings).toEqual([expect.stringMatching(/library\.db cannot be read \(EIO.*took its place/)]);
    expect(damaged()).toHaveLength(1);
  });

  it('by a bad sector, without a copy, is left as it is', () => {
    fill(folder.path);
    rmSync(path);
    symlinkSync('/proc/self/mem', path);
    expect(() => openForWriting(folder.path)).toThrow(/Cannot open .*EIO.* Check its owner, and its disk/);
    expect(damaged()).toEqual([]);
  });

  it('by a bad sector that SQLite meets is lost only where its copy can be read', () => {
    fill(folder.path);
    const unread = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');
    const full = new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE');
    expect(() => whyLost(folder.path, unread)).toThrow(unread);
    copyLibrary(folder.path);
    expect(whyLost(folder.path, unread)).toBe('cannot be read (disk I/O error)');
    expect(() => whyLost(folder.path, full)).toThrow(full);
    truncateSync(`${path}.bak`, 40_000);
    expect(() => whyLost(folder.path, unread)).toThrow(unread);
  });

  it('that was met in use is not served on because a look met it too', () => {
    fill(folder.path);
    damage('node_by_parent');
    suspectDamage(folder.path);
    suspectDamage(folder.path, 'look');
    expect(() => openForWriting(folder.path)).toThrow(/there is no copy of it/);
  });

  it('like its copy is left as it is, with a word on what to do', () => {
    fill(folder.path);
    damage(null);
    writeFileSync(`${path}.bak`, readFileSync(path));
    expect(() => openForWriting(folder.path)).toThrow(
      /its copy .*library\.db\.bak is damaged too\. Restore one of them, or move both away/,
    );
    expect(damaged()).toEqual([]);
  });

  it('whose start is cut off between its -wal and itself is put aside by the next one, although it is sound by then', () => {
    const before = fill(folder.path);
    copyLibrary(folder.path);
    fill(folder.path, 61);
    writeFileSync(`${path}-wal`, 'what SQLite had not taken over');
    // Cannot be removed, so that the start ends there.
    mkdirSync(`${path}-shm`);
    const nowMs = Date.now();
    expect(() => restoreCopy(folder.path, 'is damaged', nowMs)).toThrow();
    expect(existsSync(`${path}-wal`)).toBe(false);
    rmSync(`${path}-shm`, { recursive: true });
    const warnings: string[] = [];
    expect(shown(folder.path, warnings)).toEqual(before);
    expect(warnings).toEqual([expect.stringMatching(/was put aside only in part: .* took its place/)]);
    expect(existsSync(`${path}.suspect`)).toBe(false);
  });

  it('and again within a second keeps both', () => {
    fill(folder.path);
    copyLibrary(folder.path);
    const nowMs = Date.now();
    for (const bytes of ['first', 'second']) {
      writeFileSync(path, bytes);
      restoreCopy(folder.path, 'is no database any more', nowMs);
    }
    expect(damaged().map((file) => readFileSync(join(folder.path, file), 'latin1'))).toEqual([
      'first',
      'second',
    ]);
  });

  it('again and again takes the room of two', () => {
    fill(folder.path);
    copyLibrary(folder.path);
    for (const day of [1, 2, 3]) writeFileSync(`${path}.damaged-2026110${day}T000000Z`, '');
    writeFileSync(`${path}.damaged-20261101T000000Z-wal`, '');
    damage(null);
    shown(folder.path);
    expect(damaged()).toHaveLength(2);
    expect(damaged()[0]).toBe('library.db.damaged-20261103T000000Z');
  });

  it('by the writes of another database is met by who looks it through, and mended by the next start', () => {
    const before = fill(folder.path);
    copyLibrary(folder.path);
    const other = temporaryFolder();
    fill(other.path, 200);
    const db = openForWriting(other.path);
    db.exec("UPDATE torrent SET name = name || ' '; UPDATE node SET mtime_ms = mtime_ms + 1");
    copyFileSync(`${databasePath(other.path)}-wal`, `${path}-wal`);
    db.close();
    other.remove();
    openForWriting(folder.path).close();
    expect(look()).toMatchObject({ kind: 'damaged' });
    suspectDamage(folder.path);
    expect(shown(folder.path)).toEqual(before);
  });

  it('by the writes of another program’s database, of whatever version, is mended by its copy, which stays as it is', () => {
    const before = fill(folder.path);
    copyLibrary(folder.path);
    const copy = readFileSync(`${path}.bak`);
    const other = temporaryFolder();
    const db = new Database(join(other.path, 'other.db'));
    db.pragma('journal_mode = WAL');
    for (const version of [2, 900]) {
      db.pragma('application_id = 4711');
      db.pragma(`user_version = ${version}`);
      copyFileSync(join(other.path, 'other.db-wal'), `${path}-wal`);
      const warnings: string[] = [];
      expect(shown(folder.path, warnings)).toEqual(before);
      expect(warnings).toEqual([expect.stringMatching(/another database's.* took its place/)]);
      expect(readFileSync(`${path}.bak`)).toEqual(copy);
    }
    db.close();
    other.remove();
  });

  it('fails who looks into it, as if nothing were missing, and is mended by the next start', async () => {
    const before = fill(folder.path);
    copyLibrary(folder.path);
    damage('node');
    const db = openForReading(folder.path);
    const watch = new DamageWatch(folder.path);
    const tree = watch.over(new TreeReader(db, ['rd']), db);
    expect(() => tree.child(rootInode, 'movies')).toThrow(
      expect.objectContaining({ code: 'storage' }) as Error,
    );
    expect((await watch.met).message).toMatch(/is damaged .*The next start puts it aside/);
    db.close();
    // Programs may still read what they have open while the process ends: that is no defect.
    expect(() => tree.child(rootInode, 'movies')).toThrow(
      expect.objectContaining({ code: 'aborted' }) as Error,
    );
    const warnings: string[] = [];
    expect(shown(folder.path, warnings)).toEqual(before);
    expect(warnings).toEqual([expect.stringMatching('took its place')]);
    expect(existsSync(`${path}.suspect`)).toBe(false);
  });
});

/** Has the library looked through. */
function look(nowMs = Date.now(), stopped = false): Cared {
  const stop = new SharedArrayBuffer(4);
  new Int32Array(stop)[0] = stopped ? 1 : 0;
  return careForLibrary({ stateDir: folder.path, nowMs, stop });
}

describe('a library that is looked through', () => {
  it('is copied when it shows something, for its owner alone, and once a day', () => {
    openLibrary(folder.path, new FakeClock()).close();
    expect(look()).toEqual({ kind: 'sound', isCopied: false });
    fill(folder.path);
    expect(look()).toEqual({ kind: 'sound', isCopied: true });
    expect(statSync(`${path}.bak`).mode & 0o777).toBe(0o600);
    expect(look()).toEqual({ kind: 'sound', isCopied: false });
    expect(look(Date.now() + 25 * 3600_000)).toEqual({ kind: 'sound', isCopied: true });
    // A copy of tomorrow was made while the clock was wrong.
    expect(look(Date.now() - 25 * 3600_000)).toEqual({ kind: 'sound', isCopied: true });
    expect(readdirSync(folder.path).filter((file) => file.includes('.new'))).toEqual([]);
  });

  it('takes room for what SQLite has not taken over yet, so that a copy amid a first sync does not fill the disk', () => {
    fill(folder.path);
    const before = copyRoomBytes(folder.path);
    expect(before).toBeGreaterThan(statSync(path).size);
    const db = openForWriting(folder.path);
    db.pragma('wal_autocheckpoint = 0');
    db.exec('CREATE TABLE filler (text); INSERT INTO filler VALUES (zeroblob(1000000))');
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(1_000_000);
    expect(copyRoomBytes(folder.path)).toBe(before + statSync(`${path}-wal`).size);
    copyLibrary(folder.path);
    expect(statSync(`${path}.bak`).size).toBeGreaterThan(1_000_000);
    db.close();
  });

  it('is copied again although its copy was made while the clock was years ahead', () => {
    fill(folder.path);
    copyLibrary(folder.path);
    const inSeconds = Date.now() / 1000;
    utimesSync(`${path}.bak`, inSeconds, inSeconds + 4 * 365 * 86_400);
    expect(look()).toEqual({ kind: 'sound', isCopied: true });
    utimesSync(`${path}.bak`, inSeconds, inSeconds + 3600);
    expect(look()).toEqual({ kind: 'sound', isCopied: false });
  });

  it('and is damaged keeps the copy that it has', () => {
    fill(folder.path);
    copyLibrary(folder.path);
    const copy = readFileSync(`${path}.bak`);
    damage('node_by_parent');
    expect(look(Date.now() + 25 * 3600_000)).toMatchObject({
      kind: 'damaged',
      message: expect.stringMatching(/The next start puts it aside/) as string,
    });
    expect(readFileSync(`${path}.bak`)).toEqual(copy);
  });

  it('and cannot be read is served on, and looked through again by the next start', () => {
    const before = fill(folder.path);
    rmSync(path);
    symlinkSync('/proc/self/mem', path);
    expect(look()).toMatchObject({ kind: 'failed' });
    expect(readFileSync(`${path}.suspect`, 'latin1')).toBe('look');
    rmSync(path);
    expect(fill(folder.path)).toEqual(before);
    expect(existsSync(`${path}.suspect`)).toBe(false);
  });

  it('is let go when the program ends', () => {
    fill(folder.path);
    expect(look(Date.now(), true)).toEqual({ kind: 'stopped' });
    expect(existsSync(`${path}.bak`)).toBe(false);
  });
});

describe('what is not ours', () => {
  it('(another program’s database) is left as it is, also with a copy beside it', () => {
    fill(folder.path);
    copyLibrary(folder.path);
    for (const owner of [0, 4711]) {
      rmSync(path);
      const other = new Database(path);
      other.exec('CREATE TABLE recipes (name TEXT)');
      other.pragma(`application_id = ${owner}`);
      other.close();
      const before = readFileSync(path);
      for (const open of [openForWriting, openForReading])
        expect(() => open(folder.path)).toThrow(
          /is another program's database, and is left as it is. Move it away/,
        );
      expect(readFileSync(path)).toEqual(before);
    }
  });

  it('(a folder) is left as it is', () => {
    mkdirSync(path);
    for (const open of [openForWriting, openForReading])
      expect(() => open(folder.path)).toThrow(/is no file. Move it away/);
  });
});

describe('a library of an older version', () => {
  const old = (version: number): void => {
    const db = new Database(path);
    for (const step of migrations.slice(0, version)) db.exec(step);
    db.pragma(`user_version = ${version}`);
    db.exec("INSERT INTO meta (name, value) VALUES ('published', 'true')");
    db.close();
  };

  it('is copied before it is brought up to date', () => {
    old(2);
    openForWriting(folder.path).close();
    const copy = new Database(`${path}.bak`, { readonly: true });
    expect(copy.pragma('user_version', { simple: true })).toBe(2);
    copy.close();
  });

  it('that was lost is brought up to date from its copy', () => {
    old(2);
    openForWriting(folder.path).close();
    rmSync(path);
    const db = openForWriting(folder.path);
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(db.prepare('SELECT value FROM meta WHERE name = ?').get('published')).toEqual({ value: 'true' });
    db.close();
  });
});

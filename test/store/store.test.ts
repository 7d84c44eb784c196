import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { asStorageError, databasePath, openForReading, openForWriting } from '../../src/store/database.js';
import { LinkRows, StoredLinks, type LinkWriter } from '../../src/store/links.js';
import { Meta } from '../../src/store/meta.js';
import { openTree } from '../../src/store/open.js';
import { lockState } from '../../src/store/state-lock.js';
import { sourceKey } from '../../src/core/content.js';
import { temporaryFolder } from '../support/library.js';

describe('the store', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('can be read by its owner only', () => {
    const stateDir = join(folder.path, 'new');
    openForWriting(stateDir).close();
    expect(statSync(databasePath(stateDir)).mode & 0o777).toBe(0o600);
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  it('of a newer version is left alone, with a word on what to do', () => {
    const db = openForWriting(folder.path);
    db.pragma('user_version = 99');
    db.close();
    for (const open of [openForWriting, openForReading]) {
      expect(() => open(folder.path)).toThrow(/newer debridfs \(version 99/);
    }
  });

  it('without any complete listing is no empty tree', () => {
    const db = openForWriting(folder.path);
    expect(() => openTree(folder.path)).toThrow(/no tree yet/);
    new Meta(db).set('published', '1');
    db.close();
    expect(() => openTree(folder.path).close()).not.toThrow();
  });

  it('that is no database is left as it is', () => {
    writeFileSync(databasePath(folder.path), 'something else'.repeat(100));
    expect(() => openForWriting(folder.path)).toThrow(/move it away to start anew/);
    expect(readFileSync(databasePath(folder.path), 'utf8')).toMatch(/^something else/);
  });

  it('says what to do when it cannot be written', () => {
    const db = openForWriting(folder.path);
    const reading = new Database(databasePath(folder.path), { readonly: true });
    let thrown: unknown;
    try {
      reading.exec('DELETE FROM item');
    } catch (error) {
      thrown = error;
    }
    expect(asStorageError(thrown)).toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/stateDir/) as unknown,
    });
    expect(asStorageError(new AppError('aborted', 'x'))).toMatchObject({ code: 'aborted' });
    reading.close();
    db.close();
  });

  it('gives a link back before and after it is on disk, and tells how many are young', async () => {
    const db = openForWriting(folder.path);
    const rows = new LinkRows(db);
    let write: () => void = () => undefined;
    const writer: LinkWriter = {
      putLink: async (key, link) => {
        await new Promise<void>((resolve) => (write = resolve));
        rows.put(key, link);
      },
    };
    const links = new StoredLinks(db, writer, () => undefined);
    const key = sourceKey({ account: 'tb', list: 'torrents', itemId: '1', ref: '0' });
    links.put(key, { url: 'http://x/1', bornMs: 1000 });
    expect(links.get(key)).toMatchObject({ bornMs: 1000 });
    write();
    await new Promise(setImmediate);
    expect(links.get(key)).toMatchObject({ bornMs: 1000 });
    expect(links.bornSince('tb', 999)).toEqual([1000]);
    expect(links.bornSince('tb', 1000)).toEqual([]);
    expect(links.bornSince('tb2', 0)).toEqual([]);
    rows.dropItem({ account: 'tb', list: 'torrents', itemId: '1' });
    expect(links.get(key)).toBeUndefined();
    db.close();
  });
});

describe('a state folder', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('belongs to one process until it ends, however it ends', async () => {
    const script = `const db = new (require('better-sqlite3'))(${JSON.stringify(join(folder.path, 'lock.db'))});
      db.exec('BEGIN EXCLUSIVE'); console.log('held'); setInterval(() => undefined, 1000);`;
    const other = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(other.stdout, 'data');
    expect(() => lockState(folder.path)).toThrow(/^Another debridfs runs on this state folder/);
    expect(() => lockState(folder.path, () => 4711)).toThrow(
      /^Another debridfs \(process 4711\) runs on this state folder/,
    );
    other.kill('SIGKILL');
    await once(other, 'exit');
    const unlock = lockState(folder.path);
    unlock();
    lockState(folder.path)();
  });

  it('is locked without writing anything, which a full disk would refuse', () => {
    const unlock = lockState(folder.path);
    expect(readdirSync(folder.path)).toEqual(['lock.db']);
    expect(statSync(join(folder.path, 'lock.db')).size).toBe(0);
    unlock();
  });

  it.each(['/proc/none/state', '/proc/self/none'])('that nothing can hold (%s) is refused', (path) => {
    expect(() => lockState(path)).toThrow(/cannot be locked/);
  });

  it('that cannot be made is told with its path', () => {
    writeFileSync(join(folder.path, 'file'), '');
    chmodSync(join(folder.path, 'file'), 0o600);
    expect(() => lockState(join(folder.path, 'file', 'state'))).toThrow(
      /file\/state\/lock\.db cannot be locked/,
    );
  });
});

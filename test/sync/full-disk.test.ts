import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { openForWriting } from '../../src/store/database.js';
import { openTree } from '../../src/store/open.js';
import { Librarian } from '../../src/sync/librarian.js';
import { smallDisk } from '../read/disk/cache-folder.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, file, filesBelow, item, openLibrary, plainOptions, walk } from '../support/library.js';

it('a library on a full disk is opened as it is, and takes over what is new once there is room', async (test) => {
  const stateDir = (await smallDisk(2 ** 21)) ?? test.skip('Only root may mount a small disk.');
  const clock = new FakeClock();
  const first = openLibrary(stateDir, clock);
  const film = item('1', 'Film.2001.1080p.BluRay.x264-GRP', [file('Film.2001.1080p.BluRay.x264-GRP.mkv')]);
  first.librarian.applyListing('rd', 'torrents', complete(film), 0);
  first.librarian.markPublished();
  const shown = [...walk(first.tree)].map(([path, { inode }]) => `${path} ${inode}`);
  first.close();

  // SQLite itself needs a page of memory that it shares; what it then writes finds no room.
  const db = openForWriting(stateDir);
  const filler = join(stateDir, 'filler');
  fill(filler);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) };
  const librarian = new Librarian(db, { ...plainOptions, anime: 'separate' }, clock, logger);
  expect(warnings).toEqual([expect.stringMatching(/SQLITE_FULL.*Free some space on the disk/)]);
  expect(librarian.isPublished()).toBe(true);
  const other = item('2', 'Other.2002.1080p.BluRay.x264-GRP', [file('Other.2002.1080p.BluRay.x264-GRP.mkv')]);
  const listing = complete(film, other);
  expect(() => librarian.applyListing('rd', 'torrents', listing, 0)).toThrow(/full/);
  expect(() => librarian.placeAnew()).toThrow(/full/);

  rmSync(filler);
  expect(librarian.applyListing('rd', 'torrents', listing, 0)).toMatchObject({ added: 1 });
  expect(librarian.placeAnew()).toMatchObject({ left: 0 });
  const opened = openTree(stateDir);
  expect([...walk(opened.tree).keys()]).toContain('anime/');
  opened.close();
  librarian.close();
  const last = openLibrary(stateDir, clock, { anime: 'separate' });
  expect([...walk(last.tree)].map(([path, { inode }]) => `${path} ${inode}`)).toEqual(
    expect.arrayContaining(shown),
  );
  expect(filesBelow(last.tree, 'movies/')).toHaveLength(2);
  last.close();
});

/** Takes all room that is left on a disk. */
function fill(path: string): void {
  const filler = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  try {
    for (;;) writeSync(filler, page);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(filler);
  }
}

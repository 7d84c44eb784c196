import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi, type TestContext } from 'vitest';
import { silentLogger, type Logger } from '../../../src/core/logger.js';
import { BlockFiles, type BlockStore } from '../../../src/read/disk/block-files.js';
import type { DiskCacheOptions } from '../../../src/read/disk/open-disk-cache.js';
import { FakeClock, settle } from '../../support/fake-clock.js';
import {
  bytesOf,
  content,
  folderBytes,
  given,
  openCache,
  present,
  putBytes,
  putAll,
  rd,
  readBytes,
  readRun,
  slotBytes,
  smallDisk,
  temporaryFolder,
  written,
} from './cache-folder.js';

const film = content('film');

/** A logger, and the warnings it was given. */
function listening(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  return { warnings, logger: { ...silentLogger, warn: (_, message) => void warnings.push(message) } };
}

/** What happens before, or after, something is done to the files; it may fail, or take its time. */
interface Hooks {
  read?: () => Promise<void>;
  writeBlocks?: (blocks: number) => Promise<void>;
  writeRecords?: () => Promise<void>;
}

/** Real files with hooks. */
function faulty(): {
  readonly openFiles: NonNullable<DiskCacheOptions['openFiles']>;
  readonly before: Hooks;
  readonly after: Hooks;
} {
  const before: Hooks = {};
  const after: Hooks = {};
  const openFiles = async (...how: Parameters<typeof BlockFiles.open>): Promise<BlockStore> => {
    const files = await BlockFiles.open(...how);
    return {
      records: () => files.records(),
      truncate: (slots) => files.truncate(slots),
      areGone: () => files.areGone(),
      close: () => files.close(),
      async read(slot, into) {
        await before.read?.();
        const isWhole = await files.read(slot, into);
        await after.read?.();
        return isWhole;
      },
      async writeBlocks(slot, blocks) {
        await before.writeBlocks?.(blocks.length);
        await files.writeBlocks(slot, blocks);
      },
      async writeRecords(slot, records) {
        await before.writeRecords?.();
        await files.writeRecords(slot, records);
      },
    };
  };
  return { openFiles, before, after };
}

/** A disk of so many bytes; the test is skipped where this user may not mount one. */
async function diskFor(test: TestContext, bytes: number): Promise<string> {
  const disk = await smallDisk(bytes);
  return disk ?? test.skip('Only root may mount a small disk.');
}

describe('a disk that is full', () => {
  it('keeps what fits, says once what to do, and is tried again later, ever more rarely', async (test) => {
    const dir = await diskFor(test, 2 ** 20);
    const clock = new FakeClock();
    const { logger, warnings } = listening();
    // What is told of the free space is wrong: it is others who fill it.
    const cache = await openCache(dir, { clock, logger, freeBytes: () => Promise.resolve(2 ** 30) });
    await putAll(cache, film, [0, 1, 2]);
    await writeFile(join(dir, 'other'), Buffer.alloc(2 ** 20)).catch(() => undefined);
    await putAll(cache, film, [3, 4, 5]);
    expect(present(cache, film)).toEqual([0, 1, 2]);
    for (const index of [0, 1, 2]) expect(await given(cache, film, index)).toBe('right');
    expect(cache.stats()).toMatchObject({ writeErrors: 1, queuedBytes: 0 });
    expect(cache.stats().pausedBecause).toMatch(/full. Make room/);
    expect(warnings).toEqual([expect.stringMatching(/30 seconds, reading goes on: .* Make room on it/)]);

    await clock.advance(30_000);
    await vi.waitFor(() => expect(cache.stats()).toMatchObject({ writeErrors: 1, pausedBecause: null }));
    putBytes(cache, film, rd, 6, bytesOf(film, 6));
    await written(cache);
    await vi.waitFor(() => expect(warnings).toHaveLength(2));
    expect(warnings[1]).toMatch('60 seconds');

    await rm(join(dir, 'other'));
    await clock.advance(60_000);
    await putAll(cache, film, [7, 8]);
    expect(present(cache, film)).toEqual([0, 1, 2, 7, 8]);
    expect(await given(cache, film, 7)).toBe('right');
    expect(warnings).toHaveLength(2);
    await cache.close();
    expect(present(await openCache(dir), film)).toEqual([0, 1, 2, 7, 8]);
  });

  it('is never filled beyond the floor, and space is given back when others need it', async (test) => {
    const dir = await diskFor(test, 2 * 2 ** 20);
    const clock = new FakeClock();
    const { logger, warnings } = listening();
    const cache = await openCache(dir, { clock, logger, minFreeBytes: 2 ** 20 });
    const indexes = Array.from({ length: 20 }, (_, index) => index);
    await putAll(cache, film, indexes);
    expect(await folderBytes(dir)).toBeLessThanOrEqual(2 ** 20);
    expect(present(cache, film)).toEqual(indexes.slice(-7));

    await writeFile(join(dir, 'other'), Buffer.alloc(512 * 1024));
    await clock.advance(60_000);
    await putAll(cache, film, [20]);
    expect(await folderBytes(dir)).toBeLessThanOrEqual(2 ** 20);
    expect(present(cache, film)).toContain(20);
    for (const index of present(cache, film)) expect(await given(cache, film, index)).toBe('right');

    await rm(join(dir, 'other'));
    await clock.advance(60_000);
    await putAll(cache, film, [21, 22, 23, 24, 25, 26, 27]);
    expect(present(cache, film)).toEqual([21, 22, 23, 24, 25, 26, 27]);
    expect(warnings).toEqual([]);
  });
});

it('the free space is looked at once for 64 MiB, not for every block', async () => {
  let looks = 0;
  const freeBytes = (): Promise<number> => {
    looks += 1;
    return Promise.resolve(2 ** 40);
  };
  const cache = await openCache(await temporaryFolder(), { slots: 600, freeBytes });
  const long = content('long', 600);
  for (let index = 0; index < 500; index += 20) {
    for (let next = index; next < index + 20; next += 1) putBytes(cache, long, rd, next, bytesOf(long, next));
    await written(cache);
  }
  expect(looks).toBe(2);
});

describe('a folder', () => {
  it('that is deleted while it is used is a miss once that is seen, takes no space, and is made anew', async () => {
    const dir = join(await temporaryFolder(), 'cache');
    const clock = new FakeClock();
    const { logger, warnings } = listening();
    let holders = 0;
    const lock = (): (() => void) => {
      holders += 1;
      return () => (holders -= 1);
    };
    const cache = await openCache(dir, { clock, logger, lock });
    await putAll(cache, film, [0, 1]);
    await rm(dir, { recursive: true });
    await clock.advance(60_000);
    await putAll(cache, film, [2]);
    expect(present(cache, film)).toEqual([]);
    expect(await given(cache, film, 0)).toBe('nothing');
    expect(cache.stats()).toMatchObject({ usedBytes: 0, blocks: 0, writeErrors: 1 });
    expect(warnings).toEqual([expect.stringMatching('made anew')]);
    await vi.waitFor(() => expect(holders).toBe(0));

    await clock.advance(30_000);
    await putAll(cache, film, [3]);
    expect(await given(cache, film, 3)).toBe('right');
    expect(await folderBytes(dir)).toBe(slotBytes);
    await cache.close();
    expect(holders).toBe(0);
    expect(present(await openCache(dir), film)).toEqual([3]);
  });

  it('that is read-only is refused with a sentence', async (test) => {
    const dir = await diskFor(test, 4 * 2 ** 20);
    execFileSync('mount', ['-o', 'remount,ro', dir]);
    await expect(openCache(dir)).rejects.toMatchObject({ code: 'storage' });
    await expect(openCache(dir)).rejects.toThrow(/EROFS.*Check its owner and its disk/);
  });
});

it('blocks in a row are read in one go, and where one of them cannot be read the others are still had', async () => {
  const { openFiles, before } = faulty();
  const cache = await openCache(await temporaryFolder(), { openFiles });
  await putAll(cache, film, [0, 1, 2, 3]);
  let reads = 0;
  before.read = () => Promise.resolve(void (reads += 1));
  const run = await readRun(cache, film, 1, 8);
  expect(run.map((block, at) => block.equals(bytesOf(film, 1 + at)))).toEqual([true, true, true]);
  expect(reads).toBe(1);
  expect(await readRun(cache, film, 4, 8)).toEqual([]);
  before.read = () => {
    reads += 1;
    return reads === 2 ? Promise.reject(new Error('EIO')) : Promise.resolve();
  };
  expect(await readRun(cache, film, 0, 4)).toHaveLength(1);
  expect(present(cache, film)).toEqual([0, 1, 2, 3]);
  expect(cache.stats()).toMatchObject({ hits: 4, misses: 1, readErrors: 0 });
});

describe('a disk that fails', () => {
  const failure = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });

  it('to read gives misses, and the slot is used for something else', async () => {
    const { openFiles, before } = faulty();
    const cache = await openCache(await temporaryFolder(), { openFiles });
    await putAll(cache, film, [0, 1]);
    before.read = () => Promise.reject(failure);
    expect(await given(cache, film, 0)).toBe('nothing');
    expect(cache.stats()).toMatchObject({ readErrors: 1, misses: 1, corrupt: 1, blocks: 1 });
    delete before.read;
    await putAll(cache, film, [5]);
    expect(cache.stats().usedBytes).toBe(2 * slotBytes);
    expect(await given(cache, film, 5)).toBe('right');
    expect(await given(cache, film, 1)).toBe('right');
  });

  it('by hanging is a miss after two seconds, and has nothing until it is back', async () => {
    const clock = new FakeClock();
    const { openFiles, before } = faulty();
    const cache = await openCache(await temporaryFolder(), { openFiles, clock });
    await putAll(cache, film, [0, 1]);
    let comeBack = (): void => undefined;
    before.read = () => new Promise((resolve) => (comeBack = resolve));
    const hanging = readRun(cache, film, 0, 1);
    await clock.advance(1_999);
    expect(cache.has(film, 1)).toBe(true);
    await clock.advance(1);
    expect(await hanging).toEqual([]);
    expect(present(cache, film)).toEqual([]);
    delete before.read;
    comeBack();
    await vi.waitFor(() => expect(present(cache, film)).toEqual([0, 1]));
    expect(await given(cache, film, 0)).toBe('right');
  });

  it.each(['writeBlocks', 'writeRecords'] as const)(
    'to write (%s) forgets what it had begun, for good',
    async (name) => {
      const dir = await temporaryFolder();
      const clock = new FakeClock();
      const { openFiles, before } = faulty();
      const { logger, warnings } = listening();
      const cache = await openCache(dir, { slots: 2, clock, openFiles, logger });
      await putAll(cache, film, [0, 1]);
      before[name] = () => Promise.reject(failure);
      for (const index of [2, 3]) putBytes(cache, film, rd, index, bytesOf(film, index));
      await written(cache);
      expect(present(cache, film)).toEqual([]);
      expect(warnings).toEqual([expect.stringMatching('the disk of cache.dir fails')]);
      putBytes(cache, film, rd, 4, bytesOf(film, 4));
      expect(cache.has(film, 4)).toBe(false);
      before[name] = () => Promise.resolve();
      await clock.advance(30_000);
      await vi.waitFor(() => expect(cache.stats().pausedBecause).toBeNull());
      await putAll(cache, film, [5]);
      await cache.close();
      const again = await openCache(dir, { slots: 2 });
      expect(present(again, film)).toEqual([5]);
      expect(await given(again, film, 5)).toBe('right');
    },
  );

  it('to answer does not keep the cache from closing', async () => {
    const clock = new FakeClock();
    const { openFiles, before } = faulty();
    const cache = await openCache(await temporaryFolder(), { clock, openFiles });
    let goOn = (): void => undefined;
    let isWriting = false;
    before.writeBlocks = () => {
      isWriting = true;
      return new Promise((resolve) => (goOn = resolve));
    };
    for (const index of [0, 5, 9]) putBytes(cache, film, rd, index, bytesOf(film, index));
    await vi.waitFor(() => expect(isWriting).toBe(true));
    const closing = cache.close();
    await clock.advance(3_000);
    await closing;
    expect(cache.stats().queuedBytes).toBe(131_072);
    goOn();
    await written(cache);
  });
});

it('a slot that goes to another block during a read gives neither, whenever the disk answers', async () => {
  const { openFiles, before, after } = faulty();
  const cache = await openCache(await temporaryFolder(), { slots: 1, openFiles });
  for (const held of [before, after]) {
    await putAll(cache, film, [0]);
    let goOn = (): void => undefined;
    held.read = () => new Promise((resolve) => (goOn = resolve));
    const reading = readBytes(cache, film, 0);
    await settle();
    delete held.read;
    await putAll(cache, film, [1]);
    goOn();
    expect(await reading).toBeNull();
    expect(await given(cache, film, 1)).toBe('right');
  }
  expect(cache.stats()).toMatchObject({ corrupt: 0, readErrors: 0 });
});

it('blocks of one content that wait are written in one go, pinned or removed meanwhile or not', async () => {
  const { openFiles, before } = faulty();
  const dir = await temporaryFolder();
  const cache = await openCache(dir, { openFiles });
  const runs: number[] = [];
  let goOn = (): void => undefined;
  before.writeBlocks = (blocks) => {
    runs.push(blocks);
    return new Promise((resolve) => (goOn = resolve));
  };
  const other = content('other');
  for (const index of [0, 1, 2]) {
    putBytes(cache, film, rd, index, bytesOf(film, index));
    putBytes(cache, other, rd, index, bytesOf(other, index));
  }
  await vi.waitFor(() => expect(runs).toEqual([3]));
  cache.pin(film, [1]);
  cache.pin(other, [2]);
  goOn();
  await vi.waitFor(() => expect(runs).toEqual([3, 3]));
  cache.remove(other);
  expect(present(cache, other)).toEqual([]);
  goOn();
  await cache.close();
  const again = await openCache(dir);
  expect(present(again, film)).toEqual([0, 1, 2]);
  expect(present(again, other)).toEqual([]);
  expect(again.stats().pinnedBytes).toBe(slotBytes);
});

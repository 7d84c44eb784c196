import { mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import { BlockCache } from '../../../src/read/block-cache.js';
import { blockBytes } from '../../../src/read/blocks.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  ad,
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
  slotBytes,
  temporaryFolder,
  written,
} from './cache-folder.js';

const film = content('film');
const other = content('other');

/** Changes one bit of a file. */
async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ 4);
  await file.write(byte, 0, 1, at);
  await file.close();
}

describe('a block that was put', () => {
  it('is there at once, from memory, and later from the disk, also after a restart', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    putBytes(cache, film, rd, 3, bytesOf(film, 3));
    putBytes(cache, film, ad, 40, bytesOf(film, 40));
    expect(cache.stats()).toMatchObject({ queuedBytes: blockBytes + 1000, usedBytes: 0 });
    expect(cache.has(film, 3)).toBe(true);
    expect(await given(cache, film, 3)).toBe('right');

    await written(cache);
    expect(cache.stats()).toMatchObject({ blocks: 2, usedBytes: 2 * slotBytes });
    expect(await given(cache, film, 3)).toBe('right');
    expect(await given(cache, film, 40)).toBe('right');
    await cache.close();
    await cache.close();
    expect(await readBytes(cache, film, 3)).toBeNull();

    const again = await openCache(dir);
    expect(present(again, film)).toEqual([3, 40]);
    expect(await given(again, film, 40)).toBe('right');
    expect(again.stats()).toMatchObject({ hits: 1, misses: 0, corrupt: 0 });
  });

  it('is found by what its content is, whatever row it has, and not by another content', async () => {
    const cache = await openCache(await temporaryFolder());
    await putAll(cache, film, [0]);
    expect(cache.has({ ...film, id: 77 }, 0)).toBe(true);
    for (const unlike of [
      { ...film, torrent: other.torrent },
      { ...film, size: film.size + 1 },
      { ...film, baseName: 'Film.mkv' },
      { ...film, ordinal: 1 },
    ])
      expect(await readBytes(cache, unlike, 0)).toBeNull();
  });

  it('is not kept where its length is wrong, or as many bytes wait as may', async () => {
    const cache = await openCache(await temporaryFolder(), { maxQueuedBytes: 2 * blockBytes });
    putBytes(cache, film, rd, 0, bytesOf(film, 0).subarray(1));
    for (const index of [1, 2, 3]) putBytes(cache, film, rd, index, bytesOf(film, index));
    expect(present(cache, film)).toEqual([1, 2]);
    await written(cache);
    expect(present(cache, film)).toEqual([1, 2]);
  });

  it('tells who gave it, after a restart too', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    expect(cache.witness(film)).toBeNull();
    putBytes(cache, film, ad, 5, bytesOf(film, 5));
    expect(cache.witness(film)).toEqual({ index: 5, source: ad });
    await cache.close();
    expect((await openCache(dir)).witness(film)).toEqual({ index: 5, source: ad });
  });

  it('is gone once its content is removed, while it is being written and after a restart, and can be put anew', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    await putAll(cache, film, [0, 1]);
    await putAll(cache, other, [0]);
    putBytes(cache, film, rd, 2, bytesOf(film, 2));
    await Promise.resolve();
    await Promise.resolve();
    cache.remove(film);
    expect(present(cache, film)).toEqual([]);
    putBytes(cache, film, ad, 2, bytesOf(film, 2, 1));
    await written(cache);
    expect(await given(cache, film, 2)).toBe('version 1');
    await cache.close();

    const again = await openCache(dir);
    expect(present(again, film)).toEqual([2]);
    expect(await given(again, film, 2)).toBe('version 1');
    expect(present(again, other)).toEqual([0]);
  });
});

describe('what was used last', () => {
  it('stays, also when the uses were before a restart', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir, { slots: 4 });
    await putAll(cache, film, [0, 1, 2, 3]);
    await readBytes(cache, film, 0);
    await putAll(cache, film, [4]);
    expect(present(cache, film)).toEqual([0, 2, 3, 4]);
    await readBytes(cache, film, 2);
    await cache.close();

    const again = await openCache(dir, { slots: 4 });
    await putAll(again, film, [5, 6]);
    expect(present(again, film)).toEqual([2, 4, 5, 6]);
  });

  it('is written down after half a minute, so that a crash after it changes nothing', async () => {
    const dir = await temporaryFolder();
    const clock = new FakeClock();
    const cache = await openCache(dir, { slots: 2, clock });
    await putAll(cache, film, [0, 1]);
    const before = await readFile(join(dir, 'debridfs-index'));
    await readBytes(cache, film, 0);
    await clock.advance(29_000);
    expect(await readFile(join(dir, 'debridfs-index'))).toEqual(before);
    await clock.advance(1_000);
    await vi.waitFor(async () => expect(await readFile(join(dir, 'debridfs-index'))).not.toEqual(before));

    const again = await openCache(dir, { slots: 2 });
    await putAll(again, film, [2]);
    expect(present(again, film)).toEqual([0, 2]);
  });
});

describe('pins', () => {
  it('outlive any number of other blocks, and a restart', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir, { slots: 6 });
    cache.pin(film, [0, 40]);
    putBytes(cache, film, rd, 0, bytesOf(film, 0));
    putBytes(cache, film, rd, 40, bytesOf(film, 40));
    putBytes(cache, film, rd, 1, bytesOf(film, 1));
    cache.pin(film, [1]);
    const others = Array.from({ length: 20 }, (_, index) => index);
    await putAll(cache, other, others);
    expect(present(cache, film)).toEqual([0, 1, 40]);
    expect(cache.stats()).toMatchObject({ pinnedBytes: 3 * slotBytes, maxPinnedBytes: 3 * slotBytes });
    await cache.close();

    const again = await openCache(dir, { slots: 6 });
    await putAll(again, other, others);
    expect(present(again, film)).toEqual([0, 1, 40]);
    expect(again.stats()).toMatchObject({ pinnedBytes: 3 * slotBytes, droppedPinBytes: 0 });
  });

  it('of the content not used for longest give way when they do not fit, and it is told how many bytes', async () => {
    const cache = await openCache(await temporaryFolder(), { slots: 8 });
    const third = content('third');
    await putAll(cache, film, [0, 1]);
    await putAll(cache, other, [0, 1]);
    await putAll(cache, third, [0]);
    cache.pin(film, [0, 1]);
    cache.pin(other, [0, 1]);
    await readBytes(cache, film, 0);
    expect(cache.stats().droppedPinBytes).toBe(0);
    cache.pin(third, [0]);
    expect(cache.stats()).toMatchObject({ pinnedBytes: 3 * slotBytes, droppedPinBytes: 2 * blockBytes });
    await putAll(cache, third, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(present(cache, other)).toEqual([]);
    expect(present(cache, film)).toEqual([0, 1]);
  });

  it('of one content beyond the share are none, and where all is pinned nothing else is kept', async () => {
    const cache = await openCache(await temporaryFolder(), { slots: 3, pinnedShare: 1 });
    await putAll(cache, film, [0, 1, 2]);
    cache.pin(film, [0, 1, 2]);
    await putAll(cache, film, [3]);
    await putAll(cache, other, [0]);
    expect(present(cache, film)).toEqual([0, 1, 2]);
    expect(present(cache, other)).toEqual([]);
    expect(cache.stats()).toMatchObject({ droppedPinBytes: 0, blocks: 3 });

    const half = await openCache(await temporaryFolder(), { slots: 4 });
    await putAll(half, film, [0, 1, 2]);
    half.pin(film, [0, 1, 2]);
    expect(half.stats()).toMatchObject({ pinnedBytes: 2 * slotBytes, droppedPinBytes: blockBytes });
  });
});

describe('files that are damaged', () => {
  const damages: [name: string, lost: number[], damage: (dir: string) => Promise<void>][] = [
    ['a bit of a block', [1], (dir) => flip(join(dir, 'debridfs-blocks'), blockBytes + 77)],
    ['a bit of a record', [1], (dir) => flip(join(dir, 'debridfs-index'), 64 + 33)],
    ['the mark of a record', [0], (dir) => flip(join(dir, 'debridfs-index'), 1)],
    ['an index that ends in a record', [1, 2], (dir) => truncate(join(dir, 'debridfs-index'), 100)],
    ['an index without its blocks', [1, 2], (dir) => truncate(join(dir, 'debridfs-blocks'), blockBytes + 9)],
    ['an empty index', [0, 1, 2], (dir) => truncate(join(dir, 'debridfs-index'), 0)],
    ['empty blocks', [0, 1, 2], (dir) => truncate(join(dir, 'debridfs-blocks'), 0)],
    ['no index', [0, 1, 2], (dir) => rm(join(dir, 'debridfs-index'))],
    ['no blocks', [0, 1, 2], (dir) => rm(join(dir, 'debridfs-blocks'))],
    [
      'a record at the place of another',
      [1, 2],
      async (dir) => {
        const path = join(dir, 'debridfs-index');
        const index = await readFile(path);
        await writeFile(
          path,
          Buffer.concat([index.subarray(0, 64), index.subarray(128), index.subarray(64, 128)]),
        );
      },
    ],
  ];
  it.each(damages)('(%s) cost what was damaged and nothing else', async (_, lost, damage) => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    await putAll(cache, film, [0, 1, 2]);
    await cache.close();
    await damage(dir);

    const again = await openCache(dir);
    for (const index of [0, 1, 2]) {
      expect(await given(again, film, index)).toBe(lost.includes(index) ? 'nothing' : 'right');
      expect(again.has(film, index)).toBe(!lost.includes(index));
    }
    await putAll(again, film, [0, 1, 2]);
    for (const index of [0, 1, 2]) expect(await given(again, film, index)).toBe('right');
    expect(again.stats().usedBytes).toBe(3 * slotBytes);
  });

  it('while they are in use are misses, which are counted, and the slot is used again', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    await putAll(cache, film, [0, 1]);
    await flip(join(dir, 'debridfs-blocks'), 5);
    expect(await readBytes(cache, film, 0)).toBeNull();
    expect(cache.stats()).toMatchObject({ corrupt: 1, misses: 1, blocks: 1 });
    await putAll(cache, film, [7]);
    expect(cache.stats().usedBytes).toBe(2 * slotBytes);
    expect(await given(cache, film, 7)).toBe('right');
  });

  it('or are of another version, or none of ours, are left as they are, and it is said what to do', async () => {
    const foreign = Buffer.from('This is no index of blocks. '.repeat(40));
    const dir = await temporaryFolder();
    const cache = await openCache(dir);
    await putAll(cache, film, [0]);
    await cache.close();
    const newer = await readFile(join(dir, 'debridfs-index'));
    newer.writeUInt16LE(2, 4);
    const { crc32 } = await import('node:zlib');
    newer.writeUInt32LE(crc32(newer.subarray(0, 60)), 60);
    for (const bytes of [foreign, newer]) {
      await writeFile(join(dir, 'debridfs-index'), bytes);
      const opening = openCache(dir, { slots: 0 });
      await expect(opening).rejects.toThrow(/^.*debridfs-index was written by another version .* Delete /);
      await expect(opening).rejects.toMatchObject({ code: 'storage' });
      expect(await readFile(join(dir, 'debridfs-index'))).toEqual(bytes);
      expect((await stat(join(dir, 'debridfs-blocks'))).size).toBe(blockBytes);
    }
  });
});

describe('the cap', () => {
  it('holds while blocks are written, and cuts what a larger one left', async () => {
    const dir = await temporaryFolder();
    const cache = await openCache(dir, { slots: 5 });
    for (let index = 0; index < 12; index += 1) {
      await putAll(cache, film, [index]);
      expect(await folderBytes(dir)).toBeLessThanOrEqual(5 * slotBytes);
    }
    expect(present(cache, film)).toEqual([7, 8, 9, 10, 11]);
    await cache.close();

    const smaller = await openCache(dir, { slots: 2 });
    expect(await folderBytes(dir)).toBeLessThanOrEqual(2 * slotBytes);
    expect(smaller.stats().blocks).toBe(2);
    await smaller.close();
    const none = await openCache(dir, { slots: 0 });
    expect(await folderBytes(dir)).toBe(0);
    putBytes(none, film, rd, 0, bytesOf(film, 0));
    expect(none.stats()).toMatchObject({ queuedBytes: 0, maxBytes: 0 });
  });

  it('counts files of other versions in the folder, and leaves those of others alone', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'debridfs-blocks-2'), Buffer.alloc(slotBytes + 1));
    await writeFile(join(dir, 'holiday.jpg'), Buffer.alloc(10 * slotBytes));
    expect((await openCache(dir, { slots: 4 })).stats().maxBytes).toBe(2 * slotBytes);
  });
});

it('the files are for their user alone, and so is the folder, which is made', async () => {
  const dir = join(await temporaryFolder(), 'deep', 'cache');
  await openCache(dir);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  for (const name of ['debridfs-blocks', 'debridfs-index'])
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
});

it('the folder is kept until the last write is over, and refused where another process has it', async () => {
  const dir = await temporaryFolder();
  let holders = 0;
  const lock = (): (() => void) => {
    if (holders > 0) throw new AppError('storage', 'Another debridfs has it.');
    holders += 1;
    return () => (holders -= 1);
  };
  const cache = await openCache(dir, { lock });
  await expect(openCache(dir, { lock })).rejects.toThrow('Another debridfs has it.');
  putBytes(cache, film, rd, 0, bytesOf(film, 0));
  const closing = cache.close();
  expect(holders).toBe(1);
  await closing;
  expect(holders).toBe(0);
  expect((await openCache(dir, { lock })).has(film, 0)).toBe(true);
});

it('a folder that is none, or cannot be made, is refused with a sentence', async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, 'file'), '');
  await mkdir(join(dir, 'cache', 'debridfs-blocks'), { recursive: true });
  for (const name of ['file', 'file/below', 'cache'])
    await expect(openCache(join(dir, name))).rejects.toMatchObject({ name: 'AppError', code: 'storage' });
});

it('blocks put in a row lie in a row, also where others had their slots', async () => {
  const dir = await temporaryFolder();
  const cache = await openCache(dir, { slots: 6, logger: silentLogger });
  await putAll(cache, other, [0, 1, 2, 3, 4, 5]);
  for (const index of [10, 11, 12, 13]) putBytes(cache, film, rd, index, bytesOf(film, index));
  await written(cache);
  const blocks = await readFile(join(dir, 'debridfs-blocks'));
  const expected = Buffer.concat([10, 11, 12, 13].map((index) => bytesOf(film, index)));
  expect(blocks.subarray(0, 4 * blockBytes).equals(expected)).toBe(true);
  expect(present(cache, other)).toEqual([4, 5]);
});

it('a block whose slot is given to another while it is read is a miss, never the other', async () => {
  const cache = await openCache(await temporaryFolder(), { slots: 1 });
  let hits = 0;
  for (let index = 0; index < 39; index += 1) {
    await putAll(cache, film, [index]);
    putBytes(cache, film, rd, index + 1, bytesOf(film, index + 1));
    const reads = [readBytes(cache, film, index), readBytes(cache, film, index)];
    for (const block of await Promise.all(reads)) {
      if (block === null) continue;
      expect(block.equals(bytesOf(film, index))).toBe(true);
      hits += 1;
    }
    await written(cache);
  }
  expect(cache.stats()).toMatchObject({ corrupt: 0, hits });
});

it('a block for which the disk was too slow is written once it can be, while memory has it', async () => {
  const blocks = new BlockCache(2 ** 24, { scribbles: true });
  const cache = await openCache(await temporaryFolder(), { maxQueuedBytes: blockBytes, memory: blocks });
  for (const index of [0, 1, 2, 3, 4]) {
    const block = blocks.take(blockBytes);
    bytesOf(film, index).copy(block.bytes);
    if (index !== 3) blocks.put(film.id, index, block);
    cache.put(film, rd, index, block);
    block.release();
  }
  expect(present(cache, film)).toEqual([0]);
  await vi.waitFor(() => expect(present(cache, film)).toEqual([0, 1, 2, 4]));
  await written(cache);
  for (const index of [0, 1, 2, 4]) expect(await given(cache, film, index)).toBe('right');
});

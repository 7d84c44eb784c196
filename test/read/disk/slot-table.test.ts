import { expect, it } from 'vitest';
import type { BlockRecord } from '../../../src/read/disk/record.js';
import { sortedBy } from '../../../src/read/disk/slot-contents.js';
import { SlotTable } from '../../../src/read/disk/slot-table.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  bytesOf,
  content,
  openCache,
  putBytes,
  putAll,
  rd,
  temporaryFolder,
  written,
} from './cache-folder.js';

function record(index: number, stamp: number): BlockRecord {
  return { key: 'k'.repeat(20), index, length: 10, crc: stamp, source: 0n, isPinned: false, stamp };
}

it('of two records for one block the one used later holds, in either order, and the other is written over', () => {
  for (const stamps of [
    [1, 2],
    [2, 1],
  ]) {
    const table = new SlotTable(9, 0);
    for (const stamp of stamps) table.load(record(5, stamp));
    table.load(record(6, 3));
    for (const turns = table.loaded(); turns.next().done === false;);
    const later = stamps.indexOf(2);
    expect(table.contents.slotOf('k'.repeat(20), 5)).toBe(later);
    expect(table.contents.blocks).toBe(2);
    expect([...table.changed]).toEqual([1 - later]);
    expect(table.take(1, 3)).toEqual([1 - later]);
  }
});

it('slots are put in the order of their stamps, however large those are', () => {
  const stamps = [2 ** 39, 3, 255, 256, 2 ** 32, 2 ** 24 + 1, 257, 1];
  expect(sortedBy(Float64Array.from(stamps), [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([7, 1, 2, 3, 6, 5, 4, 0]);
});

it('where there is no room to grow, the free space is looked at once a minute', async () => {
  let looks = 0;
  const freeBytes = (): Promise<number> => Promise.resolve(((looks += 1), 300_000));
  const clock = new FakeClock();
  const film = content('film');
  const cache = await openCache(await temporaryFolder(), { clock, freeBytes });
  await putAll(cache, film, [0, 1, 2, 3, 4]);
  expect(looks).toBe(1);
  expect(cache.stats().blocks).toBe(2);
  await clock.advance(60_000);
  putBytes(cache, film, rd, 9, bytesOf(film, 9));
  await written(cache);
  expect(looks).toBe(2);
});

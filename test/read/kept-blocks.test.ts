import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { BlockCache } from '../../src/read/block-cache.js';
import { blockBytes } from '../../src/read/blocks.js';
import type { DiskCache } from '../../src/read/disk/disk-cache.js';
import { openCache, temporaryFolder, written } from './disk/cache-folder.js';
import { mebibyte, read, startReading, type Reading, type ReadingOptions } from './reading.js';

const size = 40 * mebibyte;

/** A reader with a cache in a folder, both of which can be closed and made anew on the same folder. */
async function startWith(
  dir: string,
  options: ReadingOptions = {},
): Promise<Reading & { readonly disk: DiskCache; readonly end: () => Promise<void> }> {
  const memory = new BlockCache(options.memoryBytes ?? 64 * mebibyte, { scribbles: true });
  const disk = await openCache(dir, { slots: 2000, memory });
  const reading = await startReading({ sizes: [size], ...options, disk, memory });
  const end = async (): Promise<void> => {
    await reading.close();
    await disk.close();
  };
  return { ...reading, disk, end };
}

/** What a probe of a file reads: its start, its end, something in the middle. */
async function probe({ open, expected }: Reading): Promise<void> {
  const file = open(1);
  for (const offset of [0, size - 300_000, 200_000, 12 * mebibyte]) {
    const bytes = await read(file, offset, 150_000);
    expect(bytes.equals(expected(1, offset, offset + 150_000)), `at ${offset}`).toBe(true);
  }
  file.close();
}

const requests = ({ emulator, linkRequests }: Reading): number =>
  linkRequests() + emulator.log.count({ role: 'rd-cdn' }) + emulator.log.count({ role: 'ad-cdn' });

describe('after a restart', () => {
  it('a second scan costs no request to anybody', async () => {
    const dir = await temporaryFolder();
    const first = await startWith(dir);
    await probe(first);
    await vi.waitFor(() => expect(first.reader.stats().openFiles).toBe(0));
    await first.end();

    const second = await startWith(dir);
    await probe(second);
    await probe(second);
    expect(requests(second)).toBe(0);
    expect(second.disk.stats().pinnedBytes).toBeGreaterThan(2 * mebibyte);
  });

  it('a second scan that reads in order asks nobody for what is beyond', async () => {
    const dir = await temporaryFolder();
    const scan = async ({ open, expected }: Reading): Promise<void> => {
      const file = open(1);
      for (let at = 0; at < 6 * mebibyte; at += blockBytes)
        expect((await read(file, at, blockBytes)).equals(expected(1, at, at + blockBytes))).toBe(true);
      file.close();
    };
    const first = await startWith(dir);
    await scan(first);
    await first.end();
    const second = await startWith(dir);
    await scan(second);
    expect(requests(second)).toBe(0);
  });

  it('blocks that changed on disk are fetched again, and never shown', async () => {
    const dir = await temporaryFolder();
    const first = await startWith(dir);
    await probe(first);
    await first.end();
    const blocks = await openFile(join(dir, 'debridfs-blocks'), 'r+');
    const { size: bytes } = await blocks.stat();
    for (let at = 1000; at < bytes; at += blockBytes) await blocks.write(Buffer.from([1, 2, 3]), 0, 3, at);
    await blocks.close();

    const second = await startWith(dir);
    await probe(second);
    expect(requests(second)).toBeGreaterThan(0);
    expect(second.disk.stats().corrupt).toBeGreaterThan(0);
  });

  it('an account that holds other bytes than were kept is not mixed in', async () => {
    const dir = await temporaryFolder();
    const first = await startWith(dir);
    await probe(first);
    await first.end();

    const second = await startWith(dir, { services: ['alldebrid'] });
    second.emulator.faults.add({ at: 'ad-cdn', action: { kind: 'corrupt', offset: 1000 } });
    await probe(second);
    await expect(read(second.open(1), 20 * mebibyte, 1000)).rejects.toMatchObject({ code: 'wrong-bytes' });
  });

  it('an account that holds the same bytes as were kept goes on with them', async () => {
    const dir = await temporaryFolder();
    const first = await startWith(dir);
    await probe(first);
    await first.end();

    const second = await startWith(dir, { services: ['alldebrid'] });
    const bytes = await read(second.open(1), 20 * mebibyte, 1000);
    expect(bytes.equals(second.expected(1, 20 * mebibyte, 20 * mebibyte + 1000))).toBe(true);
    // The comparison, and what was asked for.
    expect(second.emulator.log.count({ role: 'ad-cdn' })).toBe(2);
  });
});

it('a film that was copied is read from disk when memory has no room for it', async () => {
  const dir = await temporaryFolder();
  const reading = await startWith(dir, { memoryBytes: 4 * mebibyte });
  const file = reading.open(1);
  for (let at = 0; at < size; at += mebibyte) {
    await read(file, at, mebibyte);
    await written(reading.disk);
  }
  const before = requests(reading);
  for (let at = 0; at < size; at += mebibyte) {
    const bytes = await read(file, at, mebibyte);
    expect(bytes.equals(reading.expected(1, at, at + mebibyte)), `at ${at}`).toBe(true);
  }
  expect(requests(reading)).toBe(before);
  expect(reading.reader.stats().cachedBytes).toBeLessThanOrEqual(4 * mebibyte);
});

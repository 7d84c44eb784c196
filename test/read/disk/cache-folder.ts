import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { Content } from '../../../src/core/content.js';
import { silentLogger } from '../../../src/core/logger.js';
import { BlockCache } from '../../../src/read/block-cache.js';
import { blockBytes, blockLength } from '../../../src/read/blocks.js';
import { openDiskCache, type DiskCacheOptions } from '../../../src/read/disk/open-disk-cache.js';
import type { DiskCache } from '../../../src/read/disk/disk-cache.js';
import { sourceTag, type SourceTag } from '../../../src/read/disk/record.js';
import { FakeClock } from '../../support/fake-clock.js';

/** What a block takes on disk, its record included. */
export const slotBytes = blockBytes + 64;

export const rd = sourceTag('rd');
export const ad = sourceTag('ad');

/** Where the blocks of tests are; who looks at one after it was released sees that. */
export const memory = new BlockCache(2 ** 26, { scribbles: true });

/** Puts a block with these bytes. */
export function putBytes(
  cache: DiskCache,
  of: Content,
  source: SourceTag,
  index: number,
  bytes: Buffer,
): void {
  const block = memory.take(bytes.length);
  bytes.copy(block.bytes);
  cache.put(of, source, index, block);
  block.release();
}

/** The bytes of those blocks of a run that are there. */
export async function readRun(
  cache: DiskCache,
  of: Content,
  index: number,
  count: number,
): Promise<Buffer[]> {
  const run = await cache.readRun(of, index, count);
  return run.map((block) => {
    const bytes = Buffer.from(block.bytes);
    block.release();
    return bytes;
  });
}

/** The bytes of a block; null where it is not there. */
export async function readBytes(cache: DiskCache, of: Content, index: number): Promise<Buffer | null> {
  const [bytes] = await readRun(cache, of, index, 1);
  return bytes ?? null;
}

/** A content of so many whole blocks and a short one of 1000 bytes. */
export function content(name: string, wholeBlocks = 40): Content {
  const torrent = createHash('sha1').update(name).digest('hex');
  return { id: 1, torrent, size: wholeBlocks * blockBytes + 1000, baseName: `${name}.mkv`, ordinal: 0 };
}

/** The bytes of a block, unlike those of any other. A version stands for the bytes of another source. */
export function bytesOf({ torrent, size }: Content, index: number, version = 0): Buffer {
  const seed = createHash('sha512').update(`${torrent} ${index} ${version}`).digest();
  return Buffer.alloc(blockLength(index, size), seed);
}

/** A folder that goes with its test. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'debridfs-disk-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A file system of its own in memory, which goes with its test; null where this user may not mount one. */
export async function smallDisk(bytes: number): Promise<string | null> {
  const dir = await temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'debridfs-test', dir], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir]));
  return dir;
}

/** Opens a cache of 16 slots, half of them for pins, unless told otherwise; it is closed with its test, and leaves no block held. */
export async function openCache(
  dir: string,
  options: Partial<DiskCacheOptions> & { readonly slots?: number; readonly memory?: BlockCache } = {},
): Promise<DiskCache> {
  const { slots = 16, ...others } = options;
  const cache = await openDiskCache({
    dir,
    maxSizeBytes: slots * slotBytes,
    pinnedShare: 0.5,
    minFreeBytes: 0,
    memory,
    maxQueuedBytes: 8 * 2 ** 20,
    lock: () => () => undefined,
    clock: new FakeClock(),
    logger: silentLogger,
    ...others,
  });
  onTestFinished(async () => {
    await cache.close();
    await vi.waitFor(() => expect((options.memory ?? memory).lentBytes).toBe(0));
  });
  return cache;
}

/** Waits until what was put is on disk, or will never be. */
export async function written(cache: DiskCache): Promise<void> {
  await vi.waitFor(() => expect(cache.stats().queuedBytes).toBe(0), { timeout: 10_000, interval: 1 });
}

/** Puts blocks, one after the other, each on disk before the next. */
export async function putAll(cache: DiskCache, of: Content, indexes: readonly number[]): Promise<void> {
  for (const index of indexes) {
    putBytes(cache, of, rd, index, bytesOf(of, index));
    await written(cache);
  }
}

/** The blocks of a content that are there. */
export function present(cache: DiskCache, of: Content): number[] {
  const count = Math.ceil(of.size / blockBytes);
  return Array.from({ length: count }, (_, index) => index).filter((index) => cache.has(of, index));
}

/** Bytes of all files in a folder, by their size. */
export async function folderBytes(dir: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(dir)) bytes += (await stat(join(dir, name))).size;
  return bytes;
}

/** What a read of a block gives. */
export async function given(cache: DiskCache, of: Content, index: number): Promise<string> {
  const block = await readBytes(cache, of, index);
  if (block === null) return 'nothing';
  if (block.equals(bytesOf(of, index))) return 'right';
  return block.equals(bytesOf(of, index, 1)) ? 'version 1' : 'wrong';
}

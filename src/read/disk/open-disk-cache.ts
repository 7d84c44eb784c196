import { statfs } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { AppError, permissionError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { BlockCache } from '../block-cache.js';
import { BlockFiles, makeCacheFolder, otherBytes, type BlockStore } from './block-files.js';
import { DiskCache } from './disk-cache.js';
import { DiskWriter } from './disk-writer.js';
import { Room } from './room.js';
import { slotBytes, SlotTable } from './slot-table.js';
import { WriteQueue } from './write-queue.js';

export interface DiskCacheOptions {
  /** The folder, which is made where it is not there. */
  readonly dir: string;
  /** For both files together. Less than one block: nothing is kept. */
  readonly maxSizeBytes: number;
  /** Share of `maxSizeBytes` for pinned blocks, 0 to 1. */
  readonly pinnedShare: number;
  /** The files do not grow, and shrink, while the file system has less than this free. */
  readonly minFreeBytes: number;
  /** Gives blocks to read into, and those that could not be written at once. */
  readonly memory: Pick<BlockCache, 'take' | 'peek'>;
  /** For blocks that wait to be written, which are held in memory meanwhile. */
  readonly maxQueuedBytes: number;
  /**
   * Keeps the folder, which is there, for this process alone, until the returned function is called.
   * @throws {AppError} `storage` when another process has it.
   */
  readonly lock: (dir: string) => () => void;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Free bytes of the file system that a folder is on; asks the system unless a test knows better. */
  readonly freeBytes?: (dir: string) => Promise<number>;
  /** Opens the files; `BlockFiles.open` unless a test has others. */
  readonly openFiles?: (dir: string, lock: DiskCacheOptions['lock']) => Promise<BlockStore>;
}

/** More slots than 2 TiB have: each takes some 100 bytes of memory, and a `Map` holds no more. */
const maxSlots = 2 ** 24 - 1;
/**
 * Opens the cache in a folder, with what it holds from before.
 * @throws {AppError} `storage` when the folder cannot be used: another process has it, it cannot be written, or its files are
 * another version's. The message says what to do; the caller can go on without.
 */
export async function openDiskCache(options: DiskCacheOptions): Promise<DiskCache> {
  const { dir, maxSizeBytes, pinnedShare, maxQueuedBytes, clock, logger } = options;
  try {
    const others = await makeCacheFolder(dir).then(() => otherBytes(dir));
    const slots = Math.min(maxSlots, Math.max(0, Math.floor((maxSizeBytes - others) / slotBytes)));
    const table = new SlotTable(slots, Math.floor((pinnedShare * maxSizeBytes) / slotBytes));
    // What is found when the files were deleted and made anew is of no use.
    const reopen = (): Promise<BlockStore> => openFiles(options, null);
    const freeBytes = options.freeBytes ?? freeBytesOf;
    const queue = new WriteQueue(maxQueuedBytes);
    const room = new Room(options.minFreeBytes, () => freeBytes(dir), clock);
    const writer = new DiskWriter(await openFiles(options, table), {
      table,
      queue,
      room,
      reopen,
      clock,
      logger,
    });
    return new DiskCache(table, queue, writer, options.memory, clock);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const told = error instanceof Error ? error.message : String(error);
    throw (
      permissionError(error) ??
      new AppError('storage', `cache.dir cannot be used: ${told}. Check its owner and its disk.`, {
        cause: error,
      })
    );
  }
}

async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Opens the files and loads the table, which nobody uses yet, from them; null: empties them. */
async function openFiles(options: DiskCacheOptions, table: SlotTable | null): Promise<BlockStore> {
  const { dir, lock } = options;
  await makeCacheFolder(dir);
  const files = await (options.openFiles ?? BlockFiles.open)(dir, lock);
  try {
    for await (const records of files.records()) for (const record of records) table?.load(record);
    const turns = table?.loaded();
    while (turns?.next().done === false) await setImmediate();
    await files.truncate(table?.count ?? 0);
    return files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

import type { CacheConfig } from './config/config.js';
import { systemClock, type Clock } from './core/clock.js';
import { toAppError } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { BlockCache } from './read/block-cache.js';
import type { DiskCache } from './read/disk/disk-cache.js';
import { openDiskCache } from './read/disk/open-disk-cache.js';
import { lockCache } from './store/state-lock.js';

/** Left free on the file system of `cache.dir`, in bytes: what else is on it needs room to breathe. */
const minFreeBytes = 1024 ** 3;
/**
 * A start waits so long for the cache, in milliseconds: 10 GiB of it are known in half of that (measured 2026-11), and until
 * it is known reads do without.
 */
const openWaitMs = 500;

/** Share of the memory for blocks that may be on their way to the disk: the rest is enough for what is read meanwhile. */
const queueShare = 1 / 2;

/** A cache on disk that may come later, or not at all. */
export interface OpenCache {
  readonly current: DiskCache | null;
  close(): Promise<void>;
}

export interface OpenCacheOptions {
  /** Gives blocks to read into. */
  readonly memory: BlockCache;
  /** Readers wait already: nothing is waited for. */
  readonly isUrgent: boolean;
  /** Number of the user as whom it is opened instead of root; null: as whoever started the process. */
  readonly laterUser: number | null;
}

/**
 * Opens the cache on disk, in the background where that takes long. One that cannot be opened costs a warning, not the mount.
 */
export async function openCache(
  { dir, maxSizeBytes, pinnedShare }: CacheConfig,
  { memory, isUrgent, laterUser }: OpenCacheOptions,
  logger: Logger,
  clock: Clock = systemClock,
): Promise<OpenCache> {
  if (maxSizeBytes === 0) return { current: null, close: () => Promise.resolve() };
  let current: DiskCache | null = null;
  let isClosed = false;
  const opening = openDiskCache({
    dir,
    maxSizeBytes,
    pinnedShare,
    minFreeBytes,
    memory,
    maxQueuedBytes: memory.maxBytes * queueShare,
    lock: lockCache,
    clock,
    logger,
  }).then(
    async (cache) => {
      if (isClosed) await cache.close();
      else current = cache;
    },
    (thrown: unknown) => {
      const remedy =
        laterUser === null
          ? ''
          : ` With mount.dropPrivileges, set cache.dir to a folder that user ${laterUser} owns and can reach.`;
      logger.warn({}, `nothing is kept on disk: ${toAppError(thrown).message}${remedy}`);
    },
  );
  if (!isUrgent) {
    const done = new AbortController();
    await Promise.race([opening, clock.sleep(openWaitMs, done.signal).catch(() => undefined)]);
    done.abort();
  }
  return {
    get current() {
      return current;
    },
    async close() {
      isClosed = true;
      await current?.close();
      current = null;
      await opening;
    },
  };
}

import type FuseNative from 'fuse-native';
import { systemClock, type Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Meter } from '../../core/meter.js';
import type { FileSystem } from '../../vfs/file-system.js';
import type { FuseBinding, Mount, MountCapabilities, MountOptions } from '../binding.js';
import { defaultDeadlines, type Deadlines } from '../deadlines.js';
import { fuseNativeOperations } from './fuse-native-operations.js';
import { loadFuseNative } from './load-fuse-native.js';
import { untilGone } from '../mount-watch.js';
import { justMounted } from '../mountinfo.js';
import { explained } from '../probe.js';
import { MountpointPreparation } from '../mountpoint-preparation.js';
import { detach, unmountAt } from '../unmount.js';

export interface FuseNativeParts {
  readonly logger: Logger;
  readonly meter?: Meter | undefined;
  readonly clock?: Clock;
  readonly deadlines?: Deadlines;
}

/** The kernel begins to talk within milliseconds of mount(2). */
const mountMs = 10_000;

/** It cannot tell the kernel of changes, so names may be kept only for this long, in milliseconds. */
const defaultAttrTimeoutMs = 1_000;

const capabilities: MountCapabilities = {
  invalidate: false,
  announce: false,
  resend: false,
  interrupt: false,
  coversMounts: false,
  // libfuse2 does not ask for more than 32 pages (observed with libfuse 2.9.9, 2026-11).
  maxReadBytes: 131_072,
  inodeBits: 32,
};

/**
 * The kernel through fuse-native 2.2.6 and libfuse2. Known limits, all in that package:
 * - Each thread that libfuse2 retires leaks a libuv handle, and every wake-up of the process walks all of them: bursts of
 *   more than ten requests at once make the mount slower for good (observed 2026-11). Reads are kept below that.
 * - It cannot tell the kernel to forget a name, so a change of the tree shows after `attrTimeoutMs`.
 * - A killed reader is not told, so its request is worked on to its end.
 * - libfuse2 knows files by path: a file that replaces an open one of the same path shares the kernel's page cache with it.
 * - It keeps the event loop alive after the mount is gone: the process has to end by `process.exit`.
 */
export function createFuseNativeBinding({
  logger,
  meter,
  clock = systemClock,
  deadlines = defaultDeadlines,
}: FuseNativeParts): FuseBinding {
  const preparation = new MountpointPreparation('covers-no-mount', clock, logger);
  return {
    name: 'fuse-native',
    async prepare(mountpoint) {
      await preparation.ready(mountpoint);
    },
    async mount(fileSystem: FileSystem, options: MountOptions): Promise<Mount> {
      const Fuse = await loadFuseNative();
      const mountpoint = await preparation.ready(options.mountpoint);
      const operations = fuseNativeOperations({
        fileSystem,
        ownership: options,
        deadlines,
        clock,
        logger,
        meter,
      });
      const fuse = new Fuse(mountpoint, operations, nativeOptions(options));
      await start(fuse, mountpoint, clock).catch((cause: unknown) => explain(cause, mountpoint, options));
      return await mountedAt(mountpoint, clock);
    },
  };
}

/**
 * Options that fuse-native does not know go in behind `fsname`, because it passes that on to libfuse2 unescaped:
 * - `ro`: the kernel answers every write with EROFS;
 * - `use_ino`: `stat` shows our inodes, not libfuse2's own, which change when the kernel forgets a file;
 * - `nonempty`: as other file systems, mount over what is there;
 * - `negative_timeout`: a missing name is asked for again after a second at most, so that additions show;
 * - `max_background`: libfuse2 keeps ten threads and retires those beyond, each of which leaks a handle; with eight reads
 *   under way and the odd look-up none is retired (observed 2026-11).
 */
function nativeOptions({ allowOther, ...options }: MountOptions): FuseNative.Options {
  const attrTimeoutMs = options.attrTimeoutMs ?? defaultAttrTimeoutMs;
  const seconds = String(attrTimeoutMs / 1000);
  const negativeSeconds = String(Math.min(attrTimeoutMs, 1000) / 1000);
  return {
    fsname: `debridfs,ro,use_ino,nonempty,negative_timeout=${negativeSeconds},max_background=8`,
    subtype: 'debridfs',
    allowOther,
    defaultPermissions: true,
    maxRead: capabilities.maxReadBytes,
    attrTimeout: seconds,
    entryTimeout: seconds,
    timeout: false,
  };
}

async function start(fuse: FuseNative, mountpoint: string, clock: Clock): Promise<void> {
  const timer = new AbortController();
  const mounted = new Promise<void>((resolve, reject) => {
    fuse.mount((error) => (error instanceof Error ? reject(error) : resolve()));
  });
  const late = clock.sleep(mountMs, timer.signal).then(async () => {
    await unmountAt(mountpoint);
    throw new Error('the kernel did not begin to talk');
  });
  try {
    await Promise.race([mounted, late]);
  } finally {
    timer.abort();
  }
}

/** fuse-native says only that it failed, so what it needs is checked one by one. */
async function explain(cause: unknown, mountpoint: string, options: MountOptions): Promise<never> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const said = new AppError(
    'storage',
    `${mountpoint} cannot be mounted (${reason}): the line before this one, from libfuse, may say why.`,
    { cause },
  );
  throw await explained('fuse-native', options, said);
}

async function mountedAt(mountpoint: string, clock: Clock): Promise<Mount> {
  const entry = await justMounted(mountpoint);
  const soon = new AbortController();
  const closed = untilGone(entry, clock, soon.signal);
  return {
    mountpoint,
    capabilities,
    closed,
    invalidateEntry: () => Promise.resolve(),
    invalidateInode: () => Promise.resolve(),
    announce: () => Promise.resolve(),
    async unmount() {
      await detach(entry);
      soon.abort();
      await closed;
    },
  };
}

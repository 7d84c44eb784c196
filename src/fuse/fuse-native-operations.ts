import { setImmediate as nextTurn } from 'node:timers/promises';
import type FuseNative from 'fuse-native';
import { AppError } from '../core/errors.js';
import { rootInode } from '../core/tree.js';
import type { Attributes, FileSystem, FileSystemStatistics, OperationContext } from '../vfs/file-system.js';
import { answerOnce, type AnswerParts, type KernelRequest } from './answer-once.js';
import { Descriptors } from './descriptors.js';
import { fillBuffer } from './fill-buffer.js';
import { foldInode, kernelStat, type Ownership } from './stat.js';

/** How long an operation may take, in milliseconds, before it is answered with EIO. */
export interface Deadlines {
  /** Longer than the patience of the reading half, whose own error says more. */
  readonly readMs: number;
  /** All else is answered from the tree, in microseconds. */
  readonly otherMs: number;
}

export interface OperationParts extends AnswerParts {
  readonly fileSystem: FileSystem;
  readonly ownership: Ownership;
  readonly deadlines: Deadlines;
}

/** Bits of the flags of open(2) (Linux, include/uapi/asm-generic/fcntl.h): all but these leave a file as it is. */
const writingFlags = 0o3 | 0o100 | 0o1000 | 0o2000;

/**
 * The operations of fuse-native over a file system: paths become inodes by looking up one name after another, and each
 * request is answered once. Operations that are missing here answer ENOSYS, after which the kernel does not ask again
 * (flush, extended attributes) or has never asked, because the mount is read-only (all that write).
 */
export function fuseNativeOperations({
  fileSystem,
  ownership,
  deadlines,
  ...parts
}: OperationParts): FuseNative.Operations {
  const descriptors = new Descriptors();
  /** Neither the process nor an interrupt is told by fuse-native. */
  const contextOf = (signal: AbortSignal): OperationContext => ({ signal, pid: 0 });

  const attributesAt = (path: string, context: OperationContext): Attributes => {
    let at = fileSystem.getattr(rootInode, context);
    for (const name of path.split('/')) if (name !== '') at = fileSystem.lookup(at.inode, name, context);
    return at;
  };

  /** Also of a file that left the tree while it is open: its reader asks for its size at the end of the file. */
  const attributesOf = (path: string, context: OperationContext): Attributes => {
    try {
      return attributesAt(path, context);
    } catch (error) {
      const open = descriptors.openedAs(path);
      if (open === undefined) throw error;
      return fileSystem.getattr(open.inode, context);
    }
  };

  const toStat = (attributes: Attributes): FuseNative.Stat => ({
    ...kernelStat(attributes, ownership),
    ino: foldInode(attributes.inode),
  });

  /** A whole listing, `.` and `..` included; lets other requests in between its pages. */
  const list = async (path: string, signal: AbortSignal): Promise<(readonly [string, FuseNative.Stat])[]> => {
    const context = contextOf(signal);
    const directory = attributesAt(path, context);
    const parent = attributesAt(path.slice(0, path.lastIndexOf('/')), context);
    const listed: (readonly [string, FuseNative.Stat])[] = [
      ['.', toStat(directory)],
      ['..', toStat(parent)],
    ];
    let cookie = 0n;
    for (;;) {
      signal.throwIfAborted();
      const page = fileSystem.readdir(directory.inode, cookie, context);
      const last = page.at(-1);
      if (last === undefined) return listed;
      for (const { name, attributes } of page) listed.push([name, toStat(attributes)]);
      cookie = last.cookie;
      await nextTurn();
    }
  };

  const serve = <Value, Reply>(
    operation: keyof FuseNative.Operations,
    path: string,
    handling: Pick<KernelRequest<Value, Reply>, 'work' | 'encode' | 'succeed' | 'fail'>,
  ): void => {
    const deadlineMs = operation === 'read' ? deadlines.readMs : deadlines.otherMs;
    answerOnce({ operation, path, deadlineMs, ...handling }, parts);
  };

  return {
    getattr: (path, reply) =>
      serve('getattr', path, {
        work: (signal) => attributesOf(path, contextOf(signal)),
        encode: toStat,
        succeed: (stat) => reply(0, stat),
        fail: reply,
      }),

    readdir: (path, reply) =>
      serve('readdir', path, {
        work: (signal) => list(path, signal),
        encode: (listed) => ({ names: listed.map(([name]) => name), stats: listed.map(([, stat]) => stat) }),
        succeed: ({ names, stats }) => reply(0, names, stats),
        fail: reply,
      }),

    open: (path, flags, reply) =>
      serve('open', path, {
        work: (signal) => {
          if ((flags & writingFlags) !== 0) throw new AppError('read-only', 'The file system is read-only.');
          const { inode, size } = attributesAt(path, contextOf(signal));
          return { path, inode, size, handle: fileSystem.open(inode, contextOf(signal)) };
        },
        encode: (descriptor) => descriptors.add(descriptor),
        succeed: (number) => reply(0, number),
        fail: reply,
      }),

    read: (path, number, buffer, length, offset, reply) => {
      let bytesInside = 0;
      serve('read', path, {
        work: (signal) => {
          const { inode, handle, size } = descriptors.get(number);
          bytesInside = Math.max(0, Math.min(length, size - offset));
          return fileSystem.read(inode, handle, offset, length, contextOf(signal));
        },
        encode: (slices) => fillBuffer(buffer, slices, bytesInside),
        succeed: reply,
        fail: reply,
      });
    },

    release: (path, number, reply) =>
      serve('release', path, {
        work: () => {
          const { inode, handle } = descriptors.remove(number);
          fileSystem.release(inode, handle);
        },
        encode: () => undefined,
        succeed: () => reply(0),
        fail: reply,
      }),

    statfs: (path, reply) =>
      serve('statfs', path, {
        work: () => fileSystem.statfs(),
        encode: toStatFs,
        succeed: (statfs) => reply(0, statfs),
        fail: reply,
      }),
  };
}

/** Statistics in fuse-native's 32 bits: blocks are told larger until their number fits. */
function toStatFs(statistics: FileSystemStatistics): FuseNative.StatFs {
  let { blockSize, blocks, freeBlocks } = statistics;
  while (blocks >= 2 ** 32) {
    blockSize *= 2;
    blocks = Math.ceil(blocks / 2);
    freeBlocks = Math.floor(freeBlocks / 2);
  }
  return {
    bsize: blockSize,
    frsize: blockSize,
    blocks,
    bfree: freeBlocks,
    bavail: freeBlocks,
    files: statistics.files,
    ffree: statistics.freeFiles,
    favail: statistics.freeFiles,
    namemax: statistics.maxNameBytes,
  };
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type FuseNative from 'fuse-native';
import { rootInode } from '../../core/tree.js';
import type {
  Attributes,
  FileSystem,
  FileSystemStatistics,
  OperationContext,
} from '../../vfs/file-system.js';
import { answerOnce, type Answerable, type AnswerParts } from '../answer-once.js';
import { checkLength } from '../check-length.js';
import type { Deadlines } from '../deadlines.js';
import { refuseWriting } from '../open-mode.js';
import { foldInode, kernelStat, type Ownership } from '../stat.js';
import { Descriptors } from './descriptors.js';

export interface OperationParts extends AnswerParts {
  readonly fileSystem: FileSystem;
  readonly ownership: Ownership;
  readonly deadlines: Deadlines;
}

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
  const list = async (
    path: string,
    context: OperationContext,
  ): Promise<(readonly [string, FuseNative.Stat])[]> => {
    const directory = attributesAt(path, context);
    const parent = attributesAt(path.slice(0, path.lastIndexOf('/')), context);
    const listed: (readonly [string, FuseNative.Stat])[] = [
      ['.', toStat(directory)],
      ['..', toStat(parent)],
    ];
    let cookie = 0n;
    for (;;) {
      context.signal.throwIfAborted();
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
    handling: Pick<Answerable<Value, Reply>, 'work' | 'encode' | 'succeed' | 'fail'>,
  ): void => {
    const deadlineMs = operation === 'read' ? deadlines.readMs : deadlines.otherMs;
    // Neither the process nor an interrupt is told by fuse-native.
    answerOnce({ operation, pid: 0, deadlineMs, subject: () => path, ...handling }, parts);
  };

  return {
    getattr: (path, reply) =>
      serve('getattr', path, {
        work: (context) => attributesOf(path, context),
        encode: toStat,
        succeed: (stat) => reply(0, stat),
        fail: reply,
      }),

    readdir: (path, reply) =>
      serve('readdir', path, {
        work: (context) => list(path, context),
        encode: (listed) => ({ names: listed.map(([name]) => name), stats: listed.map(([, stat]) => stat) }),
        succeed: ({ names, stats }) => reply(0, names, stats),
        fail: reply,
      }),

    open: (path, flags, reply) =>
      serve('open', path, {
        work: (context) => {
          refuseWriting(flags);
          const { inode, size } = attributesAt(path, context);
          return { path, inode, size, handle: fileSystem.open(inode, context) };
        },
        encode: (descriptor) => descriptors.add(descriptor),
        succeed: (number) => reply(0, number),
        fail: reply,
      }),

    read: (path, number, buffer, length, offset, reply) => {
      let bytesInside = 0;
      serve('read', path, {
        work: (context) => {
          const { inode, handle, size } = descriptors.get(number);
          bytesInside = Math.max(0, Math.min(length, size - offset));
          return fileSystem.read(inode, handle, offset, length, context);
        },
        encode: (slices) => {
          checkLength(slices, bytesInside);
          let at = 0;
          for (const slice of slices) {
            buffer.set(slice, at);
            at += slice.length;
          }
          return bytesInside;
        },
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

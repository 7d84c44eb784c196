import { systemClock, type Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { ContentReader, OpenContent } from '../core/reading.js';
import { rootInode, type Inode, type Tree, type TreeNode } from '../core/tree.js';
import { clientOf } from './client.js';
import type { Attributes, FileSystem } from './file-system.js';
import { OpenFiles, type OpenEntry, sizeOf, type OpenFile } from './open-files.js';

/** Entries per answer to `readdir`: at 5 µs each some 3 ms of SQLite, so that a huge directory does not hold up reads. */
const pageEntries = 512;

/** Bytes per block of `statfs`, as `st_blksize`. */
const blockSize = 4096;

/** What is told as free: 1 PiB, as rclone's mount tells it (rclone mount documentation), because downloaders refuse a full disk. */
const freeBytes = 2 ** 50;

/** Inodes told as free, so that nobody takes the file system for full. */
const freeFiles = 1_000_000;

export interface TreeFileSystemParts {
  readonly tree: Tree;
  readonly reader: ContentReader;
  readonly clock?: Clock;
  /** Hears of every file that was closed. */
  readonly onClosed?: (file: OpenEntry) => void;
}

/** A file system that also tells which files are open. */
export interface ObservableFileSystem extends FileSystem {
  openHandles(): readonly OpenFile[];
}

/**
 * The published tree and its contents as a file system. It keeps no copy of the tree: each call sees the newest
 * published state, and only an open file outlives its place in it.
 */
export function createFileSystem({
  tree,
  reader,
  clock = systemClock,
  onClosed,
}: TreeFileSystemParts): ObservableFileSystem {
  const open = new OpenFiles();

  const nodeOf = (inode: Inode): TreeNode => {
    const node = tree.node(inode);
    if (node === undefined) throw notFound();
    return node;
  };

  const directoryOf = (inode: Inode): void => {
    if (nodeOf(inode).kind !== 'directory') {
      throw new AppError('not-a-directory', 'This is a file, not a folder.');
    }
  };

  return {
    lookup(parent, name) {
      const child = tree.child(parent, name);
      if (child !== undefined) return attributesOf(child);
      directoryOf(parent);
      throw notFound();
    },

    getattr(inode) {
      const node = tree.node(inode) ?? open.nodeOf(inode);
      if (node === undefined) throw notFound();
      return attributesOf(node);
    },

    readdir(inode, cookie, _, atMost = pageEntries) {
      directoryOf(inode);
      return tree
        .children(inode, cookie, Math.min(atMost, pageEntries))
        .map((child) => ({ name: child.name, attributes: attributesOf(child), cookie: child.inode }));
    },

    folders: () => tree.folders(),

    open(inode, { pid }) {
      const node = nodeOf(inode);
      if (node.kind === 'directory') throw new AppError('is-a-directory', 'This is a folder, not a file.');
      const client = clientOf(pid);
      const content =
        node.kind === 'file' ? reader.open(node.content, node.pinnedTo, client) : contentInMemory(node.bytes);
      return open.add({
        node,
        content,
        pid,
        client: client.name,
        openedMs: clock.now(),
        bytesRead: 0,
        position: 0,
      });
    },

    read(inode, handle, offset, length, context) {
      const entry = open.get(inode, handle);
      if (!isCount(offset) || !isCount(length)) {
        throw new AppError('invalid', 'The range lies outside of what a file can have.', {
          context: { offset, length },
        });
      }
      const inside = Math.min(length, sizeOf(entry.node) - offset);
      if (inside <= 0) return [];
      const slices = entry.content.read({
        offset,
        length: inside,
        // Made when it is asked for: a cached read needs none.
        get signal() {
          return context.signal;
        },
      });
      if (!(slices instanceof Promise)) {
        entry.bytesRead += inside;
        entry.position = offset + inside;
        return slices;
      }
      return slices.then((later) => {
        entry.bytesRead += inside;
        entry.position = offset + inside;
        return later;
      });
    },

    release(inode, handle) {
      const entry = open.remove(inode, handle);
      if (entry === undefined) return;
      entry.content.close();
      onClosed?.(entry);
    },

    statfs() {
      const { nodes, bytes } = tree.counts();
      const freeBlocks = freeBytes / blockSize;
      return {
        blockSize,
        blocks: Math.ceil(bytes / blockSize) + freeBlocks,
        freeBlocks,
        files: nodes + freeFiles,
        freeFiles,
        maxNameBytes: 255,
      };
    },

    openHandles: () => open.list(),
  };
}

function attributesOf(node: TreeNode): Attributes {
  const directory = node.kind === 'directory';
  return {
    inode: node.inode,
    parent: node.inode === rootInode ? rootInode : node.parent,
    name: node.name,
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : sizeOf(node),
    mtimeMs: node.mtimeMs,
    links: 1,
  };
}

function contentInMemory(bytes: Uint8Array): OpenContent {
  return {
    read: ({ offset, length }) => [bytes.subarray(offset, offset + length)],
    bufferedFrom: (offset) => Math.max(0, bytes.length - offset),
    close: () => undefined,
  };
}

function notFound(): AppError {
  return new AppError('not-found', 'There is no such file or folder.');
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

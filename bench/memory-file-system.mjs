/**
 * The benchmark's file system: content.h says what it holds. It answers from memory as the real one answers from its
 * caches, so that what is measured is the way to the kernel: inodes are 63-bit numbers in no order, listings are pages
 * in order of inode, a read gives slices of blocks, and nothing is copied.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../dist/core/errors.js';
import { rootInode } from '../dist/core/tree.js';
import { makePattern } from './pattern.mjs';

const mib = 2 ** 20;
const blockBytes = 128 * 1024;
const patternBytes = 64 * mib;
const bigFiles = 8;
const bigFileBytes = 512 * mib;
const folders = 2000;
const filesPerFolder = 10;

/** Entries per answer to `readdir`, as in the real file system. */
const pageEntries = 512;

const mtimeMs = Date.UTC(2024, 1, 29, 12, 0, 0);

/** The pattern as the blocks that a cache would hold. */
function makeBlocks() {
  const pattern = makePattern(patternBytes);
  return Array.from({ length: patternBytes / blockBytes }, (_, index) =>
    pattern.subarray(index * blockBytes, (index + 1) * blockBytes),
  );
}

/** A node's inode; an odd factor gives each number another one. */
function inodeOf(number) {
  return number === 1 ? rootInode : BigInt.asUintN(63, BigInt(number) * 0x9e37_79b9_7f4a_7c15n);
}

class Nodes {
  #byInode = new Map();
  #count = 0;

  addFolder(parent, name) {
    return this.#add(parent, name, { kind: 'directory', size: 0, byName: new Map(), entries: [] });
  }

  addFile(parent, name, size, firstBlock) {
    return this.#add(parent, name, { kind: 'file', size, firstBlock });
  }

  sortListings() {
    for (const { entries } of this.#byInode.values()) {
      entries?.sort((a, b) => (a.cookie < b.cookie ? -1 : 1));
    }
  }

  get(inode) {
    const node = this.#byInode.get(inode);
    if (node === undefined) throw new AppError('not-found', 'There is no such file or folder.');
    return node;
  }

  getFolder(inode) {
    const node = this.get(inode);
    if (node.byName === undefined) throw new AppError('not-a-directory', 'This is a file, not a folder.');
    return node;
  }

  get size() {
    return this.#count;
  }

  #add(parent, name, facts) {
    this.#count += 1;
    const inode = inodeOf(this.#count);
    const { kind, size } = facts;
    const attributes = {
      inode,
      parent: parent === null ? inode : parent.attributes.inode,
      name,
      kind,
      size,
      mtimeMs,
      links: 1,
    };
    const node = { ...facts, attributes };
    this.#byInode.set(inode, node);
    parent?.byName.set(name, node);
    parent?.entries.push({ name, attributes, cookie: inode });
    return node;
  }
}

function makeNodes() {
  const nodes = new Nodes();
  const root = nodes.addFolder(null, '');
  const big = nodes.addFolder(root, 'big');
  for (let n = 0; n < bigFiles; n += 1) nodes.addFile(big, `${n}.bin`, bigFileBytes, (n * mib) / blockBytes);
  const tree = nodes.addFolder(root, 'tree');
  for (let n = 0; n < folders; n += 1) {
    const folder = nodes.addFolder(tree, String(n).padStart(4, '0'));
    for (let file = 0; file < filesPerFolder; file += 1) nodes.addFile(folder, `${file}.mkv`, mib, 0);
  }
  nodes.sortListings();
  return nodes;
}

/** Index of the first entry after a cookie. */
function indexAfter(entries, cookie) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries[middle].cookie > cookie) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param delayMs how long after it was asked for a read is answered; 0: at once. */
export function createMemoryFileSystem({ delayMs }) {
  const blocks = makeBlocks();
  const nodes = makeNodes();
  let lastHandle = 0;

  const slicesOf = ({ size, firstBlock }, offset, length) => {
    const end = Math.min(offset + length, size);
    const slices = [];
    for (let at = offset; at < end;) {
      const block = blocks[(firstBlock + Math.floor(at / blockBytes)) % blocks.length];
      const from = at % blockBytes;
      const bytes = Math.min(end - at, blockBytes - from);
      slices.push(block.subarray(from, from + bytes));
      at += bytes;
    }
    return slices;
  };

  return {
    lookup(parent, name) {
      const node = nodes.getFolder(parent).byName.get(name);
      if (node === undefined) throw new AppError('not-found', 'There is no such file or folder.');
      return node.attributes;
    },

    getattr: (inode) => nodes.get(inode).attributes,

    readdir(inode, cookie, context, atMost = pageEntries) {
      const { entries } = nodes.getFolder(inode);
      const from = indexAfter(entries, cookie);
      return entries.slice(from, from + Math.min(atMost, pageEntries));
    },

    open(inode) {
      if (nodes.get(inode).kind === 'directory') throw new AppError('is-a-directory', 'This is a folder.');
      lastHandle += 1;
      return lastHandle;
    },

    read(inode, handle, offset, length) {
      const slices = slicesOf(nodes.get(inode), offset, length);
      return delayMs === 0 ? slices : sleep(delayMs, slices);
    },

    release: () => undefined,

    statfs: () => ({
      blockSize: 4096,
      blocks: 2 ** 30,
      freeBlocks: 2 ** 29,
      files: nodes.size,
      freeFiles: 1_000_000,
      maxNameBytes: 255,
    }),
  };
}

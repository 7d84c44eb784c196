import type { Inode } from '../../core/tree.js';
import type { Attributes, DirectoryEntry, FileSystemStatistics } from '../../vfs/file-system.js';
import { setU64 } from '../protocol/layout.js';
import { entryType } from '../protocol/numbers.js';
import { attr, attrOut, dirent, direntPlus, entryOut, openOut, statfsOut } from '../protocol/structures.js';
import { kernelStat, type Ownership } from '../stat.js';

/** How the kernel is told attributes. */
export interface EncodeOptions {
  readonly ownership: Ownership;
  /** How long it may keep names, missing names and attributes, in milliseconds. */
  readonly validMs: number;
}

/** Writes the bodies of answers; each returns how many bytes it wrote. */
export class Encoder {
  readonly #ownership: Ownership;
  readonly #validSeconds: number;
  readonly #validNanoseconds: number;

  constructor({ ownership, validMs }: EncodeOptions) {
    this.#ownership = ownership;
    this.#validSeconds = Math.floor(validMs / 1000);
    this.#validNanoseconds = (validMs % 1000) * 1_000_000;
  }

  /** @param at where in the view. */
  entry(view: DataView, at: number, attributes: Attributes): number {
    this.fleetingEntry(view, at, attributes);
    this.#valid(view, at + entryOut.at.entry_valid, at + entryOut.at.entry_valid_nsec);
    this.#valid(view, at + entryOut.at.attr_valid, at + entryOut.at.attr_valid_nsec);
    return entryOut.bytes;
  }

  /** An entry that the kernel must not keep. */
  fleetingEntry(view: DataView, at: number, attributes: Attributes): number {
    // A number never stands for something else, so there is one generation.
    clear(view, at, entryOut.at.attr);
    view.setBigUint64(at + entryOut.at.nodeid, attributes.inode, true);
    this.#attr(view, at + entryOut.at.attr, attributes);
    return entryOut.bytes;
  }

  /** That a name is missing, which the kernel may keep too. */
  missing(view: DataView): number {
    clear(view, 0, entryOut.bytes);
    this.#valid(view, entryOut.at.entry_valid, entryOut.at.entry_valid_nsec);
    return entryOut.bytes;
  }

  attributes(view: DataView, attributes: Attributes): number {
    this.fleetingAttributes(view, attributes);
    this.#valid(view, attrOut.at.attr_valid, attrOut.at.attr_valid_nsec);
    return attrOut.bytes;
  }

  /** Attributes that the kernel must not keep. */
  fleetingAttributes(view: DataView, attributes: Attributes): number {
    clear(view, 0, attrOut.at.attr);
    this.#attr(view, attrOut.at.attr, attributes);
    return attrOut.bytes;
  }

  open(view: DataView, at: number, handle: number, flags: number): number {
    setU64(view, at + openOut.at.fh, handle);
    view.setUint32(at + openOut.at.open_flags, flags, true);
    view.setUint32(at + openOut.at.padding, 0, true);
    return openOut.bytes;
  }

  statistics(view: DataView, statistics: FileSystemStatistics): number {
    clear(view, 0, statfsOut.bytes);
    setU64(view, statfsOut.at.blocks, statistics.blocks);
    setU64(view, statfsOut.at.bfree, statistics.freeBlocks);
    setU64(view, statfsOut.at.bavail, statistics.freeBlocks);
    setU64(view, statfsOut.at.files, statistics.files);
    setU64(view, statfsOut.at.ffree, statistics.freeFiles);
    view.setUint32(statfsOut.at.bsize, statistics.blockSize, true);
    view.setUint32(statfsOut.at.namelen, statistics.maxNameBytes, true);
    view.setUint32(statfsOut.at.frsize, statistics.blockSize, true);
    return statfsOut.bytes;
  }

  /**
   * An entry of a listing.
   * @param end the entry must end before it.
   * @param plus whether its attributes are told too.
   * @returns its bytes, or 0 when it does not fit.
   */
  listed(view: DataView, at: number, end: number, entry: DirectoryEntry, plus: boolean): number {
    const { attributes, cookie } = entry;
    const name = Buffer.from(entry.name);
    const before = plus ? direntPlus.at.dirent : 0;
    if (at + before + direntBytes(name) > end) return 0;
    if (plus) this.entry(view, at, attributes);
    return (
      before + writeDirent(view, at + before, attributes.inode, cookie, entryType[attributes.kind], name)
    );
  }

  /** `.` or `..`: which the kernel must not look up, and does not count. */
  listedDots(view: DataView, at: number, name: string, inode: Inode, cookie: bigint, plus: boolean): number {
    const before = plus ? direntPlus.at.dirent : 0;
    clear(view, at, before);
    return before + writeDirent(view, at + before, inode, cookie, entryType.directory, Buffer.from(name));
  }

  #valid(view: DataView, seconds: number, nanoseconds: number): void {
    setU64(view, seconds, this.#validSeconds);
    view.setUint32(nanoseconds, this.#validNanoseconds, true);
  }

  #attr(view: DataView, at: number, attributes: Attributes): void {
    const stat = kernelStat(attributes, this.#ownership);
    const seconds = Math.floor(stat.mtime / 1000);
    const nanoseconds = (stat.mtime % 1000) * 1_000_000;
    view.setBigUint64(at + attr.at.ino, attributes.inode, true);
    setU64(view, at + attr.at.size, stat.size);
    setU64(view, at + attr.at.blocks, stat.blocks);
    setU64(view, at + attr.at.atime, seconds);
    setU64(view, at + attr.at.mtime, seconds);
    setU64(view, at + attr.at.ctime, seconds);
    view.setUint32(at + attr.at.atimensec, nanoseconds, true);
    view.setUint32(at + attr.at.mtimensec, nanoseconds, true);
    view.setUint32(at + attr.at.ctimensec, nanoseconds, true);
    view.setUint32(at + attr.at.mode, stat.mode, true);
    view.setUint32(at + attr.at.nlink, stat.nlink, true);
    view.setUint32(at + attr.at.uid, stat.uid, true);
    view.setUint32(at + attr.at.gid, stat.gid, true);
    view.setUint32(at + attr.at.rdev, 0, true);
    view.setUint32(at + attr.at.blksize, stat.blksize, true);
    view.setUint32(at + attr.at.flags, 0, true);
  }
}

function writeDirent(
  view: DataView,
  at: number,
  inode: Inode,
  cookie: bigint,
  type: number,
  name: Buffer,
): number {
  const bytes = direntBytes(name);
  clear(view, at + bytes - 8, 8);
  view.setBigUint64(at + dirent.at.ino, inode, true);
  view.setBigUint64(at + dirent.at.off, cookie, true);
  view.setUint32(at + dirent.at.namelen, name.length, true);
  view.setUint32(at + dirent.at.type, type, true);
  new Uint8Array(view.buffer, view.byteOffset + at + dirent.bytes).set(name);
  return bytes;
}

/** Entries are filled up to whole words (fuse.h, FUSE_DIRENT_ALIGN). */
function direntBytes(name: Buffer): number {
  return Math.ceil((dirent.bytes + name.length) / 8) * 8;
}

function clear(view: DataView, at: number, bytes: number): void {
  new Uint8Array(view.buffer, view.byteOffset + at, bytes).fill(0);
}

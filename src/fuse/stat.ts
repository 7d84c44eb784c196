import type { Inode } from '../core/tree.js';
import type { Attributes } from '../vfs/file-system.js';
import type { MountOptions } from './binding.js';

/** Bits of `st_mode` that tell what a file is (Linux, include/uapi/linux/stat.h). */
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

/** Whom files belong to, and which permissions are taken away. */
export type Ownership = Pick<MountOptions, 'uid' | 'gid' | 'umask'>;

/** What `stat` shows of a file, in the kernel's terms. */
export interface KernelStat {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly nlink: number;
  readonly blksize: number;
  /** Units of 512 bytes. */
  readonly blocks: number;
  /** All three times are the one that the tree knows, in milliseconds, never before 1970. */
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
}

/**
 * Attributes as the kernel wants them. Write bits are shown as the umask leaves them, as rclone does, although every write
 * ends in EROFS: some programs refuse a library whose files look read-only before they try.
 */
export function kernelStat(attributes: Attributes, { uid, gid, umask }: Ownership): KernelStat {
  const directory = attributes.kind === 'directory';
  const time = Math.max(0, Math.floor(attributes.mtimeMs));
  return {
    mode: directory ? S_IFDIR | (0o777 & ~umask) : S_IFREG | (0o666 & ~umask),
    uid,
    gid,
    size: attributes.size,
    nlink: attributes.links,
    blksize: 4096,
    blocks: Math.ceil(attributes.size / 512),
    atime: time,
    mtime: time,
    ctime: time,
  };
}

/**
 * An inode in 32 bits: both halves folded together, never 0, which `readdir` takes for a deleted entry. Two of 50,000
 * files share one with a chance of 3 in 10 (50,000² / 2³³), which no tool minds as long as the link count is 1.
 */
export function foldInode(inode: Inode): number {
  return Number((inode ^ (inode >> 32n)) & 0xffff_ffffn) || 0xffff_ffff;
}

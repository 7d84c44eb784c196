/**
 * The numbers of the kernel's FUSE protocol, each once. Source: Linux, include/uapi/linux/fuse.h, protocol 7.45.
 */

/** What is spoken here. The kernel uses the older of its own and this (documented, fuse.h). */
export const protocolVersion = { major: 7, minor: 40 } as const;

/** Linux 5.1: from then on a folder need not be opened before it is listed. */
export const oldestMinor = 29;

/** What a request asks for. */
export const opcode = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  setattr: 4,
  readlink: 5,
  symlink: 6,
  mknod: 8,
  mkdir: 9,
  unlink: 10,
  rmdir: 11,
  rename: 12,
  link: 13,
  open: 14,
  read: 15,
  write: 16,
  statfs: 17,
  release: 18,
  fsync: 20,
  setxattr: 21,
  getxattr: 22,
  listxattr: 23,
  removexattr: 24,
  flush: 25,
  init: 26,
  opendir: 27,
  readdir: 28,
  releasedir: 29,
  fsyncdir: 30,
  getlk: 31,
  setlk: 32,
  setlkw: 33,
  access: 34,
  create: 35,
  interrupt: 36,
  bmap: 37,
  destroy: 38,
  ioctl: 39,
  poll: 40,
  notifyReply: 41,
  batchForget: 42,
  fallocate: 43,
  readdirplus: 44,
  rename2: 45,
  lseek: 46,
  copyFileRange: 47,
  setupmapping: 48,
  removemapping: 49,
  syncfs: 50,
  tmpfile: 51,
  statx: 52,
} as const;

/** Flags of INIT, 64 bits: the upper half travels in `flags2`. */
export const initFlag = {
  asyncRead: 1n << 0n,
  autoInvalData: 1n << 12n,
  doReaddirplus: 1n << 13n,
  readdirplusAuto: 1n << 14n,
  parallelDirops: 1n << 18n,
  maxPages: 1n << 22n,
  cacheSymlinks: 1n << 23n,
  noOpendirSupport: 1n << 24n,
  initExt: 1n << 30n,
  /** Only told by the kernel: FUSE_NOTIFY_RESEND works (Linux 6.9). */
  hasResend: 1n << 39n,
} as const;

/** Flags in the answer to OPEN and CREATE. */
export const openFlag = { keepCache: 1 << 1 } as const;

/** What a message says that the kernel did not ask for; stands where an answer has its errno. */
export const notifyCode = { invalInode: 2, invalEntry: 3, retrieve: 5, resend: 7, incEpoch: 8 } as const;

/** Kinds of a directory entry (Linux, include/linux/fs_types.h: the upper four bits of `st_mode`). */
export const entryType = { directory: 4, file: 8 } as const;

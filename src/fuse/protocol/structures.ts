/**
 * The structures of the kernel's FUSE protocol that are read or written here, each once. Source: Linux,
 * include/uapi/linux/fuse.h, protocol 7.38 to 7.45; 7.28 (Linux 4.20) has the same for all that is used. Numbers are in the
 * machine's own order, which is little-endian wherever Node runs this.
 */
import { layout } from './layout.js';

export const inHeader = layout({
  len: 'u32',
  opcode: 'u32',
  unique: 'u64',
  nodeid: 'u64',
  uid: 'u32',
  gid: 'u32',
  pid: 'u32',
  total_extlen: 'u16',
  padding: 'u16',
});

export const outHeader = layout({ len: 'u32', error: 'i32', unique: 'u64' });

export const attr = layout({
  ino: 'u64',
  size: 'u64',
  blocks: 'u64',
  atime: 'u64',
  mtime: 'u64',
  ctime: 'u64',
  atimensec: 'u32',
  mtimensec: 'u32',
  ctimensec: 'u32',
  mode: 'u32',
  nlink: 'u32',
  uid: 'u32',
  gid: 'u32',
  rdev: 'u32',
  blksize: 'u32',
  flags: 'u32',
});

export const entryOut = layout({
  nodeid: 'u64',
  generation: 'u64',
  entry_valid: 'u64',
  attr_valid: 'u64',
  entry_valid_nsec: 'u32',
  attr_valid_nsec: 'u32',
  attr,
});

export const attrOut = layout({ attr_valid: 'u64', attr_valid_nsec: 'u32', dummy: 'u32', attr });

export const forgetIn = layout({ nlookup: 'u64' });
export const forgetOne = layout({ nodeid: 'u64', nlookup: 'u64' });
export const batchForgetIn = layout({ count: 'u32', dummy: 'u32' });

export const openIn = layout({ flags: 'u32', open_flags: 'u32' });
export const openOut = layout({ fh: 'u64', open_flags: 'u32', padding: 'u32' });

/** Before the name. */
export const createIn = layout({ flags: 'u32', mode: 'u32', umask: 'u32', open_flags: 'u32' });
/** Before the name. */
export const mkdirIn = layout({ mode: 'u32', umask: 'u32' });

/** Of READ, READDIR and READDIRPLUS. */
export const readIn = layout({
  fh: 'u64',
  offset: 'u64',
  size: 'u32',
  read_flags: 'u32',
  lock_owner: 'u64',
  flags: 'u32',
  padding: 'u32',
});

export const releaseIn = layout({ fh: 'u64', flags: 'u32', release_flags: 'u32', lock_owner: 'u64' });

export const statfsOut = layout({
  blocks: 'u64',
  bfree: 'u64',
  bavail: 'u64',
  files: 'u64',
  ffree: 'u64',
  bsize: 'u32',
  namelen: 'u32',
  frsize: 'u32',
  padding: 'u32',
  spare: { bytes: 24, at: {}, alignment: 4 },
});

/** The name follows; each entry is filled up to a multiple of 8 bytes. */
export const dirent = layout({ ino: 'u64', off: 'u64', namelen: 'u32', type: 'u32' });
export const direntPlus = layout({ entry_out: entryOut, dirent });

export const initIn = layout({
  major: 'u32',
  minor: 'u32',
  max_readahead: 'u32',
  flags: 'u32',
  flags2: 'u32',
  unused: { bytes: 44, at: {}, alignment: 4 },
});

export const initOut = layout({
  major: 'u32',
  minor: 'u32',
  max_readahead: 'u32',
  flags: 'u32',
  max_background: 'u16',
  congestion_threshold: 'u16',
  max_write: 'u32',
  time_gran: 'u32',
  max_pages: 'u16',
  map_alignment: 'u16',
  flags2: 'u32',
  unused: { bytes: 28, at: {}, alignment: 4 },
});

export const interruptIn = layout({ unique: 'u64' });

export const notifyInvalInode = layout({ ino: 'u64', off: 'i64', len: 'i64' });
/** The name follows, with a NUL at its end. */
export const notifyInvalEntry = layout({ parent: 'u64', namelen: 'u32', flags: 'u32' });
export const notifyRetrieve = layout({
  notify_unique: 'u64',
  nodeid: 'u64',
  offset: 'u64',
  size: 'u32',
  padding: 'u32',
});

import { initFlag, oldestMinor, protocolVersion } from '../protocol/numbers.js';
import { initIn, initOut } from '../protocol/structures.js';
import type { KernelRequest } from './request.js';

/** Largest read: 256 pages, the most that a kernel gives without a sysctl (Linux, fs/fuse/fuse_i.h, FUSE_MAX_MAX_PAGES). */
export const maxReadBytes = 2 ** 20;

const pageBytes = 4096;

/**
 * Requests that may be under way in the background for the whole mount: reads of the page cache, each of which may wait for a download.
 * What is beyond waits for one of them to end, so that as many readers of a silent host would stop everybody else: more than there ever
 * are. Whoever mounts without the rights of root gets what the kernel allows its user. From three quarters on the kernel takes the mount
 * for congested and reads ahead less.
 */
const maxBackground = 4096;
const congestionThreshold = 3072;

/** The least that the kernel takes (observed 2026-11): nothing is ever written. */
const maxWriteBytes = 4096;

/**
 * What is used where the kernel offers it. Left out on purpose: asynchronous direct I/O, because a reader that is killed in
 * it cannot be released before its answer (Linux, fs/fuse/file.c: it waits uninterruptibly).
 */
const wanted =
  initFlag.asyncRead |
  initFlag.autoInvalData |
  initFlag.doReaddirplus |
  initFlag.readdirplusAuto |
  initFlag.parallelDirops |
  initFlag.maxPages |
  initFlag.cacheSymlinks |
  initFlag.noOpendirSupport |
  initFlag.initExt;

/** What both sides agreed on. */
export interface Session {
  /** The kernel's version of the protocol. */
  readonly minor: number;
  readonly maxReadBytes: number;
  /** Whether the kernel sends requests again whose server died. */
  readonly resends: boolean;
}

/** Whether a request can be answered by `negotiate`; the kernel is too old else. */
export function isSpoken(request: KernelRequest): boolean {
  const minor = request.u32(initIn.at.minor);
  return request.u32(initIn.at.major) === protocolVersion.major && minor >= oldestMinor;
}

/**
 * Answers INIT.
 * @returns the bytes of the answer's body, and what it means.
 */
export function negotiate(request: KernelRequest, out: DataView): { bytes: number; session: Session } {
  const minor = request.u32(initIn.at.minor);
  const lower = BigInt(request.u32(initIn.at.flags));
  // Only a kernel that says so sent the upper half.
  const upper = (lower & initFlag.initExt) === 0n ? 0n : BigInt(request.u32(initIn.at.flags2));
  const offered = lower | (upper << 32n);
  const used = offered & wanted;

  new Uint8Array(out.buffer, out.byteOffset, initOut.bytes).fill(0);
  const { at } = initOut;
  out.setUint32(at.major, protocolVersion.major, true);
  out.setUint32(at.minor, Math.min(minor, protocolVersion.minor), true);
  out.setUint32(at.max_readahead, maxReadBytes, true);
  out.setUint32(at.flags, Number(used & 0xffff_ffffn), true);
  out.setUint16(at.max_background, maxBackground, true);
  out.setUint16(at.congestion_threshold, congestionThreshold, true);
  out.setUint32(at.max_write, maxWriteBytes, true);
  out.setUint32(at.time_gran, 1, true);
  out.setUint16(at.max_pages, maxReadBytes / pageBytes, true);
  out.setUint32(at.flags2, Number(used >> 32n), true);

  return {
    bytes: initOut.bytes,
    session: {
      minor,
      maxReadBytes: (used & initFlag.maxPages) === 0n ? 32 * pageBytes : maxReadBytes,
      resends: (offered & initFlag.hasResend) !== 0n,
    },
  };
}

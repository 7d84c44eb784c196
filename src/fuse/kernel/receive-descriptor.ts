import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import type * as Koffi from 'koffi';
import { AppError } from '../../core/errors.js';
import { layout } from '../protocol/layout.js';

/**
 * Takes a descriptor over from a child process. Node has no way to: its own channels know sockets and pipes, and end the
 * process when a device comes (observed, Node 20.20, src/stream_wrap.cc).
 */
export interface DescriptorReceiver {
  /**
   * Lends one end of a new socket to `send`, and takes the descriptor that lies in it once `send` has resolved. However
   * that ends, both ends are closed then, and a descriptor that was not taken is closed with them. No child inherits any
   * of the three by accident: one that kept a device open would keep its dead mount from ending.
   * @param send lets a child inherit the socket and waits until that child has ended, so that what it sent is there. It
   * leaves the socket open, and has a time limit of its own.
   * @returns the descriptor, which the caller owns; null when none came, also when this process has no number left for it.
   * @throws {AppError} `storage` when no socket can be opened; besides, whatever `send` throws.
   */
  receive(send: (socket: number) => Promise<void>): Promise<number | null>;
}

/** The same on every Linux that koffi 3.3.4 has a package for (Linux, include/linux/socket.h and net.h). */
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;

/**
 * What recvmsg(2) is given, in one piece: its structures and all that they point to, on a little-endian machine of 64
 * bits. It is one layout for both C libraries: where glibc has a length of 64 bits, musl has one of 32 and a gap that is 0
 * (glibc 2.36, bits/socket.h; musl 1.2.3, sys/socket.h; compiled against both, 2026-11).
 */
const message = layout({
  // struct msghdr
  name: 'u64',
  nameBytes: 'u32',
  nameGap: 'u32',
  vectors: 'u64',
  vectorCount: 'u64',
  control: 'u64',
  controlBytes: 'u64',
  flags: 'u32',
  flagsGap: 'u32',
  // struct iovec: room for the one byte that comes with a descriptor.
  byteAddress: 'u64',
  byteCount: 'u64',
  byte: 'u64',
  // struct cmsghdr, and one descriptor. A second has no room, so the kernel drops it (Linux, net/core/scm.c; observed).
  rightsBytes: 'u64',
  rightsLevel: 'i32',
  rightsType: 'i32',
  descriptor: 'i32',
});

/** Length of the last structure with its descriptor. */
const rightsBytes = message.bytes - message.at.rightsBytes;

/**
 * Loads koffi, through which the C library is called. Never throws.
 * @returns null where koffi is not installed or cannot be used: under `node --permission`, or on a machine of 32 bits.
 */
export async function loadDescriptorReceiver(): Promise<DescriptorReceiver | null> {
  try {
    return createReceiver(await import('koffi'));
  } catch {
    return null;
  }
}

/** @throws {Error} when the C library does not have what is needed. */
function createReceiver({ address, errno, load, sizeof }: typeof Koffi): DescriptorReceiver | null {
  if (sizeof('void *') !== 8) return null;
  // The library that Node itself uses, whatever its name is.
  const library = load(null);
  const socketpair: (domain: number, type: number, protocol: number, pair: ArrayBuffer) => number =
    library.func('int socketpair(int, int, int, void *)');
  const recvmsg: (socket: number, message: ArrayBuffer, flags: number) => number = library.func(
    'long recvmsg(int, void *, int)',
  );

  function openPair(): readonly [ours: number, theirs: number] {
    const pair = new ArrayBuffer(8);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !== 0) {
      throw new AppError('storage', `No socket can be opened (${getSystemErrorName(-errno())}).`);
    }
    const view = new DataView(pair);
    return [view.getInt32(0, true), view.getInt32(4, true)];
  }

  function take(socket: number): number | null {
    const { at, bytes } = message;
    const memory = new ArrayBuffer(bytes);
    const view = new DataView(memory);
    const start = address(memory);
    const point = (field: number, target: number): void =>
      view.setBigUint64(field, start + BigInt(target), true);
    point(at.vectors, at.byteAddress);
    view.setUint32(at.vectorCount, 1, true);
    point(at.byteAddress, at.byte);
    view.setUint32(at.byteCount, 1, true);
    point(at.control, at.rightsBytes);
    view.setUint32(at.controlBytes, rightsBytes, true);
    // Nothing is waited for, so no signal interrupts it.
    if (recvmsg(socket, memory, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 1) return null;
    const isDescriptor =
      view.getUint32(at.rightsBytes, true) === rightsBytes &&
      view.getInt32(at.rightsLevel, true) === SOL_SOCKET &&
      view.getInt32(at.rightsType, true) === SCM_RIGHTS;
    return isDescriptor ? view.getInt32(at.descriptor, true) : null;
  }

  return {
    async receive(send) {
      const [ours, theirs] = openPair();
      try {
        await send(theirs);
        return take(ours);
      } finally {
        closeSync(ours);
        closeSync(theirs);
      }
    },
  };
}

import { closeSync, constants, openSync } from 'node:fs';
import type { Logger } from '../../core/logger.js';
import { startPolling } from './poll-transport.js';
import { startReaderThread } from './thread-transport.js';

/**
 * How requests come from the device: `poll`: through libuv's poll in this thread, by a part of Node that is not public;
 * `thread`: from a thread that blocks in read(2).
 */
export type TransportName = 'poll' | 'thread';

/** Reads one device and hands on one request at a time. It owns the descriptor. */
export interface Transport {
  /** Resolves once nothing will come any more: the mount is gone or was aborted, or `stop` was called. Never rejects. */
  readonly ended: Promise<void>;
  /** Stops reading and lets go of the device; whoever still waits for an answer gets ENOTCONN. */
  stop(): void;
  /**
   * Hands on what still comes, without the event loop, until nothing came for a moment. For a process that is ending while
   * one of its own threads waits for an answer: it would never end.
   */
  drain(): void;
}

/** @param bytes one request; they hold until the receiver returns. It must not throw. */
export type Receive = (bytes: Buffer) => void;

/**
 * Room for one request. The kernel wants 8,192 bytes at least (fuse.h, FUSE_MIN_READ_BUFFER); the longest that can come
 * sets an extended attribute of 64 KiB, and one that does not fit is refused by the kernel.
 */
export const requestBytes = 68 * 1024;

/** @param wake makes the kernel say something, or end the device; called when who waits for it is to stop. */
export function startTransport(
  name: TransportName,
  device: number,
  receive: Receive,
  wake: () => void,
): Transport {
  return name === 'poll' ? startPolling(device, receive) : startReaderThread(device, receive, wake);
}

/**
 * The better transport that works in this process: the fast one is tried on /dev/random, a device that has always something
 * to say, because a later Node, or one with `--permission`, may not have what it needs.
 */
export async function bestTransport(logger: Logger): Promise<TransportName> {
  let device: number | null = null;
  try {
    device = openSync('/dev/random', constants.O_RDONLY | constants.O_NONBLOCK);
    await firstBytes(device);
    return 'poll';
  } catch (error) {
    logger.warn(
      { err: error },
      'This Node cannot poll the device: requests are read by a thread, which is slower.',
    );
    if (device !== null) closeQuietly(device);
    return 'thread';
  }
}

/** How long the device that always has something to say may take to say it, in milliseconds. */
const probeMs = 1_000;

function firstBytes(device: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing came from /dev/random')), probeMs);
    const transport = startPolling(device, ({ length }) => {
      clearTimeout(timer);
      transport.stop();
      if (length > 0) resolve();
      else reject(new Error('no bytes came from /dev/random'));
    });
  });
}

function closeQuietly(device: number): void {
  try {
    closeSync(device);
  } catch {
    // The transport had taken it over, and closed it.
  }
}

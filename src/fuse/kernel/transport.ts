import { closeSync, constants, openSync } from 'node:fs';
import type { Logger } from '../../core/logger.js';
import { OpenDevice } from './open-device.js';
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

/** Where a transport puts one request at a time. */
export interface Inbox {
  /** As long as `requestBytes`. */
  readonly bytes: Buffer;
  /** Takes the request of so many bytes, and no longer needs them once this returns. Must not throw. */
  arrived(length: number): void;
}

/**
 * Room for one request. The kernel wants 8,192 bytes at least (fuse.h, FUSE_MIN_READ_BUFFER); the longest that can come
 * sets an extended attribute of 64 KiB, and one that does not fit is refused by the kernel.
 */
export const requestBytes = 68 * 1024;

/** @param wake makes the kernel say something, or end the device; called when who waits for it is to stop. */
export function startTransport(
  name: TransportName,
  device: OpenDevice,
  inbox: Inbox,
  wake: () => void,
): Transport {
  return name === 'poll' ? startPolling(device, inbox) : startReaderThread(device, inbox, wake);
}

/**
 * The better transport that works in this process: the fast one is tried on /dev/random, a device that has always something
 * to say, because a later Node, or one with `--permission`, may not have what it needs.
 */
export async function bestTransport(logger: Logger): Promise<TransportName> {
  try {
    await firstBytes(openSync('/dev/random', constants.O_RDONLY | constants.O_NONBLOCK));
    return 'poll';
  } catch (error) {
    logger.warn(
      { err: error },
      'This Node cannot poll the device: requests are read by a thread, which is slower.',
    );
    return 'thread';
  }
}

/** How long the device that always has something to say may take to say it, in milliseconds. */
const probeMs = 1_000;

/** Takes the device over. */
async function firstBytes(device: number): Promise<void> {
  let transport: Transport | null = null;
  let timer;
  try {
    await new Promise<void>((resolve, reject) => {
      // A process that was busy for so long polls once more before it gives up.
      const giveUp = (): void => reject(new Error('nothing came from /dev/random'));
      timer = setTimeout(() => setImmediate(giveUp), probeMs);
      transport = startPolling(new OpenDevice(device), {
        bytes: Buffer.alloc(requestBytes),
        arrived: () => resolve(),
      });
    });
  } finally {
    clearTimeout(timer);
    // Once it polls the descriptor is its own, and closing that under it ends the process (observed 2026-11).
    endProbe(transport, device);
  }
}

function endProbe(transport: Transport | null, device: number): void {
  if (transport === null) closeSync(device);
  else transport.stop();
}

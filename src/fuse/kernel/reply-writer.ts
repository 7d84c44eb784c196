import type { Logger } from '../../core/logger.js';
import { EIO } from '../errno.js';
import { outHeader } from '../protocol/structures.js';
import type { OpenDevice } from './open-device.js';

/** Room for the body of an answer that is not read data: a page of a listing, the longest, is as long as is asked for. */
const bodyBytes = 64 * 1024;

/**
 * A read of at most so many bytes is copied behind its header: a page takes less time to copy than Node takes to make a
 * vector of two buffers (measured 2026-11: 0.1 µs and 0.4 µs).
 */
const copiedBytes = 4096;

/** Slices that writev(2) takes at once are 1,024 (IOV_MAX, Linux, include/uapi/linux/uio.h); one is the header. */
const maxSlices = 1000;

/**
 * Writes answers to the device. A write copies and never waits, so one buffer serves all answers. The kernel says ENOENT to
 * an answer that it no longer waits for, which is nobody's fault.
 */
export class ReplyWriter {
  /** Where the body of the next answer is made. */
  readonly body: DataView;
  readonly #device: OpenDevice;
  readonly #logger: Logger;
  readonly #bytes = Buffer.alloc(outHeader.bytes + bodyBytes);
  readonly #header: DataView;
  readonly #headerBytes = this.#bytes.subarray(0, outHeader.bytes);

  constructor(device: OpenDevice, logger: Logger) {
    this.#device = device;
    this.#logger = logger;
    this.#header = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, outHeader.bytes);
    this.body = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + outHeader.bytes, bodyBytes);
  }

  /** Sends the first so many bytes of `body`. */
  send(unique: bigint, bytes: number): void {
    this.#fillHeader(unique, 0, bytes);
    try {
      this.#device.write(this.#bytes, outHeader.bytes + bytes);
    } catch (error) {
      this.#refused(unique, error);
    }
  }

  /** Sends slices: as they are, or, where that is cheaper, copied. @param bytes of all of them. */
  sendSlices(unique: bigint, slices: readonly Uint8Array[], bytes: number): void {
    if (bytes <= copiedBytes) {
      this.#copy(slices);
      this.send(unique, bytes);
      return;
    }
    const few = slices.length <= maxSlices ? slices : [Buffer.concat(slices)];
    this.#fillHeader(unique, 0, bytes);
    try {
      this.#device.writeAll([this.#headerBytes, ...few]);
    } catch (error) {
      this.#refused(unique, error);
    }
  }

  /** @param errno negative. */
  fail(unique: bigint, errno: number): void {
    this.#fillHeader(unique, errno, 0);
    try {
      this.#device.write(this.#bytes, outHeader.bytes);
    } catch (error) {
      this.#logger.debug({ err: error }, 'the kernel did not take an error');
    }
  }

  #copy(slices: readonly Uint8Array[]): void {
    let at = outHeader.bytes;
    for (const slice of slices) {
      this.#bytes.set(slice, at);
      at += slice.length;
    }
  }

  #fillHeader(unique: bigint, errno: number, bytes: number): void {
    this.#header.setUint32(outHeader.at.len, outHeader.bytes + bytes, true);
    this.#header.setInt32(outHeader.at.error, errno, true);
    this.#header.setBigUint64(outHeader.at.unique, unique, true);
  }

  /** Whatever the kernel did not take leaves its reader waiting; an errno it takes always, unless nobody waits any more. */
  #refused(unique: bigint, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    this.#logger.debug({ err: error }, 'the kernel did not take an answer');
    this.fail(unique, EIO);
  }
}

/** The thread of `thread-transport.ts`: reads requests from the device and posts each, until the device ends. */
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** How long an empty device that does not wait is left alone, in milliseconds. */
const emptyMs = 1;

export interface ReaderThreadData {
  readonly device: number;
  /** Room for one request. */
  readonly requestBytes: number;
  /** Its one number is not 0 once the thread is to end. */
  readonly stopped: Int32Array;
}

const { device, requestBytes, stopped } = workerData as ReaderThreadData;
const buffer = Buffer.alloc(requestBytes);

while (Atomics.load(stopped, 0) === 0) {
  let bytes;
  try {
    bytes = readSync(device, buffer, 0, buffer.length, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process before this one, which polled, has left the device so that reading it does not wait.
    if (code === 'EAGAIN') Atomics.wait(stopped, 0, 0, emptyMs);
    // Both mean that this one request is not to be had (documented, libfuse, fuse_lowlevel.c).
    else if (code !== 'ENOENT' && code !== 'EINTR') break;
    continue;
  }
  const request = Uint8Array.prototype.slice.call(buffer, 0, bytes);
  parentPort?.postMessage(request, [request.buffer]);
}

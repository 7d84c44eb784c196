import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ReaderThreadData } from './reader-thread.js';
import type { OpenDevice } from './open-device.js';
import { requestBytes, type Inbox, type Transport } from './transport.js';

/**
 * Reads the device from a thread of its own that blocks in read(2): what public Node can do. Its messages go before other
 * work of this thread, so that at full load timers come late.
 *
 * Node waits for its threads when it ends, and one that blocks in read(2) would keep it from ending as long as somebody has
 * a file of the mount open. So the thread is asked to stop, and woken.
 * @param wake makes the kernel say something, or end the device.
 */
export function startReaderThread(device: OpenDevice, inbox: Inbox, wake: () => void): Transport {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const workerData: ReaderThreadData = { device: device.descriptor, requestBytes, stopped };
  const thread = new Worker(new URL('./reader-thread.js', import.meta.url), { workerData });
  thread.on('message', (request: Uint8Array) => {
    inbox.bytes.set(request);
    inbox.arrived(request.length);
  });
  const stop = (): void => {
    Atomics.store(stopped, 0, 1);
    wake();
  };
  process.once('exit', stop);
  const ended = new Promise<void>((resolve) => {
    // What goes wrong in the thread ends it, and an end is all that is waited for.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      process.off('exit', stop);
      void device.letGo().then(() => {
        closeSync(device.descriptor);
        resolve();
      });
    });
  });
  // The thread reads on by itself; what it posts is not heard any more.
  return { ended, stop, drain: () => undefined };
}

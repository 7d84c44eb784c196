import { readSync } from 'node:fs';
import { Socket, type OnReadOpts } from 'node:net';
import type { OpenDevice } from './open-device.js';
import type { Inbox, Transport } from './transport.js';

/** What libuv has for a stream; the part of Node that makes one of any descriptor is `process.binding` alone. */
interface PipeHandle {
  /** @returns 0, or a negative errno. */
  open(descriptor: number): number;
  readStop(): number;
  close(done?: () => void): void;
}

interface PipeWrap {
  readonly Pipe: new (type: number) => PipeHandle;
  readonly constants: { readonly SOCKET: number };
}

/**
 * Reads the device through libuv's poll: three system calls a request, no thread, and no wait that keeps the process from
 * ending. `process.binding` is deprecated without a date (Node documentation, DEP0111), so this is tried before it is used.
 * @throws {Error} when this Node does not have it, or does not let it be used.
 */
export function startPolling(device: OpenDevice, inbox: Inbox): Transport {
  const { Pipe, constants } = pipeWrap();
  const handle = new Pipe(constants.SOCKET);
  const failure = handle.open(device.descriptor);
  if (failure !== 0) throw new Error(`the device cannot be polled (${failure})`);
  const close = handle.close.bind(handle);
  // Whatever makes the socket close it.
  handle.close = (done) => {
    handle.readStop();
    void device.letGo().then(() => close(done));
  };
  const onread: OnReadOpts = {
    buffer: inbox.bytes,
    callback: (length) => {
      inbox.arrived(length);
      return true;
    },
  };
  const options = { handle, readable: true, writable: false, onread };
  const socket = new Socket(options);
  const ended = new Promise<void>((resolve) => {
    // ENODEV: the mount is gone. A `close` follows every error.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  socket.resume();
  return {
    ended,
    stop: () => void socket.destroy(),
    drain: () => {
      const pause = new Int32Array(new SharedArrayBuffer(4));
      for (let quietMs = 0, steps = 0; quietMs < drainedMs && steps < maxDrainSteps; steps += 1) {
        const length = readNow(device.descriptor, inbox.bytes);
        if (length === null) {
          Atomics.wait(pause, 0, 0, 1);
          quietMs += 1;
        } else {
          inbox.arrived(length);
          quietMs = 0;
        }
      }
    },
  };
}

/** Silence after which nobody is waiting for an answer, in milliseconds: a thread sends its next request within microseconds. */
const drainedMs = 20;

/** Other readers may go on for ever. */
const maxDrainSteps = 10_000;

/** Reads one request; null when none waits: libuv has made the device non-blocking. @returns its bytes. */
function readNow(device: number, buffer: Buffer): number | null {
  try {
    return readSync(device, buffer, 0, buffer.length, null);
  } catch {
    return null;
  }
}

function pipeWrap(): PipeWrap {
  const { binding } = process as unknown as { readonly binding: (name: string) => unknown };
  return binding('pipe_wrap') as PipeWrap;
}

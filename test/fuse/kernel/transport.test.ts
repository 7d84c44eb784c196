import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as threads from 'node:worker_threads';
import ts from 'typescript';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../../src/core/logger.js';
import {
  bestTransport,
  requestBytes,
  startTransport,
  type Inbox,
} from '../../../src/fuse/kernel/transport.js';
import { OpenDevice } from '../../../src/fuse/kernel/open-device.js';
import { settle } from '../../support/fake-clock.js';

/** Where the compiled reader thread is: the sources have none. */
const compiled = vi.hoisted(() => ({ url: '' }));

vi.mock('node:worker_threads', async (original) => {
  const { Worker, ...rest } = await original<typeof threads>();
  class CompiledWorker extends Worker {
    constructor(url: URL, options: threads.WorkerOptions) {
      if (!url.pathname.endsWith('/reader-thread.js')) throw new Error(`No such thread: ${url.href}`);
      super(new URL(compiled.url), options);
    }
  }
  return { ...rest, Worker: CompiledWorker };
});

let folder: string;
let fifo: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debridfs-transport-'));
  fifo = join(folder, 'device');
  execFileSync('mkfifo', [fifo]);
  const source = readFileSync(new URL('../../../src/fuse/kernel/reader-thread.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  const script = join(folder, 'reader-thread.mjs');
  writeFileSync(script, outputText);
  compiled.url = pathToFileURL(script).href;
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  rmSync(folder, { recursive: true });
});

/** What came, and a way to wait for the next. */
class Received implements Inbox {
  readonly bytes = Buffer.alloc(requestBytes);
  readonly #messages: Buffer[] = [];
  #told: () => void = () => undefined;

  arrived(length: number): void {
    this.#messages.push(Buffer.from(this.bytes.subarray(0, length)));
    // They hold no longer than this.
    this.bytes.fill(0);
    this.#told();
  }

  async next(): Promise<Buffer> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    return this.#messages.shift() ?? Buffer.alloc(0);
  }

  /** What else came. */
  rest(): string[] {
    return this.#messages.map(String);
  }
}

/** A pipe with a name in the place of the device: the transport owns one end, the test writes to the other. */
function start(name: 'poll' | 'thread', wake?: (kernel: number) => void) {
  const device = openSync(fifo, constants.O_RDWR | (name === 'poll' ? constants.O_NONBLOCK : 0));
  const kernel = openSync(fifo, constants.O_RDWR);
  const inbox = new Received();
  const open = new OpenDevice(device);
  const transport = startTransport(name, open, inbox, () => wake?.(kernel));
  ends.push(async () => {
    transport.stop();
    await transport.ended;
    closeSync(kernel);
  });
  return { device: open, kernel, inbox, transport };
}

const isOpen = (path: string): boolean =>
  readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });

const both = ['poll', 'thread'] as const;

test.each(both)('%s: each request arrives whole, one at a time', async (name) => {
  const { kernel, inbox } = start(name, (end) => writeSync(end, 'wake'));
  for (const bytes of [1, 40, 8192, 65_536]) {
    const request = Buffer.alloc(bytes, bytes.toString());
    writeSync(kernel, request);
    expect((await inbox.next()).equals(request)).toBe(true);
  }
  expect(inbox.rest()).toEqual([]);
});

test.each(both)(
  '%s: is stopped while it waits, lets go of the device, and hears nothing more',
  async (name) => {
    const { kernel, inbox, transport } = start(name, (end) => writeSync(end, 'wake'));
    writeSync(kernel, 'first');
    expect((await inbox.next()).toString()).toBe('first');
    const watchers = process.listenerCount('exit');
    transport.stop();
    await transport.ended;
    writeSync(kernel, 'late');
    await settle();
    closeSync(kernel);
    ends.length = 0;
    expect(inbox.rest()).not.toContain('late');
    expect(isOpen(fifo)).toBe(false);
    expect(process.listenerCount('exit')).toBe(watchers - (name === 'thread' ? 1 : 0));
  },
);

test.each(both)(
  '%s: an answer that comes after the end of the device goes into no other file',
  async (name) => {
    const { device, kernel, transport } = start(name, (end) => writeSync(end, 'wake'));
    transport.stop();
    await transport.ended;
    closeSync(kernel);
    ends.length = 0;
    // The lowest number that is free is given out next.
    const path = join(folder, 'other');
    const others = Array.from({ length: 8 }, (_, n) => openSync(`${path} ${n}`, 'w'));
    expect(others).toContain(device.descriptor);
    device.write(Buffer.from('an answer'));
    device.writeAll([Buffer.from('an'), Buffer.from('answer')]);
    expect(await device.writeLater(Buffer.from('a change'))).toBeNull();
    for (const other of others) {
      expect(fstatSync(other).size).toBe(0);
      closeSync(other);
    }
  },
);

test('thread: ends with the process, although it waits for the device', async () => {
  const woken: number[] = [];
  const { transport } = start('thread', (end) => woken.push(writeSync(end, 'wake')));
  const [listener] = process.listeners('exit').slice(-1);
  listener?.call(process, 0);
  await transport.ended;
  expect(woken).toHaveLength(1);
});

test('thread: a device that cannot be read any more is its end', async () => {
  // What the kernel says of a mount that is gone; of a folder it says it too.
  const device = openSync(folder, constants.O_RDONLY);
  const { ended } = startTransport('thread', new OpenDevice(device), new Received(), () => undefined);
  await ended;
  expect(isOpen(folder)).toBe(false);
});

test('poll: a device that has ended is its end', async () => {
  const device = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const kernel = openSync(fifo, constants.O_WRONLY);
  const inbox = new Received();
  const { ended } = startTransport('poll', new OpenDevice(device), inbox, () => undefined);
  writeSync(kernel, 'last');
  closeSync(kernel);
  await ended;
  expect((await inbox.next()).toString()).toBe('last');
  expect(isOpen(fifo)).toBe(false);
});

test('poll: what is no open file is refused at once', () => {
  const nothing = (): void => undefined;
  expect(() => startTransport('poll', new OpenDevice(999_999), new Received(), nothing)).toThrow(
    /cannot be polled/,
  );
});

test('this Node can poll, and nothing of the trial is left', async () => {
  expect(await bestTransport(silentLogger)).toBe('poll');
  expect(isOpen('/dev/random')).toBe(false);
});

test('a process that is busy while it starts can poll all the same', async () => {
  const chosen = bestTransport(silentLogger);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
  expect(await chosen).toBe('poll');
  expect(isOpen('/dev/random')).toBe(false);
});

test('a Node without the part that is not public reads by a thread, and says so', async () => {
  const warned: string[] = [];
  const logger = { ...silentLogger, warn: (_: object, message: string) => void warned.push(message) };
  const binding = vi.spyOn(process as unknown as { binding(name: string): unknown }, 'binding');
  try {
    binding.mockImplementation(() => {
      throw new Error('access to this part of Node is denied');
    });
    expect(await bestTransport(logger)).toBe('thread');
  } finally {
    binding.mockRestore();
  }
  expect(warned).toEqual([expect.stringContaining('thread')]);
  expect(isOpen('/dev/random')).toBe(false);
});

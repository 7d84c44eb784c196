import { describe, expect, it, vi } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { mebibyte, read, startReading } from './reading.js';

const hosts = { 'real-debrid': 'rd-cdn', alldebrid: 'ad-cdn', torbox: 'tb-cdn' } as const;
const services = ['real-debrid', 'alldebrid', 'torbox'] as const satisfies readonly ServiceName[];

/** Every fault that can be told from the answer, and what a reader hears when it never ends. */
const faults: readonly [name: string, action: FaultAction, code: string][] = [
  ['answers 404', { kind: 'status', code: 404 }, 'content-gone'],
  ['answers 403', { kind: 'status', code: 403 }, 'account-blocked'],
  ['answers 429', { kind: 'status', code: 429, headers: { 'retry-after': '5' } }, 'rate-limited'],
  ['answers 451', { kind: 'status', code: 451 }, 'content-gone'],
  ['answers 500', { kind: 'status', code: 500 }, 'service-down'],
  ['answers 503 with a page', { kind: 'status', code: 503, body: '<html>down</html>' }, 'service-down'],
  [
    'answers 416 to too many requests',
    { kind: 'status', code: 416, body: 'too many chunks' },
    'rate-limited',
  ],
  ['answers with a web page', { kind: 'html200' }, 'bad-answer'],
  ['answers with nothing', { kind: 'emptyBody' }, 'service-down'],
  ['ignores the range', { kind: 'ignoreRange' }, 'wrong-bytes'],
  ['answers another range', { kind: 'shiftRange', delta: 7 }, 'wrong-bytes'],
  ['gives a byte at a time', { kind: 'shortenRange', bytes: 1 }, 'wrong-bytes'],
  ['tells another size', { kind: 'wrongTotal', delta: -1 }, 'wrong-bytes'],
  ['ends bodies early', { kind: 'truncateAfter', bytes: 1000 }, 'network'],
  ['resets connections', { kind: 'resetAfter', bytes: 1000 }, 'network'],
  ['refuses connections', { kind: 'refuse' }, 'network'],
  ['redirects in circles', { kind: 'redirectLoop' }, 'bad-answer'],
  ['redirects to nowhere', { kind: 'redirect', code: 302, to: 'gopher://x/' }, 'bad-answer'],
  ['takes requests and never answers', { kind: 'hang' }, 'timeout'],
  ['stops in the middle', { kind: 'stallAfter', bytes: 1000, ms: null }, 'timeout'],
];

const start = 5 * mebibyte + 33;
const length = 3 * mebibyte;

describe('a file host that always fails', () => {
  it.each(faults)('and %s costs an error within the patience', async (_name, action, code) => {
    const { open, emulator, reader } = await startReading({ speed: 100 });
    emulator.faults.add({ at: 'rd-cdn', action });
    const file = open(1);
    await expect(read(file, start, length)).rejects.toMatchObject({ code });
    expect(emulator.log.destructive()).toEqual([]);
    file.close();
    await vi.waitFor(() => expect(reader.stats()).toMatchObject({ openFiles: 0, cursors: 0, waiting: 0 }));
  });

  it('by giving a byte at a time is asked a few times, and then another account is', async () => {
    const { open, emulator, expected } = await startReading({
      services: ['real-debrid', 'alldebrid'],
      speed: 60,
    });
    const fault = emulator.faults.add({ at: 'rd-cdn', action: { kind: 'shortenRange', bytes: 1 } });
    const bytes = await read(open(1), start, length);
    expect(bytes.equals(expected(1, start, start + length))).toBe(true);
    expect(emulator.faults.fired(fault)).toBeLessThan(20);
  });

  it('by sending in drops costs an error, however long the drops go on', async () => {
    const { open, emulator } = await startReading({ speed: 60 });
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'throttle', bytesPerSecond: 20_000 } });
    await expect(read(open(1), start, length)).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe.each(services)('a file host of %s that fails once', (service) => {
  const at = hosts[service];
  // What never answers is told by a time-out of its own below.
  const passing = faults.filter(([, , code]) => code !== 'timeout');

  it.each(passing)('and %s still gives every byte', async (_name, action, code) => {
    const { open, emulator, expected, linkRequests } = await startReading({ services: [service], speed: 60 });
    const fault = emulator.faults.add({ at, times: 1, action });
    const file = open(1);
    const withheld = code === 'content-gone' && 'code' in action && action.code === 451;
    if (withheld) await expect(read(file, start, length)).rejects.toMatchObject({ code });
    else expect((await read(file, start, length)).equals(expected(1, start, start + length))).toBe(true);
    expect(emulator.faults.fired(fault)).toBe(1);
    expect(linkRequests()).toBeLessThanOrEqual(2);
  });
});

describe('a file host that breaks off all the time', () => {
  const breaks: FaultAction[] = [
    { kind: 'truncateAfter', bytes: 50_000 },
    { kind: 'resetAfter', bytes: 50_000 },
  ];

  it.each(breaks)('still gives every byte, each of them once: $kind', async (action) => {
    const { open, emulator, expected, received } = await startReading({ speed: 100 });
    emulator.faults.add({ at: 'rd-cdn', action });
    const bytes = 1_000_000;
    expect((await read(open(1), start, bytes)).equals(expected(1, start, start + bytes))).toBe(true);
    // Less than two blocks more than were asked for.
    expect(received.get('real-debrid')).toBeLessThan(bytes + 300_000);
  });
});

describe('a file host that falls silent', () => {
  const silent: FaultAction[] = [{ kind: 'hang' }, { kind: 'stallAfter', bytes: 1_000_000, ms: null }];

  it('is asked again, for what is missing', { timeout: 30_000 }, async () => {
    await Promise.all(
      silent.map(async (action) => {
        const { open, emulator, expected } = await startReading({ speed: 1 });
        emulator.faults.add({ at: 'rd-cdn', times: 1, action });
        expect((await read(open(1), start, length)).equals(expected(1, start, start + length))).toBe(true);
        const [, second] = emulator.log.find({ role: 'rd-cdn' });
        const from = Number(/bytes=(\d+)-/.exec(String(second?.headers.range))?.[1]);
        if (action.kind === 'stallAfter') expect(from).toBeGreaterThan(start);
      }),
    );
  });
});

it('a host that is down is not asked for every file anew, and is tried again later', async () => {
  const sizes = Array.from({ length: 10 }, () => 300_000);
  const { open, emulator, expected, clock } = await startReading({
    sizes,
    services: ['alldebrid', 'real-debrid'],
  });
  const down = emulator.faults.add({ at: 'ad-cdn', action: { kind: 'status', code: 502 } });
  const readFile = async (id: number): Promise<void> => {
    expect((await read(open(id), 0, 1000)).equals(expected(id, 0, 1000))).toBe(true);
  };
  for (let id = 1; id <= 9; id += 1) await readFile(id);
  expect(emulator.faults.fired(down)).toBe(4);
  emulator.faults.clear();
  // Ten seconds, and their jitter.
  await clock.sleep(12_500);
  await readFile(10);
  expect(emulator.log.find({ role: 'ad-cdn', status: 206 })).not.toEqual([]);
});

describe('an account on the internet whose links lead to this machine', () => {
  it('is an error that says so, and asks for two links and for nothing else', async () => {
    const { open, emulator, reader, linkRequests } = await startReading({
      publicServices: ['real-debrid'],
      speed: 100,
    });
    await expect(read(open(1), start, length)).rejects.toMatchObject({
      code: 'bad-answer',
      message: expect.stringMatching(/^127\.0\.0\.1, a file host of .*private network/) as string,
    });
    expect(emulator.log.find({ role: 'rd-cdn' })).toEqual([]);
    expect(linkRequests()).toBe(2);
    expect(reader.failures()[0]?.error.context).toMatchObject({ saw: 'out-of-reach' });
  });

  it('costs nothing where another account has the file', async () => {
    const { open, emulator, expected } = await startReading({
      services: ['real-debrid', 'alldebrid'],
      publicServices: ['real-debrid'],
    });
    expect((await read(open(1), start, length)).equals(expected(1, start, start + length))).toBe(true);
    expect(emulator.log.find({ role: 'rd-cdn' })).toEqual([]);
  });
});

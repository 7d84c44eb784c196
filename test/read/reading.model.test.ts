import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { OpenContent } from '../../src/core/reading.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { blockBytes } from '../../src/read/blocks.js';
import { openCache, temporaryFolder } from './disk/cache-folder.js';
import { mebibyte, read, startReading, type Reading } from './reading.js';

/** The model of a file is its bytes: a read gives exactly them, or an error. */
const size = 9 * mebibyte + 4321;
const services = ['real-debrid', 'alldebrid', 'torbox'] as const;
const cdns = ['rd-cdn', 'ad-cdn', 'tb-cdn'] as const;

interface Step {
  readonly reader: number;
  readonly offset: number;
  readonly length: number;
  /** The reader gives up after so long, in milliseconds. */
  readonly givesUpMs: number | null;
  /** The next step begins without waiting for this one. */
  readonly overlaps: boolean;
  readonly closes: boolean;
}

const step = fc.record<Step>({
  reader: fc.nat({ max: 5 }),
  offset: fc.oneof(
    fc.nat({ max: size + 10 }),
    fc.nat({ max: 40 }).map((block) => block * blockBytes),
    // Somebody who reads on, and comes back.
    fc.nat({ max: 2_000_000 }),
  ),
  length: fc.oneof(
    { weight: 4, arbitrary: fc.nat({ max: 5_000 }) },
    { weight: 2, arbitrary: fc.nat({ max: 150_000 }) },
    { weight: 1, arbitrary: fc.nat({ max: mebibyte }) },
  ),
  givesUpMs: fc.option(fc.nat({ max: 20 }), { freq: 8 }),
  overlaps: fc.boolean(),
  closes: fc.nat({ max: 15 }).map((n) => n === 0),
});

/** Every fault of the emulator that can be told from right bytes by what one source sends. */
const actions: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.constantFrom<FaultAction>(
    { kind: 'ignoreRange' },
    { kind: 'html200' },
    { kind: 'emptyBody' },
    { kind: 'refuse' },
    { kind: 'hang' },
    { kind: 'redirectLoop' },
    { kind: 'redirect', code: 302, to: 'http://127.0.0.1:1/' },
    { kind: 'closeAfterResponse' },
    { kind: 'malformedJson' },
    { kind: 'gzip' },
    { kind: 'throttle', bytesPerSecond: 3_000_000 },
  ),
  fc
    .constantFrom(400, 401, 403, 404, 416, 429, 451, 500, 502, 503)
    .map((code) => ({ kind: 'status' as const, code })),
  fc.nat({ max: 600_000 }).map((bytes) => ({ kind: 'truncateAfter' as const, bytes })),
  fc.nat({ max: 600_000 }).map((bytes) => ({ kind: 'resetAfter' as const, bytes })),
  fc
    .record({ bytes: fc.nat({ max: 600_000 }), ms: fc.constantFrom(5, 50, null) })
    .map((how) => ({ kind: 'stallAfter' as const, ...how })),
  fc.integer({ min: -900, max: 900 }).map((delta) => ({ kind: 'shiftRange' as const, delta })),
  fc.integer({ min: -900, max: 900 }).map((delta) => ({ kind: 'wrongTotal' as const, delta })),
  fc.nat({ max: 30 }).map((ms) => ({ kind: 'delayHeaders' as const, ms })),
);

const faults = fc.array(
  fc.record({
    at: fc.constantFrom(...cdns),
    from: fc.nat({ max: 30 }),
    times: fc.nat({ max: 4 }),
    action: actions,
  }),
  { minLength: 2, maxLength: 12 },
);

/** What the blocks have: 8 of them at the least, and on disk as many or none. */
const room = fc.record({
  memoryBytes: fc.constantFrom(mebibyte, 2 * mebibyte, 4 * mebibyte, 64 * mebibyte),
  slots: fc.constantFrom(0, 4, 20, 200),
});

type Opener = (reading: Reading, pinned: boolean) => OpenContent;
const opened: Opener = (reading, pinned) => reading.open(1, pinned ? 'alldebrid' : undefined);

let contentOfFile: Buffer | null = null;

/** Plays the steps; throws where a byte is wrong or something is left behind. @returns how many reads gave bytes. */
async function play(reading: Reading, script: readonly Step[], open: Opener = opened): Promise<number> {
  const { reader, emulator } = reading;
  const expected = (contentOfFile ??= reading.expected(1, 0, size));
  const files = new Map<number, OpenContent>();
  const running: Promise<void>[] = [];
  let given = 0;
  for (const { reader: name, offset, length, givesUpMs, overlaps, closes } of script) {
    const file = files.get(name) ?? open(reading, name === 5);
    files.set(name, file);
    const giveUp = new AbortController();
    const one = read(file, offset, length, giveUp.signal).then(
      (bytes) => {
        if (!bytes.equals(expected.subarray(Math.min(size, offset), Math.min(size, offset + length))))
          throw new Error(`Wrong bytes at ${offset}.`);
        given += 1;
      },
      (error: unknown) => {
        if (!(error instanceof AppError) || error.code === 'internal') throw error;
      },
    );
    one.catch(() => undefined);
    if (givesUpMs !== null) void delay(givesUpMs).then(() => giveUp.abort());
    if (closes) {
      file.close();
      files.delete(name);
    }
    running.push(one);
    if (!overlaps) await one;
  }
  await Promise.all(running);
  for (const file of files.values()) file.close();
  const nothing = { openFiles: 0, cursors: 0, waiting: 0, linkRequests: 0, slots: 0, lentBytes: 0 };
  await vi.waitFor(() => expect(reader.stats()).toMatchObject(nothing), { timeout: 5_000 });
  reader.close();
  const connections = (): number => cdns.reduce((sum, cdn) => sum + emulator.connections(cdn), 0);
  await vi.waitFor(() => expect(connections()).toBe(0), { timeout: 5_000 });
  return given;
}

const script = fc.array(step, { minLength: 180, maxLength: 260, size: 'max' });
const runs = 55;

describe('reads, in any order and overlapping, under faults', () => {
  it('give the bytes of the file or an error, and leave nothing behind', { timeout: 240_000 }, async () => {
    let given = 0;
    let played = 0;
    await fc.assert(
      fc.asyncProperty(script, faults, room, async (steps, rules, { memoryBytes, slots }) => {
        const memory = new BlockCache(memoryBytes, { scribbles: true });
        const disk = slots === 0 ? null : await openCache(await temporaryFolder(), { slots, memory });
        const options = { sizes: [size], services, memory, speed: 200, silenceMs: 60 };
        const reading = await startReading({ ...options, ...(disk === null ? {} : { disk }) });
        for (const { at, from, times, action } of rules)
          reading.emulator.faults.add({ at, nth: [from + 1, from + 1 + times], action });
        given += await play(reading, steps);
        played += steps.length;
        expect(reading.emulator.log.destructive()).toEqual([]);
        await reading.close();
        await disk?.close();
        await vi.waitFor(() => expect(memory.lentBytes).toBe(0));
      }),
      { numRuns: runs },
    );
    expect(played).toBeGreaterThanOrEqual(10_000);
    expect(given).toBeGreaterThan(played / 2);
  });

  /** Whether the model finds what is wrong with a reader. */
  async function finds(open: Opener, spoil: (reading: Reading) => void = () => undefined): Promise<unknown> {
    const property = fc.asyncProperty(script, async (steps) => {
      const reading = await startReading({ sizes: [size], memoryBytes: 2 * mebibyte, speed: 200 });
      spoil(reading);
      const pinned: Opener = (of) => open(of, false);
      await play(reading, steps, pinned).finally(() => reading.close());
    });
    const { failed, errorInstance } = await fc.check(property, { numRuns: 5, endOnFailure: true });
    expect(failed).toBe(true);
    return errorInstance;
  }

  it('that gave a single wrong byte would be found by this test', { timeout: 60_000 }, async () => {
    const error = await finds(opened, ({ emulator }) => {
      emulator.faults.add({ at: 'rd-cdn', action: { kind: 'corrupt', offset: 1_000_000 } });
    });
    expect(error).toMatchObject({ message: expect.stringMatching('Wrong bytes') as string });
  });

  it('whose memory was used again too early would be found by this test', { timeout: 60_000 }, async () => {
    const error = await finds((reading, pinned) => {
      const file = opened(reading, pinned);
      const late = async (request: Parameters<OpenContent['read']>[0]): Promise<readonly Uint8Array[]> => {
        const slices = await file.read(request);
        // Longer than slices are valid.
        await delay(5);
        return slices;
      };
      return { read: late, bufferedFrom: (at) => file.bufferedFrom(at), close: () => file.close() };
    });
    expect(error).toMatchObject({ message: expect.stringMatching('Wrong bytes') as string });
  });

  it('that left a stream behind would be found by this test', { timeout: 60_000 }, async () => {
    const error = await finds((reading, pinned) => {
      const file = opened(reading, pinned);
      const read: OpenContent['read'] = (request) => file.read(request);
      return { read, bufferedFrom: (at) => file.bufferedFrom(at), close: () => undefined };
    });
    expect(error).toBeInstanceOf(Error);
  });
});

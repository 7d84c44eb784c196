import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { mebibyte, read, startReading, type Reading } from './reading.js';

/** The model of a file is its bytes: a read gives exactly them, or an error. */
const size = 9 * mebibyte + 4321;
const services = ['real-debrid', 'alldebrid', 'torbox'] as const;
const hosts = ['rd-cdn', 'ad-cdn', 'tb-cdn'] as const;

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

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    reader: fc.nat({ max: 5 }),
    offset: fc.oneof(
      fc.nat({ max: size + 10 }),
      fc.nat({ max: 40 }).map((block) => block * 131_072),
    ),
    length: fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: mebibyte })),
    givesUpMs: fc.option(fc.nat({ max: 20 }), { freq: 5 }),
    overlaps: fc.boolean(),
    closes: fc.nat({ max: 9 }).map((n) => n === 0),
  }),
  { minLength: 1, maxLength: 25 },
);

const actions: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.constantFrom<FaultAction>(
    { kind: 'ignoreRange' },
    { kind: 'html200' },
    { kind: 'emptyBody' },
    { kind: 'refuse' },
    { kind: 'redirectLoop' },
    { kind: 'closeAfterResponse' },
  ),
  fc.constantFrom(403, 404, 429, 500, 503).map((code) => ({ kind: 'status' as const, code })),
  fc.nat({ max: 600_000 }).map((bytes) => ({ kind: 'truncateAfter' as const, bytes })),
  fc.nat({ max: 600_000 }).map((bytes) => ({ kind: 'resetAfter' as const, bytes })),
  fc.integer({ min: -900, max: 900 }).map((delta) => ({ kind: 'shiftRange' as const, delta })),
  fc.nat({ max: 30 }).map((ms) => ({ kind: 'delayHeaders' as const, ms })),
);

const faults = fc.array(
  fc.record({
    at: fc.constantFrom(...hosts),
    from: fc.nat({ max: 6 }),
    times: fc.nat({ max: 4 }),
    action: actions,
  }),
  { maxLength: 6 },
);

/** Plays the steps; throws where a byte is wrong or something is left behind. @returns how many reads gave bytes. */
async function play(reading: Reading, script: readonly Step[]): Promise<number> {
  const { open, expected, reader } = reading;
  const files = new Map<number, ReturnType<Reading['open']>>();
  const running: Promise<void>[] = [];
  let given = 0;
  for (const { reader: name, offset, length, givesUpMs, overlaps, closes } of script) {
    const file = files.get(name) ?? open(1, name === 5 ? 'alldebrid' : undefined);
    files.set(name, file);
    const giveUp = new AbortController();
    const step = read(file, offset, length, giveUp.signal).then(
      (bytes) => {
        if (!bytes.equals(expected(1, offset, offset + length))) throw new Error(`Wrong bytes at ${offset}.`);
        given += 1;
      },
      (error: unknown) => {
        if (!(error instanceof AppError) || error.code === 'internal') throw error;
      },
    );
    step.catch(() => undefined);
    if (givesUpMs !== null) void delay(givesUpMs).then(() => giveUp.abort());
    if (closes) {
      file.close();
      files.delete(name);
    }
    running.push(step);
    if (!overlaps) await step;
    const { cachedBytes } = reader.stats();
    if (cachedBytes > 2 * mebibyte) throw new Error(`${cachedBytes} bytes are kept.`);
  }
  await Promise.all(running);
  for (const file of files.values()) file.close();
  await vi.waitFor(() => {
    expect(reader.stats()).toMatchObject({
      openFiles: 0,
      cursors: 0,
      waiting: 0,
      linkRequests: 0,
      slots: 0,
      lentBytes: 0,
    });
  });
  return given;
}

describe('reads, in any order and overlapping, under faults', () => {
  it('give the bytes of the file or an error, and leave nothing behind', { timeout: 120_000 }, async () => {
    let given = 0;
    await fc.assert(
      fc.asyncProperty(steps, faults, async (script, rules) => {
        const reading = await startReading({
          sizes: [size],
          services,
          memoryBytes: 2 * mebibyte,
          speed: 200,
        });
        for (const { at, from, times, action } of rules) {
          reading.emulator.faults.add({ at, nth: [from + 1, from + 1 + times], action });
        }
        given += await play(reading, script);
        expect(reading.emulator.log.destructive()).toEqual([]);
        await reading.close();
      }),
      { numRuns: 60 },
    );
    expect(given).toBeGreaterThan(100);
  });

  it('that gave a single wrong byte would be found by this test', { timeout: 60_000 }, async () => {
    const property = fc.asyncProperty(steps, async (script) => {
      const reading = await startReading({ sizes: [size], memoryBytes: 2 * mebibyte, speed: 200 });
      reading.emulator.faults.add({ at: 'rd-cdn', action: { kind: 'corrupt', offset: 1_000_000 } });
      await play(reading, script).finally(() => reading.close());
    });
    const { failed, errorInstance } = await fc.check(property, { numRuns: 60, endOnFailure: true });
    expect(failed).toBe(true);
    expect(errorInstance).toMatchObject({ message: expect.stringMatching(/^Wrong bytes/) as unknown });
  });
});

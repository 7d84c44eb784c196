import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { Limiter, type Limits, type Purpose } from '../../src/core/limiter.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { never } from '../support/never.js';

interface Start {
  readonly purpose: Purpose;
  readonly number: number;
  readonly atMs: number;
}

/** A limiter on a fake clock that notes every start. */
class Bench {
  readonly clock = new FakeClock();
  readonly limiter: Limiter;
  readonly starts: Start[] = [];
  readonly failures: AppError[] = [];
  #number = 0;

  /** `agesMs`: how long before the start links were made. */
  constructor(limits: Limits, agesMs: readonly number[] = []) {
    const times = agesMs.map((ageMs) => this.clock.now() - ageMs);
    this.limiter = new Limiter(limits, this.clock, times);
  }

  ask(purpose: Purpose, signal: AbortSignal = never): void {
    const number = this.#number++;
    this.limiter.acquire(purpose, signal).then(
      () => this.starts.push({ purpose, number, atMs: this.clock.monotonic() }),
      (error: unknown) => this.failures.push(error as AppError),
    );
  }

  askTimes(times: number, purpose: Purpose): void {
    for (let turn = 0; turn < times; turn += 1) this.ask(purpose);
  }

  count(purpose: Purpose): number {
    return this.starts.filter((start) => start.purpose === purpose).length;
  }
}

/** The most starts within any half-open window of this length. */
function mostWithin(starts: readonly Start[], lengthMs: number): number {
  const times = starts.map(({ atMs }) => atMs).sort((a, b) => a - b);
  return times.reduce((most, from, index) => {
    const inWindow = times.slice(index).filter((atMs) => atMs < from + lengthMs).length;
    return Math.max(most, inWindow);
  }, 0);
}

const minute: Limits = { windows: [{ lengthMs: 60_000, maxStarts: 10, keptForLinks: 3 }], linkBucket: null };
const torBox: Limits = {
  windows: [{ lengthMs: 1_000, maxStarts: 4, keptForLinks: 1 }],
  linkBucket: { capacity: 40, refillMs: 5_100 },
};

describe('an account that may make ten requests a minute', () => {
  it('lets a link start at once although a scan has used all it may', async () => {
    const bench = new Bench(minute);
    bench.askTimes(50, 'details');
    await settle();
    expect(bench.count('details')).toBe(7);
    bench.ask('link');
    await settle();
    expect(bench.count('link')).toBe(1);
  });

  it('serves links first and everybody of a kind in order', async () => {
    const bench = new Bench(minute);
    bench.askTimes(10, 'link');
    await settle();
    bench.askTimes(2, 'details');
    bench.askTimes(2, 'list');
    bench.askTimes(2, 'link');
    await bench.clock.advance(60_000);
    expect(bench.starts.slice(10).map(({ number }) => number)).toEqual([14, 15, 12, 13, 10, 11]);
  });

  it('does not let endless links starve a listing', async () => {
    const bench = new Bench(minute);
    bench.askTimes(10, 'link');
    bench.ask('list');
    bench.ask('details');
    for (let round = 0; round < 10; round += 1) {
      bench.askTimes(10, 'link');
      await bench.clock.advance(60_000);
    }
    expect(bench.count('list')).toBe(1);
    expect(bench.count('details')).toBe(1);
  });

  it('gives the place of a reader who was killed to the next', async () => {
    const bench = new Bench(minute);
    bench.askTimes(10, 'link');
    await settle();
    const killed = new AbortController();
    for (let turn = 0; turn < 10; turn += 1) bench.ask('link', killed.signal);
    bench.ask('link');
    killed.abort();
    await bench.clock.advance(60_000);
    expect(bench.failures.map(({ code }) => code)).toEqual(Array(10).fill('aborted'));
    expect(bench.starts.at(-1)).toMatchObject({ number: 20, atMs: 60_000 });
  });

  it('waits out a short pause, and tells of a long one at once with the time that is left', async () => {
    const bench = new Bench(minute);
    bench.limiter.pause(5_000, new AppError('rate-limited', 'too many', { retry: 'wait' }));
    bench.ask('link');
    await bench.clock.advance(4_999);
    expect(bench.starts).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.count('link')).toBe(1);

    bench.askTimes(9, 'link');
    await settle();
    bench.ask('link');
    await settle();
    bench.limiter.pause(300_000, new AppError('rate-limited', 'too many', { retry: 'wait' }));
    await settle();
    await bench.clock.advance(100_000);
    bench.ask('list');
    await settle();
    expect(bench.failures.map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
      ['rate-limited', 300_000],
      ['rate-limited', 200_000],
    ]);
    bench.limiter.pause(1_000, new AppError('rate-limited', 'a shorter pause changes nothing'));
    await bench.clock.advance(5_000);
    bench.ask('list');
    await settle();
    expect(bench.failures.at(-1)?.retryAfterMs).toBe(195_000);
    await bench.clock.advance(195_000);
    bench.ask('list');
    await settle();
    expect(bench.count('list')).toBe(1);
  });

  it('ends every wait when it is closed', async () => {
    const bench = new Bench(minute);
    bench.askTimes(12, 'link');
    await settle();
    bench.limiter.close();
    bench.ask('list');
    await settle();
    expect(bench.failures.map(({ code }) => code)).toEqual(['aborted', 'aborted', 'aborted']);
  });

  it('tells how much of it is used', async () => {
    const bench = new Bench({ ...minute, linkBucket: { capacity: 5, refillMs: 1_000 } });
    bench.askTimes(2, 'link');
    bench.ask('list');
    await settle();
    expect(bench.limiter.budgets()).toEqual([
      { name: 'requests', used: 3, limit: 10, windowMs: 60_000 },
      { name: 'links', used: 2, limit: 5, windowMs: 5_000 },
    ]);
    await bench.clock.advance(60_000);
    expect(bench.limiter.budgets().map(({ used }) => used)).toEqual([0, 0]);
  });
});

describe('links of TorBox', () => {
  it('never start more than 98 times in five minutes, and a lone reader waits seconds, not minutes', async () => {
    const bench = new Bench(torBox);
    bench.askTimes(300, 'link');
    await bench.clock.advance(30 * 60_000);
    expect(bench.count('link')).toBe(300);
    expect(mostWithin(bench.starts, 300_001)).toBeLessThanOrEqual(98);
    const gaps = bench.starts.slice(1).map(({ atMs }, index) => atMs - (bench.starts[index]?.atMs ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_100);
  });

  it('never start more than 98 times in five minutes with a restart in between', async () => {
    const before = new Bench(torBox);
    before.askTimes(300, 'link');
    await before.clock.advance(120_000);
    const agesMs = before.starts.map(({ atMs }) => 125_000 - atMs).reverse();
    const after = new Bench(torBox, agesMs);
    after.askTimes(300, 'link');
    await after.clock.advance(10 * 60_000);
    const earlier = agesMs.map((ageMs) => ({ purpose: 'link', number: 0, atMs: -ageMs }) as const);
    const all = [...earlier, ...after.starts];
    expect(mostWithin(all, 300_001)).toBeLessThanOrEqual(98);
    expect(mostWithin(all, 300_001)).toBeGreaterThanOrEqual(97);
  });

  it('made long before the start, or in the future of a clock set back, hold no reader up', async () => {
    const agesMs = Array.from(
      { length: 1_000 },
      (_, index) => (index % 2 === 0 ? -1 : 1) * (300_000 + index),
    );
    const bench = new Bench(torBox, agesMs);
    expect(bench.limiter.budgets()).toEqual([{ name: 'links', used: 0, limit: 40, windowMs: 204_000 }]);
    bench.askTimes(40, 'link');
    await bench.clock.advance(10_000);
    expect(bench.count('link')).toBe(40);
  });

  it('made just before the start, however many, hold a reader up for seconds', async () => {
    const bench = new Bench(torBox, Array<number>(1_000).fill(0));
    bench.ask('link');
    await bench.clock.advance(5_100);
    expect(bench.count('link')).toBe(1);
  });
});

describe('any limits and any traffic', () => {
  const windows = fc.array(
    fc
      .record({
        lengthMs: fc.integer({ min: 1, max: 5_000 }),
        maxStarts: fc.integer({ min: 1, max: 12 }),
        kept: fc.integer({ min: 0, max: 11 }),
      })
      .map(({ lengthMs, maxStarts, kept }) => ({
        lengthMs,
        maxStarts,
        keptForLinks: Math.min(kept, maxStarts - 1),
      })),
    { minLength: 1, maxLength: 3 },
  );
  const bucket = fc.option(
    fc.record({ capacity: fc.integer({ min: 1, max: 6 }), refillMs: fc.integer({ min: 1, max: 700 }) }),
  );
  const traffic = fc.array(
    fc.record({
      purpose: fc.constantFrom<Purpose>('link', 'list', 'details'),
      gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 900 })),
      // Given up this long after it was asked for; null: never.
      patienceMs: fc.option(fc.integer({ min: 0, max: 2_000 }), { freq: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  );

  it('exceeds no window, keeps the share of links, starves nobody and answers each once', async () => {
    await fc.assert(
      fc.asyncProperty(windows, bucket, traffic, async (limits, linkBucket, requests) => {
        const bench = new Bench({ windows: limits, linkBucket });
        const givingUp: { atMs: number; abort: AbortController }[] = [];
        for (const { purpose, gapMs, patienceMs } of requests) {
          await bench.clock.advance(gapMs);
          const abort = new AbortController();
          bench.ask(purpose, abort.signal);
          if (patienceMs !== null) givingUp.push({ atMs: bench.clock.monotonic() + patienceMs, abort });
          for (const { atMs, abort: due } of givingUp) if (atMs <= bench.clock.monotonic()) due.abort();
        }
        // Long enough for all: one start of each purpose per longest window and bucket refill.
        await bench.clock.advance((requests.length + 1) * 6_000);
        const { starts, failures } = bench;
        expect(starts.length + failures.length).toBe(requests.length);
        expect(failures.every(({ code }) => code === 'aborted')).toBe(true);
        const others = starts.filter(({ purpose }) => purpose !== 'link');
        const links = starts.filter(({ purpose }) => purpose === 'link');
        for (const { lengthMs, maxStarts, keptForLinks } of limits) {
          expect(mostWithin(starts, lengthMs)).toBeLessThanOrEqual(maxStarts);
          expect(mostWithin(others, lengthMs)).toBeLessThanOrEqual(maxStarts - keptForLinks);
        }
        if (linkBucket !== null) {
          const { capacity, refillMs } = linkBucket;
          expect(mostWithin(links, 3 * refillMs)).toBeLessThanOrEqual(capacity + 3);
        }
        for (const purpose of ['link', 'list', 'details'] as const) {
          const order = starts.filter((start) => start.purpose === purpose).map(({ number }) => number);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
      }),
      { numRuns: 40 },
    );
  });
});

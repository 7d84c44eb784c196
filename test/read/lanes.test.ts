import { expect, it } from 'vitest';
import { Lanes } from '../../src/read/lanes.js';
import { FakeClock } from '../support/fake-clock.js';
import { mebibyte } from './reading.js';

interface Circumstances {
  /** What one connection brings, and all together, in bytes per second. */
  readonly perLane: number;
  readonly inAll?: number;
  /** What the reader takes at most, in bytes per second. */
  readonly reader?: number;
  readonly isStreaming?: boolean;
}

const tickMs = 10;

/** Reads for some seconds. @returns how many connections were used in each tick. */
async function readFor(
  lanes: Lanes,
  clock: FakeClock,
  seconds: number,
  how: Circumstances,
): Promise<number[]> {
  const { perLane, inAll = Infinity, reader = Infinity, isStreaming = true } = how;
  const used: number[] = [];
  for (let tick = 0; tick < (seconds * 1000) / tickMs; tick += 1) {
    const rate = Math.min(perLane * lanes.count, inAll, reader);
    lanes.waiting(reader > rate);
    await clock.advance(tickMs);
    lanes.delivered((rate * tickMs) / 1000, lanes.count, isStreaming);
    used.push(lanes.count);
  }
  return used;
}

function makeLanes(max = 4): { readonly lanes: Lanes; readonly clock: FakeClock } {
  const clock = new FakeClock();
  return { clock, lanes: new Lanes(clock, () => max) };
}

it('a host that is slow for each connection is read through as many as are allowed, within two seconds', async () => {
  const { lanes, clock } = makeLanes();
  await readFor(lanes, clock, 2, { perLane: 8 * mebibyte });
  expect(lanes.count).toBe(4);
});

it('a film that one connection is fast enough for is read through one', async () => {
  const { lanes, clock } = makeLanes();
  const used = await readFor(lanes, clock, 20, { perLane: 8 * mebibyte, reader: 7 * mebibyte });
  expect(Math.max(...used)).toBe(1);
});

it('a fast connection is enough also for who copies', async () => {
  const { lanes, clock } = makeLanes();
  const used = await readFor(lanes, clock, 20, { perLane: 100 * mebibyte });
  expect(Math.max(...used)).toBe(1);
});

it('where more connections bring no more, one is used again, and not tried again soon', async () => {
  const { lanes, clock } = makeLanes();
  const used = await readFor(lanes, clock, 60, { perLane: 8 * mebibyte, inAll: 9 * mebibyte });
  expect(Math.max(...used)).toBe(4);
  expect(used.filter((count) => count > 1).length * tickMs).toBeLessThan(1500);
  expect(lanes.count).toBe(1);
});

it('who has enough for some seconds goes back to one connection', async () => {
  const { lanes, clock } = makeLanes();
  await readFor(lanes, clock, 3, { perLane: 8 * mebibyte });
  expect(lanes.count).toBe(4);
  await readFor(lanes, clock, 6, { perLane: 8 * mebibyte, reader: 2 * mebibyte });
  expect(lanes.count).toBe(1);
});

it('a probe, and a service that allows one, get one connection', async () => {
  const probe = makeLanes();
  await readFor(probe.lanes, probe.clock, 5, { perLane: mebibyte, isStreaming: false });
  expect(probe.lanes.count).toBe(1);
  const strict = makeLanes(1);
  await readFor(strict.lanes, strict.clock, 5, { perLane: mebibyte });
  expect(strict.lanes.count).toBe(1);
});

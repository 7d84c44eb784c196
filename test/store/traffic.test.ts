import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openForReading, openForWriting } from '../../src/store/database.js';
import { StoredTraffic, TrafficRows, type TrafficDay, type TrafficWriter } from '../../src/store/traffic.js';
import { FakeClock } from '../support/fake-clock.js';
import { openLibrary, temporaryFolder } from '../support/library.js';

const day = 86_400_000;

/** A process that counts, with the library's writer. */
interface Counting {
  readonly traffic: StoredTraffic;
  /** What was written, one entry for each write. */
  readonly writes: (readonly TrafficDay[])[];
  readonly errors: unknown[];
  /** Ends without a last write. */
  crash(): void;
}

describe('traffic', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: FakeClock;
  let running: Counting | null;
  beforeEach(() => {
    folder = temporaryFolder();
    clock = new FakeClock(Date.UTC(2026, 10, 1, 12));
    running = null;
  });
  afterEach(() => {
    running?.crash();
    folder.remove();
  });

  const start = (refuse: () => boolean = () => false): Counting => {
    const library = openLibrary(folder.path, clock);
    const db = openForReading(folder.path);
    const writes: (readonly TrafficDay[])[] = [];
    const errors: unknown[] = [];
    const writer: TrafficWriter = {
      putTraffic: async (days) => {
        await Promise.resolve();
        if (refuse()) throw new Error('The disk is full.');
        writes.push(days);
        library.librarian.putTraffic(days);
      },
    };
    const traffic = new StoredTraffic(db, writer, clock, (error) => errors.push(error));
    running = {
      traffic,
      writes,
      errors,
      crash: () => {
        db.close();
        library.close();
        running = null;
      },
    };
    return running;
  };
  const rows = (): TrafficDay[] => {
    const db = openForReading(folder.path);
    const all = db.prepare<[], TrafficDay>('SELECT account, day, bytes FROM traffic ORDER BY 1, 2').all();
    db.close();
    return all;
  };

  it('is exact beyond 2^32, also after a restart', async () => {
    const first = start();
    first.traffic.add('rd', 2 ** 45);
    first.traffic.add('rd', 1);
    first.traffic.add('tb', 7);
    await first.traffic.close();
    first.crash();
    const { traffic } = start();
    expect(traffic.of('rd')).toEqual({ todayBytes: 2 ** 45 + 1, fifteenDaysBytes: 2 ** 45 + 1 });
    expect(traffic.of('tb')).toEqual({ todayBytes: 7, fifteenDaysBytes: 7 });
    expect(traffic.of('ad')).toEqual({ todayBytes: 0, fifteenDaysBytes: 0 });
  });

  it('is written at most every 10 s, and not at all while nothing comes', async () => {
    const { traffic, writes } = start();
    for (let second = 0; second < 35; second += 1) {
      traffic.add('rd', 10);
      await clock.advance(1000);
    }
    expect(writes).toHaveLength(3);
    await clock.advance(10_000);
    expect(writes.at(-1)).toMatchObject([{ account: 'rd', bytes: 350 }]);
    await clock.advance(day / 24);
    expect(writes).toHaveLength(4);
    expect(clock.sleeping).toBe(0);
  });

  it('loses the last seconds at most in a crash', async () => {
    const first = start();
    first.traffic.add('rd', 10);
    await clock.advance(10_000);
    first.traffic.add('rd', 5);
    first.crash();
    expect(start().traffic.of('rd').todayBytes).toBe(10);
  });

  it('begins anew with each UTC day, and counts 15 of them', async () => {
    const { traffic } = start();
    await clock.advance(day / 2 - 1);
    traffic.add('rd', 1);
    await clock.advance(1);
    expect(traffic.of('rd')).toEqual({ todayBytes: 0, fifteenDaysBytes: 1 });
    traffic.add('rd', 2);
    expect(traffic.of('rd')).toEqual({ todayBytes: 2, fifteenDaysBytes: 3 });
    await clock.advance(13 * day);
    expect(traffic.of('rd').fifteenDaysBytes).toBe(3);
    await clock.advance(day);
    expect(traffic.of('rd').fifteenDaysBytes).toBe(2);
    traffic.add('rd', 4);
    await traffic.close();
    expect(traffic.of('rd')).toEqual({ todayBytes: 4, fifteenDaysBytes: 6 });
    expect(rows().map(({ bytes }) => bytes)).toEqual([2, 4]);
  });

  it('of days that are over is removed at the start too', async () => {
    const first = start();
    first.traffic.add('rd', 1);
    await first.traffic.close();
    first.crash();
    await clock.advance(15 * day);
    start();
    expect(rows()).toEqual([]);
  });

  it('that cannot be written is written later', async () => {
    let isFull = true;
    const { traffic, errors } = start(() => isFull);
    traffic.add('rd', 1);
    await clock.advance(10_000);
    expect(errors).toHaveLength(1);
    isFull = false;
    await clock.advance(10_000);
    expect(rows()).toMatchObject([{ account: 'rd', bytes: 1 }]);
    isFull = true;
    traffic.add('rd', 1);
    await traffic.close();
    expect(errors).toHaveLength(2);
    await clock.advance(60_000);
    expect(errors).toHaveLength(2);
  });

  it('of a time that is still to come, by a clock that was wrong, is left out until it comes', () => {
    const db = openForWriting(folder.path);
    const today = Math.floor(clock.now() / day);
    new TrafficRows(db).put({ account: 'rd', day: today + 1, bytes: 5 });
    db.close();
    const { traffic } = start();
    traffic.add('rd', 1);
    expect(traffic.of('rd')).toEqual({ todayBytes: 1, fifteenDaysBytes: 1 });
  });
});

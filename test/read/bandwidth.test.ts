import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Purpose } from '../../src/core/reading.js';
import { Bandwidth } from '../../src/read/bandwidth.js';
import { blockBytes } from '../../src/read/blocks.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import { mebibyte, read, startReading } from './reading.js';

const kibibyte = 1024;
const piece = 64 * kibibyte;

describe('the bandwidth', () => {
  const bytesPerSecond = 640 * kibibyte;
  const burstBytes = bytesPerSecond / 10;
  let clock: FakeClock;
  let bandwidth: Bandwidth;
  let taken: { readonly name: string; readonly atMs: number; readonly bytes: number }[];
  beforeEach(() => {
    clock = new FakeClock();
    bandwidth = new Bandwidth(bytesPerSecond, clock);
    taken = [];
  });

  /** A stream that always wants the next piece, of the next of these sizes. */
  const drain = async (
    name: string,
    sizes: readonly number[],
    urgency: Purpose = 'play',
    signal: AbortSignal = never,
  ): Promise<void> => {
    const share = bandwidth.share({ urgency });
    for (let count = 0; ; count += 1) {
      const bytes = sizes[count % sizes.length] ?? 0;
      await share.draw(bytes, signal);
      taken.push({ name, atMs: clock.monotonic(), bytes });
    }
  };
  const bytesOf = (name: string): number =>
    taken.reduce((sum, one) => sum + (one.name === name ? one.bytes : 0), 0);
  /** Takes what is there. @returns how much that was. */
  const exhaust = (): number => {
    const share = bandwidth.share({ urgency: 'play' });
    for (let bytes = 0; ; bytes += kibibyte) {
      const waiting = share.draw(kibibyte, AbortSignal.abort());
      waiting?.catch(() => undefined);
      if (waiting !== null) return bytes;
    }
  };

  it('is kept to over any time, but for one burst', async () => {
    void drain('a', [piece, 1, 17_000, 300]);
    void drain('b', [1448]);
    void drain('c', [piece], 'scan');
    await clock.advance(5000);
    const total = taken.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(total).toBeGreaterThan(5 * bytesPerSecond * 0.98);
    for (const [from, { atMs: fromMs }] of taken.entries()) {
      let sum = 0;
      for (const { atMs, bytes } of taken.slice(from)) {
        sum += bytes;
        const allowed = ((atMs - fromMs) / 1000) * bytesPerSecond + Math.max(burstBytes, piece);
        if (sum > allowed) expect.fail(`${sum} bytes in ${atMs - fromMs} ms`);
      }
    }
  });

  it('lets through a burst of 100 ms after a silence, and no more', async () => {
    await clock.advance(60_000);
    expect(exhaust()).toBe(burstBytes);
  });

  it('lets a piece through that is larger than the burst, and then makes up for it', async () => {
    void drain('a', [10 * burstBytes]);
    await clock.advance(999);
    expect(taken).toHaveLength(1);
    await clock.advance(1);
    expect(taken).toHaveLength(2);
    await clock.advance(10_000);
    expect(taken).toHaveLength(12);
  });

  it('is shared evenly, however large the pieces are', async () => {
    void drain('large', [piece]);
    void drain('small', [1448]);
    await clock.advance(4000);
    expect(Math.abs(bytesOf('large') - bytesOf('small'))).toBeLessThanOrEqual(2 * piece);
  });

  it('goes to players before scanners before what is read ahead', async () => {
    exhaust();
    const served: string[] = [];
    for (const urgency of ['read-ahead', 'scan', 'play', 'play'] as const)
      void bandwidth
        .share({ urgency })
        .draw(piece, never)
        ?.then(() => served.push(urgency));
    await clock.advance(1000);
    expect(served).toEqual(['play', 'play', 'scan', 'read-ahead']);
  });

  it('leaves about a sixteenth for those who come last', async () => {
    void drain('player', [piece]);
    void drain('other player', [piece]);
    void drain('scanner', [piece], 'scan');
    void drain('read-ahead', [kibibyte], 'read-ahead');
    await clock.advance(20_000);
    const all = 20 * bytesPerSecond;
    for (const name of ['scanner', 'read-ahead']) {
      expect(bytesOf(name) / all, name).toBeGreaterThan(1 / 20);
      expect(bytesOf(name) / all, name).toBeLessThan(1 / 14);
    }
    expect(bytesOf('player')).toBeGreaterThan(0.4 * all);
  });

  it('goes first to a stream for which a player came meanwhile', async () => {
    exhaust();
    const served: string[] = [];
    const user = { urgency: 'read-ahead' as Purpose };
    void bandwidth
      .share({ urgency: 'scan' })
      .draw(piece, never)
      ?.then(() => served.push('scan'));
    void bandwidth
      .share(user)
      .draw(piece, never)
      ?.then(() => served.push('play'));
    user.urgency = 'play';
    await clock.advance(1000);
    expect(served).toEqual(['play', 'scan']);
  });

  it('is not waited for by who gave up, and goes to the others', async () => {
    const givenUp = new AbortController();
    exhaust();
    const share = bandwidth.share({ urgency: 'play' });
    const waiting = share.draw(piece, givenUp.signal);
    let isServed = false;
    void bandwidth
      .share({ urgency: 'scan' })
      .draw(piece, never)
      ?.then(() => (isServed = true));
    await settle();
    givenUp.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    await expect(share.draw(piece, givenUp.signal)).rejects.toMatchObject({ code: 'aborted' });
    await clock.advance(110);
    expect(isServed).toBe(true);
    expect(bandwidth.waiting).toBe(0);
    await clock.advance(1000);
    expect(clock.sleeping).toBe(0);
  });

  it('tells how long a stream waited', async () => {
    exhaust();
    const share = bandwidth.share({ urgency: 'play' });
    const waiting = share.draw(piece, never);
    await clock.advance(1000);
    await waiting;
    expect(share.waitedMs).toBe(100);
  });
});

describe('a limited reader', () => {
  it('gives right bytes at the rate of the limit', async () => {
    const limit = 8 * mebibyte;
    const length = 16 * mebibyte;
    const { open, expected, clock } = await startReading({ bytesPerSecond: limit, speed: 1 });
    const file = open(1);
    const sinceMs = clock.monotonic();
    for (let at = 0; at < length; at += mebibyte)
      expect((await read(file, at, mebibyte)).equals(expected(1, at, at + mebibyte)), `at ${at}`).toBe(true);
    const bytesPerMs = length / (clock.monotonic() - sinceMs);
    // A machine that is busy with other things makes it slower, never faster.
    expect(bytesPerMs / (limit / 1000)).toBeGreaterThan(0.6);
    expect(bytesPerMs / (limit / 1000)).toBeLessThan(1.1);
  });

  it('takes no slow block for a stall', async () => {
    const { open, expected, emulator, reader, clock } = await startReading({
      bytesPerSecond: 2048,
      speed: 100,
    });
    // So that pieces are smaller than a block: half of one waits for 32 s.
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'throttle', bytesPerSecond: 1_000_000 } });
    const sinceMs = clock.monotonic();
    const start = 5 * mebibyte;
    const bytes = await read(open(1), start, 2 * blockBytes);
    expect(bytes.equals(expected(1, start, start + 2 * blockBytes))).toBe(true);
    expect(clock.monotonic() - sinceMs).toBeGreaterThan(40_000);
    expect(emulator.log.count({ role: 'rd-cdn' })).toBe(1);
    expect(reader.failures()).toEqual([]);
  });

  it('lets go at once of who gives up, and of its connection', async () => {
    const { open, reader } = await startReading({ bytesPerSecond: 100, speed: 1 });
    const file = open(1);
    const givenUp = new AbortController();
    const reading = read(file, 5 * mebibyte, 2 * blockBytes, givenUp.signal);
    await vi.waitFor(() => expect(reader.stats().slots).toBe(1));
    await delay(200);
    const sinceMs = performance.now();
    givenUp.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    await vi.waitFor(() => expect(reader.stats()).toMatchObject({ slots: 0, cursors: 0 }), { interval: 5 });
    expect(performance.now() - sinceMs).toBeLessThan(200);
  });

  it('reads for a player before it reads ahead for another', async () => {
    const { open, received } = await startReading({
      services: ['real-debrid', 'torbox'],
      sizes: [40 * mebibyte, 40 * mebibyte],
      bytesPerSecond: 8 * mebibyte,
      speed: 1,
    });
    const [first, second] = [open(1, 'torbox'), open(2, 'real-debrid')];
    // So many in a row that it reads on for 8 MiB.
    for (let at = 0; at < 8 * mebibyte; at += mebibyte) await read(first, at, mebibyte);
    await read(second, 0, mebibyte);
    const before = received.get('torbox') ?? 0;
    await read(second, mebibyte, 4 * mebibyte);
    // As much again where each gets half.
    expect((received.get('torbox') ?? 0) - before).toBeLessThan(3 * mebibyte);
  });
});

it('what came is counted by account', async () => {
  const { open, received } = await startReading({ services: ['real-debrid', 'torbox'] });
  await read(open(1, 'torbox'), 0, mebibyte);
  expect(received.get('torbox')).toBeGreaterThanOrEqual(mebibyte);
  expect(received.get('real-debrid')).toBeUndefined();
});

import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import type { FaultAction } from '../../src/emulator/faults.js';
import { blockBytes } from '../../src/read/blocks.js';
import { never } from '../support/never.js';
import { linksInMemory, mebibyte, read, startReading } from './reading.js';

const gigabyte = 1_000_000_000;

/** A signal, and what fires it. */
function leaving(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe('bytes', () => {
  it('are right at every edge of a 60 GB file', async () => {
    const size = 60 * gigabyte + 12_345;
    const { open, expected, reader, linkRequests } = await startReading({ sizes: [size] });
    const file = open(1);
    const starts = [
      0,
      1,
      blockBytes - 1,
      blockBytes,
      2 ** 31 - 3,
      2 ** 32 - 70_000,
      2 ** 32,
      size - 300_000,
      size - 1,
    ];
    for (const start of starts) {
      const length = 200_000;
      expect(
        (await read(file, start, length)).equals(expected(1, start, start + length)),
        `at ${start}`,
      ).toBe(true);
    }
    expect(await read(file, size, 10)).toHaveLength(0);
    expect(await read(file, size + 2 ** 40, 10)).toHaveLength(0);
    expect(linkRequests()).toBe(1);
    file.close();
    await vi.waitFor(() => expect(reader.stats()).toMatchObject({ openFiles: 0, cursors: 0, waiting: 0 }));
  });

  it('come at once, without a promise, where they are cached', async () => {
    const { open, expected } = await startReading();
    const file = open(1);
    await read(file, 0, 100_000);
    const slices = file.read({ offset: 5, length: 1000, signal: new AbortController().signal });
    expect(Array.isArray(slices)).toBe(true);
    expect(Buffer.concat(slices as Uint8Array[]).equals(expected(1, 5, 1005))).toBe(true);
  });

  it('of fifty readers at once, scattered over one file, cost one link request', async () => {
    const { open, expected, linkRequests, emulator } = await startReading({ sizes: [8 * gigabyte] });
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const file = open(1);
        const start = index * 150_000_000 + index;
        expect((await read(file, start, 300_000)).equals(expected(1, start, start + 300_000))).toBe(true);
        file.close();
      }),
    );
    expect(linkRequests()).toBe(1);
    expect(emulator.log.destructive()).toEqual([]);
    expect(emulator.log.maxConcurrency({ role: 'rd-cdn' })).toBeLessThanOrEqual(16);
  });

  it('read in order come through few requests, the last of which goes on however far it is read', async () => {
    const { open, expected, emulator } = await startReading({ sizes: [60 * mebibyte], speed: 1 });
    const file = open(1);
    for (let at = 0; at < 60 * mebibyte; at += blockBytes) {
      expect((await read(file, at, blockBytes)).equals(expected(1, at, at + blockBytes)), `at ${at}`).toBe(
        true,
      );
    }
    expect(emulator.log.count({ role: 'rd-cdn' })).toBeLessThanOrEqual(18);
    expect(emulator.log.bytes({ role: 'rd-cdn' })).toBe(60 * mebibyte);
  });

  it("that are there behind a reader's place are told, as far as there is no gap", async () => {
    const size = 40 * mebibyte + 5;
    const { open } = await startReading({ sizes: [size] });
    const file = open(1);
    expect(file.bufferedFrom(0)).toBe(0);
    await read(file, 20 * mebibyte, 1);
    await read(file, 0, mebibyte);
    const buffered = file.bufferedFrom(7);
    expect(buffered).toBeGreaterThanOrEqual(mebibyte - 7);
    expect(buffered).toBeLessThan(20 * mebibyte);
    expect(file.bufferedFrom(size - 10)).toBeLessThanOrEqual(10);
    await read(file, size - 10, 10);
    expect(file.bufferedFrom(size - 10)).toBe(10);
    expect(file.bufferedFrom(size)).toBe(0);
    expect(file.bufferedFrom(size + mebibyte)).toBe(0);
  });

  it('of a paused film are not fetched beyond the read-ahead', async () => {
    const { open, emulator } = await startReading({ sizes: [gigabyte], memoryBytes: 16 * mebibyte });
    const file = open(1);
    for (let at = 0; at < 4 * mebibyte; at += blockBytes) await read(file, at, blockBytes);
    const sent = async (): Promise<number> => {
      const before = emulator.log.bytes({ role: 'rd-cdn' });
      await delay(100);
      const after = emulator.log.bytes({ role: 'rd-cdn' });
      return before === after ? after : sent();
    };
    // Beyond what was read: 2 MiB of read-ahead (an eighth of the memory), and what the kernel's sockets hold.
    expect(await sent()).toBeLessThan(4 * mebibyte + 2 * mebibyte + 12 * mebibyte);
  });
});

describe('memory', () => {
  it('stays below its cap with more readers than fit, but for what they wait with', async () => {
    const memoryBytes = 2 * mebibyte;
    const { open, expected, reader } = await startReading({
      sizes: [gigabyte, gigabyte, gigabyte],
      memoryBytes,
    });
    let peakBytes = 0;
    await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        const id = (index % 3) + 1;
        const file = open(id);
        for (let step = 0; step < 12; step += 1) {
          const start = index * 20_000_000 + step * 120_000;
          expect((await read(file, start, 120_000)).equals(expected(id, start, start + 120_000))).toBe(true);
          peakBytes = Math.max(peakBytes, reader.stats().cachedBytes);
        }
        file.close();
      }),
    );
    expect(peakBytes).toBeGreaterThan(memoryBytes / 2);
    // Each waits for at most two blocks, of which one may have come.
    expect(peakBytes).toBeLessThanOrEqual(memoryBytes + 24 * blockBytes);
    await vi.waitFor(() => expect(reader.stats().lentBytes).toBe(0));
  });

  it('of the smallest size that the configuration allows is enough to read with', async () => {
    const { open, expected } = await startReading({ memoryBytes: mebibyte, sizes: [5 * mebibyte] });
    const file = open(1);
    const whole = await read(file, 0, 5 * mebibyte);
    expect(whole.equals(expected(1, 0, 5 * mebibyte))).toBe(true);
  });
});

describe('a reader that gives up', () => {
  it('is let go at once, and its request ends', async () => {
    const { open, emulator, reader } = await startReading();
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'hang' } });
    const file = open(1);
    const killed = new AbortController();
    const reading = read(file, 5 * mebibyte, 1000, killed.signal);
    reading.catch(() => undefined);
    await vi.waitFor(() => expect(emulator.log.count({ role: 'rd-cdn' })).toBe(1));
    killed.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    await vi.waitFor(() => expect(reader.stats()).toMatchObject({ cursors: 0, waiting: 0, slots: 0 }));
    expect(reader.failures()).toEqual([]);
  });

  it('leaves the others their bytes', async () => {
    const { open, emulator, expected } = await startReading();
    emulator.faults.add({ at: 'rd-cdn', times: 1, action: { kind: 'delayHeaders', ms: 200 } });
    const killed = new AbortController();
    const first = read(open(1), 0, 1000, killed.signal);
    const second = read(open(1), 0, 1000);
    killed.abort();
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect((await second).equals(expected(1, 0, 1000))).toBe(true);
  });
});

describe('a reader that comes back', () => {
  it('to a film whose host failed meanwhile has all its patience before it', async () => {
    const { open, expected, emulator, clock } = await startReading({ patienceMs: 20_000 });
    const outage = emulator.faults.add({
      at: 'rd-cdn',
      nth: [2, 9999],
      action: { kind: 'status', code: 503 },
    });
    const file = open(1);
    const start = 5 * mebibyte;
    for (let index = 0; index < 8; index += 1) await read(file, start + index * blockBytes, blockBytes);
    await clock.sleep(12_000, never);
    const back = read(file, start + 8 * blockBytes, 1000);
    await clock.sleep(10_000, never);
    emulator.faults.remove(outage);
    expect((await back).equals(expected(1, start + 8 * blockBytes, start + 8 * blockBytes + 1000))).toBe(
      true,
    );
  });

  it('far ahead of a slow stream gets one of its own', async () => {
    const { open, expected, emulator } = await startReading({ speed: 1 });
    emulator.faults.add({
      at: 'rd-cdn',
      nth: [1, 1],
      action: { kind: 'throttle', bytesPerSecond: 2 * mebibyte },
    });
    const file = open(1);
    for (let index = 0; index < 6; index += 1) await read(file, index * blockBytes, blockBytes);
    const before = emulator.log.count({ role: 'rd-cdn' });
    const start = 60 * blockBytes;
    expect((await read(file, start, 1000)).equals(expected(1, start, start + 1000))).toBe(true);
    expect(emulator.log.count({ role: 'rd-cdn' })).toBe(before + 1);
  });
});

describe('a link', () => {
  it('that is known from before a restart is used without asking', async () => {
    const links = linksInMemory();
    const { open, linkRequests, reader, expected, emulator } = await startReading({ links });
    await read(open(1), 0, 10);
    reader.close();
    const [[key, link] = ['', { url: '', bornMs: 0 }]] = links.links;
    expect(link.url).toContain('127.0.0.1');
    const again = await startReading({
      links: { ...linksInMemory(), get: (asked) => (asked === key ? link : undefined) },
    });
    expect((await read(again.open(1), 10, 10)).equals(expected(1, 10, 20))).toBe(true);
    expect(linkRequests()).toBe(1);
    expect(again.linkRequests()).toBe(0);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('that expired is renewed once for all its readers, who go on at the same byte', async () => {
    const { open, expected, emulator, linkRequests } = await startReading({ sizes: [gigabyte] });
    const files = Array.from({ length: 8 }, () => open(1));
    await Promise.all(files.map((file, index) => read(file, index * 100_000_000, 1000)));
    emulator.world.expireDownloads('real-debrid');
    await Promise.all(
      files.map(async (file, index) => {
        const start = index * 100_000_000 + 40_000_000;
        expect((await read(file, start, 5000)).equals(expected(1, start, start + 5000))).toBe(true);
      }),
    );
    expect(linkRequests()).toBe(2);
  });

  it('that every answer calls dead is not asked for again and again', async () => {
    const { open, emulator, linkRequests } = await startReading();
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'status', code: 404 } });
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const file = open(1);
      await expect(read(file, 0, 10)).rejects.toMatchObject({ code: 'content-gone' });
      file.close();
    }
    expect(linkRequests()).toBe(2);
    // Its start and its end, with each of the two links.
    expect(emulator.log.count({ role: 'rd-cdn' })).toBeLessThanOrEqual(4);
  });

  it('whose first renewal fails is renewed again when the service is back, not half a minute later', async () => {
    const { open, expected, emulator } = await startReading({ patienceMs: 20_000 });
    const file = open(1);
    await read(file, 0, 10);
    emulator.world.expireDownloads('real-debrid');
    emulator.faults.add({
      at: 'rd-api',
      path: /unrestrict\/link/,
      times: 1,
      action: { kind: 'status', code: 503 },
    });
    const start = 30 * mebibyte;
    expect((await read(file, start, 1000)).equals(expected(1, start, start + 1000))).toBe(true);
  });
});

describe('an account', () => {
  it.each<[string, FaultAction]>([
    ['asks too often', { kind: 'status', code: 429 }],
    ['meets a reset of all its connections', { kind: 'resetAfter', bytes: 1_000 }],
  ])('that %s with many requests at once is not left alone for a minute', async (_what, action) => {
    const { open, expected, emulator } = await startReading({
      sizes: Array.from({ length: 8 }, () => mebibyte),
      patienceMs: 20_000,
    });
    emulator.faults.add({ at: 'rd-cdn', times: 16, action });
    const readers = Array.from({ length: 16 }, async (_, index) => {
      const [id, start] = [(index % 8) + 1, index < 8 ? 0 : mebibyte - 1_000];
      expect((await read(open(id), start, 1_000)).equals(expected(id, start, start + 1_000))).toBe(true);
    });
    await Promise.all(readers);
  });

  it('that hangs when it is asked for a link leaves time to ask another', async () => {
    const { open, expected, emulator } = await startReading({
      services: ['real-debrid', 'alldebrid'],
      patienceMs: 30_000,
    });
    emulator.faults.add({ at: 'rd-api', path: /unrestrict/, action: { kind: 'hang' } });
    expect((await read(open(1), 0, 1000)).equals(expected(1, 0, 1000))).toBe(true);
    // It is left alone for a while, so that the next file does not wait as long.
    expect(
      (await read(open(1), 20 * mebibyte, 1000)).equals(expected(1, 20 * mebibyte, 20 * mebibyte + 1000)),
    ).toBe(true);
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(1);
  });

  it('whose connections are all in use is passed over for one that has the file too', async () => {
    const { open, expected, emulator } = await startReading({
      services: ['real-debrid', 'alldebrid'],
      sizes: Array.from({ length: 13 }, () => mebibyte),
      patienceMs: 20_000,
    });
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'delayHeaders', ms: 60_000 } });
    const { signal, abort } = leaving();
    const busy = Array.from({ length: 12 }, (_, index) =>
      read(open(index + 1, 'real-debrid'), 0, 10, signal),
    );
    await vi.waitFor(() => expect(emulator.log.count({ role: 'rd-cdn' })).toBe(12));
    expect((await read(open(13), 0, 1000)).equals(expected(13, 0, 1000))).toBe(true);
    abort();
    for (const reading of busy) await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });

  const trio = ['real-debrid', 'alldebrid', 'torbox'] as const;

  it('whose file host is down is replaced by another that holds the file', async () => {
    const { open, expected, emulator } = await startReading({ services: trio });
    const file = open(1);
    const first = 5 * mebibyte;
    expect((await read(file, first, 1000)).equals(expected(1, first, first + 1000))).toBe(true);
    emulator.faults.add({
      at: 'rd-cdn',
      action: { kind: 'status', code: 403, headers: { 'x-error': 'bytes_limit_reached' } },
    });
    const start = 20 * mebibyte;
    expect((await read(file, start, 300_000)).equals(expected(1, start, start + 300_000))).toBe(true);
    expect(emulator.log.count({ role: 'rd-cdn', status: 403 })).toBe(1);
    expect(emulator.log.count({ role: 'ad-cdn' })).toBeGreaterThan(0);
    expect(emulator.log.count({ role: 'tb-cdn' })).toBe(0);
  });

  it('that breaks off in the middle of a block is replaced without a wrong byte', async () => {
    const { open, expected, emulator } = await startReading({ services: trio });
    emulator.faults.add({ at: 'rd-cdn', nth: [2, 99], action: { kind: 'status', code: 451 } });
    emulator.faults.add({
      at: 'rd-cdn',
      nth: [1, 1],
      action: { kind: 'resetAfter', bytes: 3 * blockBytes + 77 },
    });
    const file = open(1);
    const whole = await read(file, 0, 10 * mebibyte);
    expect(whole.equals(expected(1, 0, 10 * mebibyte))).toBe(true);
  });

  it('that holds other bytes under the same name is never mixed in', async () => {
    const { open, expected, emulator, reader } = await startReading({
      services: ['real-debrid', 'alldebrid'],
    });
    emulator.faults.add({ at: 'ad-cdn', action: { kind: 'corrupt', offset: 1000 } });
    const file = open(1);
    expect((await read(file, 0, 1000)).equals(expected(1, 0, 1000))).toBe(true);
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'status', code: 451 } });
    await expect(read(file, 20 * mebibyte, 1000)).rejects.toBeInstanceOf(AppError);
    file.close();
    // Nor after the file was closed, or through another view of it.
    for (const pinnedTo of ['alldebrid', undefined]) {
      await expect(read(open(1, pinnedTo), 30 * mebibyte, 1000)).rejects.toBeInstanceOf(AppError);
    }
    expect(reader.failures().map(({ error }) => error.code)).toContain('wrong-bytes');
  });

  it('is the only one asked where the file was opened below it', async () => {
    const { open, expected, emulator } = await startReading({ services: trio });
    expect((await read(open(1, 'torbox'), 0, 1000)).equals(expected(1, 0, 1000))).toBe(true);
    expect(emulator.log.count({ role: 'rd-cdn' }) + emulator.log.count({ role: 'ad-cdn' })).toBe(0);
  });

  it('that refuses every link is asked little, whatever a scanner opens', async () => {
    const sizes = Array.from({ length: 200 }, () => mebibyte);
    const { open, emulator, linkRequests } = await startReading({ sizes, patienceMs: 5_000 });
    emulator.faults.add({
      at: 'rd-api',
      path: /unrestrict/,
      action: { kind: 'status', code: 403, body: '{"error":"account_locked","error_code":14}' },
    });
    for (const [index] of sizes.entries()) {
      const file = open(index + 1);
      await expect(read(file, 0, 100)).rejects.toMatchObject({ code: 'account-blocked' });
      file.close();
    }
    expect(linkRequests()).toBeLessThanOrEqual(3);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('that no longer has the file ready says why', async () => {
    const { open, sources } = await startReading();
    const expired = (sources.get(1) ?? []).map((source) => ({
      ...source,
      ready: false,
      reason: 'It expired.',
    }));
    sources.set(1, expired);
    await expect(read(open(1), 0, 10)).rejects.toMatchObject({ code: 'no-source', message: 'It expired.' });
  });
});

describe('a failed read', () => {
  it('tells account and host, and no secret', async () => {
    const { open, emulator, reader } = await startReading({ services: ['torbox'] });
    emulator.faults.add({ at: 'tb-cdn', action: { kind: 'status', code: 451 } });
    await expect(read(open(1), 0, 10)).rejects.toThrow(/account "torbox"/);
    const [failure] = reader.failures();
    expect(failure?.content).toBe(1);
    const told = JSON.stringify([failure, failure?.error.message, failure?.error.context]);
    expect(told).not.toMatch(/token|\/dld\/|[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it('is forgotten by the file: the next read tries again once the pause is over', async () => {
    const { open, emulator, expected, clock } = await startReading({ patienceMs: 20_000, speed: 200 });
    const fault = emulator.faults.add({ at: 'rd-cdn', action: { kind: 'refuse' } });
    const file = open(1);
    // Which of its attempts is the last depends on how fast they follow each other.
    await expect(read(file, 0, 10)).rejects.toThrow();
    emulator.faults.remove(fault);
    await clock.sleep(60_000);
    expect((await read(file, 0, 10)).equals(expected(1, 0, 10))).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { ask, type Answer } from './http-client.js';
import { account, downloadUrl, started } from './started.js';

const services: readonly ServiceName[] = ['real-debrid', 'alldebrid', 'torbox'];
const size = 1000;
const film = singleFile('Film „Ü\u201d.2020.mkv', size);

/** What a Range header gets from a file of 1000 bytes: a half-open range, all of it, or nothing. */
const table: readonly (readonly [string | null, readonly [number, number] | 'all' | 'unsatisfiable'])[] = [
  [null, 'all'],
  ['bytes=0-0', [0, 1]],
  ['bytes=0-', [0, 1000]],
  ['bytes=10-19', [10, 20]],
  ['bytes=999-', [999, 1000]],
  ['bytes=990-5000', [990, 1000]],
  ['bytes=-1', [999, 1000]],
  ['bytes=-5000', [0, 1000]],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=5000-6000', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', 'all'],
  ['bytes=-', 'all'],
  ['bytes=a-b', 'all'],
  ['bytes=0-1,5-6', 'all'],
  ['items=0-1', 'all'],
];

describe.each(services)('the file host of %s', (service) => {
  it('answers every kind of Range header as told', async () => {
    const emulator = await started({
      world: { accounts: [account(service, [{ torrent: film }])] },
      knobs: { torBox: { settleMs: 0 }, rateLimits: false },
    });
    const url = await downloadUrl(emulator, service);
    for (const [range, expected] of table) {
      const headers = { 'If-Range': '"something"', ...(range === null ? {} : { Range: range }) };
      check(await ask(url, { headers }), expected);
    }
  });

  it('serves an empty file as 200, and no range of it', async () => {
    const empty = torrent('Empty.2020.mkv', [{ path: 'Empty.2020.mkv', size: 0 }]);
    const emulator = await started({
      world: { accounts: [account(service, [{ torrent: empty }])] },
      knobs: { torBox: { settleMs: 0 } },
    });
    const url = await downloadUrl(emulator, service);
    expect(await ask(url)).toMatchObject({ status: 200, complete: true, body: Buffer.alloc(0) });
    expect(await ask(url, { headers: { Range: 'bytes=0-0' } })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */0' },
    });
  });

  it('serves 60 GB without holding it, and stops at once when the client goes away', async () => {
    const huge = 60_000_000_000;
    const item = { torrent: singleFile('Huge.2020.mkv', huge) };
    const emulator = await started({
      world: { accounts: [account(service, [item])] },
      knobs: { torBox: { settleMs: 0 } },
    });
    const url = await downloadUrl(emulator, service);
    const across = await ask(url, { headers: { Range: `bytes=${2 ** 32 - 5}-${2 ** 32 + 4}` } });
    expect(across.body).toEqual(contentBytes(item.torrent.hash, 'Huge.2020.mkv', 2 ** 32 - 5, 2 ** 32 + 5));
    const end = await ask(url, { headers: { Range: 'bytes=-7' } });
    expect(end.headers['content-range']).toBe(`bytes ${huge - 7}-${huge - 1}/${huge}`);
    expect(end.body).toEqual(contentBytes(item.torrent.hash, 'Huge.2020.mkv', huge - 7, huge));

    const response = await fetch(url);
    await response.body?.cancel();
    await expect.poll(() => emulator.log.entries.at(-1)).toMatchObject({ status: 200, aborted: true });
    expect(emulator.log.entries.at(-1)?.bytesSent).toBeLessThan(100_000_000);
  });
});

it('tells HEAD as GET, except on AllDebrid, which tells no length', async () => {
  const emulator = await started({
    world: { accounts: services.map((service) => account(service, [{ torrent: film }])) },
    knobs: { torBox: { settleMs: 0 } },
  });
  for (const service of services) {
    const head = await ask(await downloadUrl(emulator, service), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body.length).toBe(0);
    const isTold = service !== 'alldebrid';
    expect(head.headers['content-length']).toBe(isTold ? '1000' : undefined);
    expect(head.headers['accept-ranges']).toBe(isTold ? 'bytes' : undefined);
  }
});

function check(answer: Answer, expected: readonly [number, number] | 'all' | 'unsatisfiable'): void {
  const { status, headers, body, complete } = answer;
  expect(complete).toBe(true);
  expect(headers['accept-ranges']).toBe('bytes');
  expect(headers['content-type']).toBe('video/x-matroska');
  expect(headers['content-disposition']).toBe(
    `attachment; filename="Film ___.2020.mkv"; filename*=UTF-8''${encodeURIComponent(film.name)}`,
  );
  expect(headers.etag).toBeUndefined();
  if (expected === 'unsatisfiable') {
    expect(status).toBe(416);
    expect(headers['content-range']).toBe('bytes */1000');
    expect(body.length).toBe(0);
    return;
  }
  const [start, end] = expected === 'all' ? [0, size] : expected;
  expect(status).toBe(expected === 'all' ? 200 : 206);
  expect(headers['content-range']).toBe(expected === 'all' ? undefined : `bytes ${start}-${end - 1}/1000`);
  expect(headers['content-length']).toBe(String(end - start));
  expect(body).toEqual(contentBytes(film.hash, film.name, start, end));
}

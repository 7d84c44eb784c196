import { describe, expect, it, vi } from 'vitest';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { maxPerAccount } from '../../src/read/stream-slots.js';
import { get, post } from '../emulator/http-client.js';
import { mebibyte, read, startReading } from '../read/reading.js';
import { never } from '../support/never.js';
import { listed, serviceAccount, sourceOf, withFiles } from '../support/service-account.js';

const show = torrent('Some.Show.S01', [
  { path: 'Some.Show.S01/Season 1/Some.Show.S01E02.mkv', size: 2_000_000_000 },
  { path: 'Some.Show.S01/Season 1/Some.Show.S01E01.mkv', size: 1_000_000_000 },
  { path: 'Some.Show.S01/Extras/Trailer.mp4', size: 77 },
]);
const film = singleFile('A.Film.2020.2160p.BluRay.x265-GRP.mkv', 60_000_000_000);

describe('contract 6', () => {
  it.each([
    {},
    { asMap: true },
    { listFiles: true },
    { emptyFolder: true },
    { duplicateSiblingNames: true },
    { sizeAsString: true, premiumUntilString: true },
  ])('contract 6: a library is understood in the form %j', async (allDebrid) => {
    const { provider, tick } = await serviceAccount('alldebrid', [{ torrent: show }, { torrent: film }], {
      allDebrid,
    });
    const { scope, items } = await listed(provider);
    expect([scope, items.map(({ torrent: hash }) => hash)]).toEqual(['complete', [film.hash, show.hash]]);
    const [filmDetails, showDetails] = await withFiles(provider, items);
    expect(filmDetails?.files?.map(({ size }) => size)).toEqual([film.files[0]?.size]);
    expect(showDetails?.files?.map(({ path }) => path).sort()).toEqual(
      show.files.map(({ path }) => path).sort(),
    );
    expect((await provider.state(never)).condition).toBe('ok');
    tick(60_000);
    expect(await listed(provider, 'torrents', 'cheap')).toMatchObject({ scope: 'changes', items: [] });
  });

  it('contract 6: a single magnet, an object, is understood; ids may be strings; one magnet that fails leaves the others', async () => {
    const { emulator, provider } = await serviceAccount('alldebrid', [{ torrent: show }, { torrent: film }]);
    const base = `${emulator.urls.allDebrid}/v4`;
    const one = (await get(`${base}/magnet/status?id=100001`, 'tok')).json();
    expect(one).toMatchObject({ data: { magnets: { id: 100_001, filename: show.name } } });
    const files = (await post(`${base}/magnet/files`, 'tok', { 'id[0]': '7', 'id[1]': '100001' })).json();
    expect(files).toMatchObject({
      data: { magnets: [{ id: '7', error: { code: 'MAGNET_INVALID_ID' } }, { id: '100001' }] },
    });
    const told = [];
    // Nothing was listed, so that each name is asked for with a status of its own.
    for await (const { id, name } of provider.details('torrents', ['100001', '7', '100002'], never))
      told.push([id, name]);
    expect(told).toEqual([
      ['100001', show.name],
      ['100002', film.name],
    ]);
  });
});

describe('contract 7', () => {
  it('contract 7: a file host that answers HEAD without a size is not asked with HEAD', async () => {
    const { emulator, open, expected } = await startReading({ services: ['alldebrid'] });
    const bytes = await read(open(1), 0, 2 * mebibyte);
    expect(bytes.equals(expected(1, 0, 2 * mebibyte))).toBe(true);
    const [asked] = emulator.log.find({ role: 'ad-cdn' });
    const head = await fetch(`${originOf(asked?.headers.host)}${asked?.path ?? ''}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([
      200,
      null,
      null,
    ]);
    expect(emulator.log.count({ role: 'ad-cdn', method: 'HEAD' })).toBe(1);
  });

  it('contract 7: forty readers have at most twelve requests open, of one file and of many', async () => {
    const sizes = Array.from({ length: 20 }, () => 40 * mebibyte);
    const { emulator, open, expected } = await startReading({
      sizes,
      services: ['alldebrid'],
      speed: 1,
      knobs: { rateLimits: false },
    });
    const readers = Array.from({ length: 40 }, async (_, index) => {
      const id = index < 20 ? 1 : index - 19;
      const start = (index % 20) * 2 * mebibyte;
      const bytes = await read(open(id), start, mebibyte);
      expect(bytes.equals(expected(id, start, start + mebibyte))).toBe(true);
    });
    await Promise.all(readers);
    expect(emulator.log.maxConcurrency({ role: 'ad-cdn' })).toBeLessThanOrEqual(maxPerAccount);
    expect(emulator.log.count({ role: 'ad-cdn', status: 429 })).toBe(0);
    expect(emulator.log.count({ role: 'ad-cdn', status: 416 })).toBe(0);
  });

  it('contract 7: after a 429 the host is left alone for a while, and no new link is asked for', async () => {
    const { emulator, open, expected, linkRequests, clock } = await startReading({
      services: ['alldebrid'],
      speed: 10,
    });
    const body = 'rate limiting, please retry';
    const limit = emulator.faults.add({
      at: 'ad-cdn',
      times: 2,
      action: { kind: 'status', code: 429, body, headers: { 'Content-Type': 'text/html' } },
    });
    const begunMs = clock.monotonic();
    const bytes = await read(open(1), 0, mebibyte);
    expect(bytes.equals(expected(1, 0, mebibyte))).toBe(true);
    expect(emulator.faults.fired(limit)).toBe(2);
    // Two seconds; the first and the last block are asked for at once.
    expect(clock.monotonic() - begunMs).toBeGreaterThan(1_900);
    expect(linkRequests()).toBe(1);
    await vi.waitFor(() => expect(emulator.log.count({ role: 'ad-cdn', status: 206 })).toBeGreaterThan(0));
    expect(emulator.log.count({ role: 'ad-cdn' })).toBeLessThanOrEqual(5);
  });

  it('contract 7: while a host answers 429, another account gives the bytes at once', async () => {
    const { emulator, open, expected } = await startReading({ services: ['alldebrid', 'torbox'], speed: 1 });
    const limit = emulator.faults.add({ at: 'ad-cdn', action: { kind: 'status', code: 429 } });
    const bytes = await read(open(1), 0, mebibyte);
    expect(bytes.equals(expected(1, 0, mebibyte))).toBe(true);
    expect(emulator.faults.fired(limit)).toBeLessThanOrEqual(2);
    expect(emulator.log.count({ path: /link\/unlock/ })).toBe(1);
  });
});

it('contract 8: a library whose links are denied to a data centre is listed, and NO_SERVER says that `proxy` helps', async () => {
  const { emulator, provider } = await serviceAccount('alldebrid', [{ torrent: film }], {
    allDebrid: { serverIp: true },
  });
  const [details] = await withFiles(provider, (await listed(provider)).items);
  const source = sourceOf(details?.id ?? '', details?.files?.[0]?.ref ?? '');
  await expect(provider.link(source, never)).rejects.toMatchObject({
    code: 'address-refused',
    message: expect.stringContaining('`proxy`') as string,
  });
  expect(emulator.log.count({ path: /link\/unlock/ })).toBe(1);
});

function originOf(host: string | undefined): string {
  return `http://${host ?? ''}`;
}

import { describe, expect, it, onTestFinished } from 'vitest';
import type { FaultAction } from '../../src/emulator/faults.js';
import { singleFile, torrent, type WorldItem } from '../../src/emulator/world.js';
import { get, post } from '../emulator/http-client.js';
import { apiOf, emulatedAccounts, intervalMs } from '../support/emulated-accounts.js';
import { never } from '../support/never.js';
import {
  bytes,
  expectReadable,
  listed,
  providerOf,
  serviceAccount,
  sourceOf,
  withFiles,
} from '../support/service-account.js';

const gigabyte = 1_000_000_000;

describe('contract 1', () => {
  const many = (count: number): WorldItem[] =>
    Array.from({ length: count }, (_, index) => ({
      torrent: singleFile(`Film.${index}.2020.1080p.mkv`, 1_000 + index),
    }));

  it('contract 1: 5,001 torrents page correctly, from the list alone; one inserted between pages is not lost', async () => {
    const { emulator, provider } = await serviceAccount('real-debrid', many(5_001));
    const listing = await listed(provider);
    expect([listing.scope, listing.items.length]).toEqual(['complete', 5_001]);
    expect(listing.items.every(({ files }) => files?.length === 1)).toBe(true);
    expect(emulator.log.count()).toBe(2);
    emulator.knobs.realDebrid.overlapShift = true;
    const shifted = await listed(provider);
    expect([shifted.scope, new Set(shifted.items.map(({ id }) => id)).size]).toEqual(['complete', 5_002]);
  });

  it('contract 1: the end is a 204, which is not asked for, and ends no list before', async () => {
    const { emulator, provider } = await serviceAccount('real-debrid', many(5_001));
    const beyond = `${emulator.urls.realDebrid}/rest/1.0/torrents?limit=5000&offset=5001`;
    expect(await get(beyond, 'tok')).toMatchObject({ status: 204, headers: { 'x-total-count': '5001' } });
    for (const value of ['5001', 'unknown']) {
      emulator.log.clear();
      emulator.faults.clear();
      emulator.faults.add({ at: 'rd-api', action: { kind: 'setHeader', name: 'X-Total-Count', value } });
      const { scope, items } = await listed(provider);
      expect([scope, new Set(items.map(({ id }) => id)).size]).toEqual(['complete', 5_001]);
      expect(emulator.log.find({}).map(({ status }) => status)).toEqual([200, 200]);
    }
    for (const headers of [{ 'X-Total-Count': '5001' }, {}] as const) {
      emulator.faults.clear();
      emulator.faults.add({ at: 'rd-api', path: /offset=/, action: { kind: 'status', code: 204, headers } });
      await expect(listed(provider)).rejects.toMatchObject({ code: 'bad-answer' });
    }
  });
});

it('contract 2: links of 16 characters unrestrict only when truncated', async () => {
  const show = torrent('Show.S01', [
    { path: 'Show.S01/Show.S01E01.mkv', size: 11 },
    { path: 'Show.S01/Show.S01E02.mkv', size: 12 },
    { path: 'Show.S01/Show.S01E03.mkv', size: 13 },
  ]);
  const account = await serviceAccount('real-debrid', [{ torrent: show }], {}, [
    { service: 'real-debrid', token: 'other', items: [] },
  ]);
  const { emulator, provider } = account;
  const base = `${emulator.urls.realDebrid}/rest/1.0`;
  const rows = (await get(`${base}/torrents`, 'tok')).json() as { links: string[] }[];
  const long = rows[0]?.links[2] ?? '';
  expect(long).toMatch(/\/d\/\w{16}$/);
  expect(await post(`${base}/unrestrict/link`, 'other', { link: long })).toMatchObject({ status: 503 });
  emulator.log.clear();

  const [details] = await withFiles(provider, (await listed(provider)).items);
  await expectReadable(account, 'torrents', details, show);
  const other = providerOf(emulator, 'real-debrid', 'other');
  onTestFinished(() => other.close());
  await other.link(sourceOf('any', long), never);
  const asked = emulator.log.find({ path: /unrestrict\/link/ });
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  for (const { body } of asked) expect(new URLSearchParams(body).get('link')).toMatch(/\/d\/\w{13}$/);
});

it('contract 3: a torrent packed as RAR is one packed file of the size of its archive, not its files', async () => {
  const mixed = torrent('Mixed.2019', [
    { path: 'Mixed.2019/Mixed.2019.mkv', size: 5 * gigabyte },
    { path: 'Mixed.2019/Mixed.2019.nfo', size: 4_321 },
  ]);
  const account = await serviceAccount('real-debrid', [{ torrent: mixed }]);
  const { provider } = account;
  const [details] = await withFiles(provider, (await listed(provider)).items);
  const [archive, ...others] = details?.files ?? [];
  expect(archive).toMatchObject({ path: 'Mixed.2019.rar', packed: true });
  expect(others).toEqual([]);
  const size = archive?.size ?? 0;
  expect(size).toBeGreaterThan(5 * gigabyte);
  const end = await bytes(account, 'torrents', details?.id ?? '', archive?.ref ?? '', size - 2, size);
  expect(end).toHaveLength(2);
});

it.each<[string, FaultAction]>([
  ['{}', { kind: 'status', code: 200, body: '{}', headers: { 'Content-Type': 'application/json' } }],
  ['an empty list', { kind: 'shortenList', share: 0 }],
  ['204', { kind: 'status', code: 204 }],
  ['204 and no torrents', { kind: 'status', code: 204, headers: { 'X-Total-Count': '0' } }],
])('contract 4: a listing that is %s once leaves the tree unchanged', async (_what, action) => {
  const accounts = await emulatedAccounts('rd', 10 * intervalMs);
  onTestFinished(() => accounts.stop());
  await accounts.engine.start();
  await accounts.engine.settled();
  const before = accounts.shown();
  const fault = accounts.emulator.faults.add({ at: apiOf.rd, path: /\/torrents\?/, times: 1, action });
  await accounts.interval('rd', 'ad', 'tb');
  expect(accounts.emulator.faults.fired(fault)).toBe(1);
  expect(accounts.shown()).toEqual(before);
  await accounts.interval('rd', 'ad', 'tb');
  expect(accounts.shown()).toEqual(before);
  expect(accounts.report('rd')).toMatchObject({ state: 'ok', held: null });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import type { StoragePortalKnobs } from '../../src/emulator/storage-portal/knobs.js';
import { hosterLink, singleFile, type World } from '../../src/emulator/world.js';
import { ask, get, sameBytes, type Answer } from './http-client.js';
import { account, started } from './started.js';

const key = `obb_${'a'.repeat(32)}`;
const otherKey = `obb_${'b'.repeat(32)}`;
const megabyte = 1_000_000;

const film = hosterLink('https://files.test/f/film', { path: 'A.Film.2020.mkv', size: 500 * megabyte });
const locked = hosterLink(
  'https://www.files.test/f/locked',
  { path: 'Locked.mkv', size: 5 },
  { password: 'pw' },
);
const more = Array.from({ length: 4 }, (_, index) =>
  hosterLink(`https://fs.test/${index}`, { path: `${index}.mkv`, size: 100 * megabyte }),
);

const world: World = {
  accounts: [account('storage-portal', [], key), account('storage-portal', [], otherKey)],
  hosters: [
    { domain: 'files.test', services: ['storage-portal', 'alldebrid'] },
    { domain: 'files.example', services: ['storage-portal'] },
    { domain: 'fs.test', services: ['storage-portal'] },
    { domain: 'elsewhere.test', services: ['alldebrid'] },
  ],
  links: [film, locked, ...more],
};

interface Told {
  readonly linkId: string;
  readonly download_ready: boolean;
  readonly remote_status: string;
  readonly link: string | null;
  readonly poll_after_seconds: number;
}

interface Portal {
  readonly emulator: Emulator;
  readonly api: string;
  readonly data: (path: string, token?: string) => Promise<unknown>;
  readonly unrestrict: (body: object, token?: string) => Promise<Answer>;
  readonly buy: (url: string) => Promise<Told>;
  readonly poll: (id: string) => Promise<Told>;
}

async function portal(knobs: Partial<StoragePortalKnobs> = {}): Promise<Portal> {
  const emulator = await started({ world, knobs: { storagePortal: knobs } });
  const api = `${emulator.urls.storagePortal}/api/external/v1`;
  const dataOf = (answer: Answer): unknown => (answer.json() as { data: unknown }).data;
  const data = async (path: string, token = key): Promise<unknown> =>
    dataOf(await get(`${api}${path}`, token));
  const unrestrict = (body: object, token = key): Promise<Answer> =>
    ask(`${api}/unrestrict`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const buy = async (url: string): Promise<Told> => dataOf(await unrestrict({ url })) as Told;
  const poll = async (id: string): Promise<Told> => (await data(`/link/${id}`)) as Told;
  return { emulator, api, data, unrestrict, buy, poll };
}

describe('the key', () => {
  it('comes as a bearer token or in a header of its own; any other is status 1', async () => {
    const { api } = await portal();
    expect(await get(`${api}/account`, key)).toMatchObject({ status: 200 });
    expect(await ask(`${api}/account`, { headers: { 'X-Api-Key': key } })).toMatchObject({ status: 200 });
    for (const wrong of ['obb_short', `obb_${'c'.repeat(32)}`, 'a'.repeat(36)]) {
      const refused = await get(`${api}/account`, wrong);
      expect(refused.status).toBe(401);
      expect(refused.json()).toMatchObject({ success: false, status: 1 });
    }
    expect(await ask(`${api}/account`)).toMatchObject({ status: 401 });
  });

  it('that was replaced is refused at once, and the new one has what was bought', async () => {
    const { emulator, buy, api, data } = await portal();
    const { linkId } = await buy(film.url);
    emulator.world.rotateKey(key, `obb_${'d'.repeat(32)}`);
    expect(await get(`${api}/link/${linkId}`, key)).toMatchObject({ status: 401 });
    expect(await data(`/link/${linkId}`, `obb_${'d'.repeat(32)}`)).toMatchObject({ linkId });
  });
});

it('an account tells its traffic, and one without is free', async () => {
  const { emulator, data } = await portal();
  expect(await data('/account')).toEqual({
    accountType: 'premium',
    trafficleft: 2 ** 40,
    trafficmax: 2 ** 40,
    trafficmax_daily: 200_000_000_000,
    timeleft: null,
    login_check_interval: 1_800_000,
  });
  emulator.knobs.storagePortal.trafficmaxQuirk = true;
  expect(await data('/account')).not.toHaveProperty('trafficmax_daily');
  emulator.world.setPremium(key, false);
  expect(await data('/account')).toMatchObject({ accountType: 'free', trafficleft: 0, trafficmax: 0 });
});

it('hosts are told one by one, or with the domains of one service together', async () => {
  const { emulator, data } = await portal({ brokenHosts: ['files.example'] });
  const rows = ((await data('/hosts')) as { supportedhosts: { host: string }[] }).supportedhosts;
  expect(rows.map(({ host }) => host)).toEqual(['files.test', 'files.example', 'fs.test']);
  expect(rows[0]).toMatchObject({ maxChunks: 16, maxDownloads: 3, currently_working: true });
  expect(await data('/hosts/grouped')).toMatchObject({
    updated_at: emulator.now(),
    supportedhosts: [
      {
        platform: 'Files',
        host: 'files.test',
        domains: ['files.example', 'files.test'],
        currently_working: false,
      },
      { platform: 'Fs', host: 'fs.test', domains: ['fs.test'], currently_working: true },
    ],
  });
  emulator.knobs.storagePortal.trafficmaxQuirk = true;
  expect(((await data('/hosts')) as { supportedhosts: object[] }).supportedhosts[0]).toMatchObject({
    trafficmax: 200_000_000_000,
    traffic24h_used: 0,
  });
});

describe('unrestricting', () => {
  it('charges once, and the file comes at 50 MB a second', async () => {
    const { emulator, data, unrestrict, buy, poll } = await portal();
    const left = async (): Promise<unknown> =>
      ((await data('/account')) as { trafficleft: number }).trafficleft;
    const first = (await unrestrict({ url: film.url })).json();
    expect(first).toMatchObject({
      success: true,
      data: {
        linkId: expect.stringMatching(/^[a-z0-9]{6}$/) as string,
        download_ready: false,
        remote_status: 'pending',
        link: null,
        filename: 'A.Film.2020.mkv',
        filesize: '500000000',
        hostDomain: 'files.test',
        maxchunks: 16,
        resumable: true,
        poll_after_seconds: 2,
        reusedExisting: false,
      },
    });
    const { linkId } = (first as { data: Told }).data;
    expect(await left()).toBe(2 ** 40 - 500 * megabyte);
    emulator.advance(5_000);
    expect(await poll(linkId)).toMatchObject({ remote_status: 'downloading', link: null });
    emulator.advance(5_000);
    expect(await poll(linkId)).toMatchObject({ remote_status: 'done', download_ready: true });
    expect(await buy(film.url)).toMatchObject({ linkId, reusedExisting: true, download_ready: true });
    expect(await left()).toBe(2 ** 40 - 500 * megabyte);
    expect(emulator.log.destructive()).toMatchObject([{ path: '/api/external/v1/unrestrict', account: key }]);
  });

  it('counts as paid for also where the answer is lost', async () => {
    const { emulator, unrestrict } = await portal();
    emulator.faults.add({ at: 'obb-api', action: { kind: 'resetAfter', bytes: 0 }, times: 1 });
    await unrestrict({ url: film.url }).catch(() => undefined);
    expect(emulator.log.destructive()).toHaveLength(1);
    expect((await unrestrict({ url: film.url })).json()).toMatchObject({ data: { reusedExisting: true } });
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it.each<[string, object, number, number]>([
    ['an unknown host', { url: 'https://elsewhere.test/f/1' }, 400, 101],
    ['a file that is not there', { url: 'https://files.test/f/none' }, 404, 104],
    ['a missing password', { url: locked.url }, 403, 109],
    ['a wrong password', { url: locked.url, password: 'no' }, 403, 110],
    ['no URL', { link: film.url }, 400, 900],
    ['a URL that is none', { url: 'film' }, 400, 900],
  ])('refuses %s, and charges nothing', async (_what, body, http, status) => {
    const { emulator, unrestrict } = await portal();
    const answer = await unrestrict(body);
    expect([answer.status, answer.json()]).toMatchObject([http, { success: false, status }]);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('takes a password, and a body only as JSON', async () => {
    const { api, unrestrict } = await portal();
    expect(await unrestrict({ url: locked.url, password: 'pw' })).toMatchObject({ status: 200 });
    const headers = { Authorization: `Bearer ${key}` };
    const plain = await ask(`${api}/unrestrict`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ url: film.url }),
    });
    expect(plain.json()).toMatchObject({ status: 900 });
  });

  it('refuses more than is left, more than a day may have, and a fourth at once', async () => {
    const { emulator, unrestrict, buy } = await portal({ trafficBytes: 450 * megabyte });
    expect((await unrestrict({ url: film.url })).json()).toMatchObject({ status: 52 });
    for (const { url } of more.slice(0, 3)) await buy(url);
    const fourth = { url: more[3]?.url ?? '' };
    expect((await unrestrict(fourth)).json()).toMatchObject({ status: 55, retry_in_seconds: 60 });
    emulator.advance(60_000);
    emulator.knobs.storagePortal.dailyBytes = 350 * megabyte;
    const daily = await unrestrict(fourth);
    expect([daily.status, daily.json()]).toMatchObject([429, { status: 54, retry_in_seconds: 86_340 }]);
    emulator.advance(24 * 3_600_000);
    expect(await unrestrict(fourth)).toMatchObject({ status: 200 });
  });

  it.each([
    [2, 403],
    [56, 429],
    [102, 403],
    [103, 400],
    [105, 503],
    [106, 502],
    [107, 429],
    [999, 500],
  ])('can be refused with status %s', async (status, http) => {
    const { unrestrict, emulator } = await portal({ refusal: status });
    const answer = await unrestrict({ url: film.url });
    expect([answer.status, answer.json()]).toMatchObject([http, { success: false, status }]);
    if (status === 107) expect(answer.json()).toMatchObject({ retry_in_seconds: 120 });
    expect(emulator.log.destructive()).toEqual([]);
  });
});

describe('a link', () => {
  it('that was paid for serves ranges of the right bytes until a day has passed', async () => {
    const { emulator, api, buy, poll } = await portal();
    const { linkId } = await buy(film.url);
    emulator.advance(10_000);
    const url = (await poll(linkId)).link ?? '';
    const other = await buy(more[0]?.url ?? '');
    expect(await ask(url.replace(linkId, other.linkId))).toMatchObject({ status: 404 });
    const hash = createHash('md5').update(film.url).digest('hex');
    const part = await ask(url, { headers: { Range: 'bytes=100-149' } });
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 100-149/500000000']);
    sameBytes(part.body, contentBytes(hash, 'A.Film.2020.mkv', 100, 150));
    expect(await ask(url, { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(await ask(url, { headers: { Range: 'bytes=500000000-' } })).toMatchObject({ status: 416 });
    emulator.advance(24 * 3_600_000);
    expect(await ask(url)).toMatchObject({ status: 404 });
    expect((await get(`${api}/link/${linkId}`, key)).json()).toMatchObject({ status: 104 });
    expect(await buy(film.url)).toMatchObject({ reusedExisting: false });
    expect(emulator.log.destructive()).toHaveLength(3);
  });

  it('is its owner’s alone', async () => {
    const { api, buy } = await portal();
    const { linkId } = await buy(film.url);
    for (const [id, token] of [
      [linkId, otherKey],
      ['abc123', key],
    ] as const) {
      const answer = await get(`${api}/link/${id}`, token);
      expect([answer.status, answer.json()]).toMatchObject([404, { success: false, status: 104 }]);
    }
  });

  it('whose file does not come ends in error', async () => {
    const { emulator, buy, poll } = await portal({ failedFetches: 1 });
    const { linkId } = await buy(film.url);
    emulator.advance(10_000);
    expect(await poll(linkId)).toMatchObject({
      remote_status: 'error',
      download_ready: false,
      link: null,
      poll_after_seconds: 60,
    });
    expect(await buy(film.url)).toMatchObject({ reusedExisting: false, remote_status: 'pending' });
  });

  it('ends when the portal takes it back', async () => {
    const { emulator, buy, poll } = await portal();
    const { linkId } = await buy(film.url);
    emulator.advance(10_000);
    const url = (await poll(linkId)).link ?? '';
    emulator.world.expireDownloads('storage-portal');
    expect(await ask(url)).toMatchObject({ status: 404 });
  });
});

it('holds no torrents', async () => {
  const { emulator } = await portal();
  expect(() => emulator.world.addItem(key, { torrent: singleFile('a.mkv', 1) })).toThrow('holds no torrents');
});

import { describe, expect, it } from 'vitest';
import type { Emulator, EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldItem } from '../../src/emulator/world.js';
import { ask, get, post } from './http-client.js';
import { account, downloadUrl, started } from './started.js';

const key = 'alldebrid';

const film = torrent('Film.2020', [
  { path: 'Film.2020/Subs/en.srt', size: 3 },
  { path: 'Film.2020/film.mkv', size: 1000 },
  { path: 'Film.2020/Subs/de.srt', size: 4 },
]);

type Call = (path: string, form?: Readonly<Record<string, string>>) => Promise<unknown>;

async function withItems(
  items: readonly WorldItem[],
  more: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; base: string; call: Call }> {
  const emulator = await started({ world: { accounts: [account('alldebrid', items)] }, ...more });
  const base = emulator.urls.allDebrid;
  return {
    emulator,
    base,
    call: async (path, form = {}) => (await post(`${base}${path}`, key, form)).json(),
  };
}

const linkPattern = expect.stringMatching(/^https:\/\/alldebrid\.com\/f\/[a-z0-9]{10}$/) as unknown;

describe('magnets', () => {
  it('the list is an array without files, or a map; one magnet is an object with files', async () => {
    const { emulator, call } = await withItems([
      { torrent: film },
      { torrent: singleFile('a.mkv', 1), state: 'working' },
    ]);
    const list = await call('/v4.1/magnet/status');
    expect(list).toMatchObject({
      status: 'success',
      data: {
        magnets: [
          { id: 100_002, statusCode: 1, downloaded: 0, seeders: 10, completionDate: 0 },
          { id: 100_001, statusCode: 4, filename: 'Film.2020', size: 1007, status: 'Ready' },
        ],
      },
    });
    expect(JSON.stringify(list)).not.toMatch(/files|alldebrid\.com/);
    const one = await call('/v4/magnet/status', { id: '100001' });
    expect(one).toMatchObject({ data: { magnets: { id: 100_001, files: [{ n: 'Film.2020' }] } } });
    expect(one).not.toMatchObject({ data: { magnets: { seeders: 10 } } });
    expect(await call('/v4.1/magnet/status', { id: '1' })).toMatchObject({
      error: { code: 'MAGNET_INVALID_ID' },
    });
    expect(await call('/v4.1/magnet/status', { status: 'active' })).toMatchObject({
      data: { magnets: [{ id: 100_002 }] },
    });
    emulator.knobs.allDebrid.asMap = true;
    expect(await call('/v4.1/magnet/status')).toMatchObject({
      data: { magnets: { '0': { id: 100_002 }, '1': { id: 100_001 } } },
    });
  });

  it('files are trees, ids are strings, and what is unknown is an error of its own', async () => {
    const { call, base } = await withItems([{ torrent: film }]);
    const expected = {
      status: 'success',
      data: {
        magnets: [
          {
            id: '100001',
            files: [
              {
                n: 'Film.2020',
                e: [
                  {
                    n: 'Subs',
                    e: [
                      { n: 'en.srt', s: 3, l: linkPattern },
                      { n: 'de.srt', s: 4, l: linkPattern },
                    ],
                  },
                  { n: 'film.mkv', s: 1000, l: linkPattern },
                ],
              },
            ],
          },
          { id: '7', error: { code: 'MAGNET_INVALID_ID', message: expect.any(String) as unknown } },
        ],
      },
    };
    expect(await call('/v4/magnet/files', { 'id[0]': '100001', 'id[1]': '7' })).toEqual(expected);
    const byQuery = await get(`${base}/v4.1/magnet/files?id[]=100001&id[]=7`, key);
    expect(byQuery.json()).toEqual(expected);
    const tooMany = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`id[${index}]`, '1']));
    expect(await call('/v4/magnet/files', tooMany)).toMatchObject({ error: { code: 'GENERIC' } });
  });

  it('trees may have empty folders, siblings of one name, and sizes as strings', async () => {
    const { call } = await withItems([{ torrent: film }], {
      knobs: { allDebrid: { emptyFolder: true, duplicateSiblingNames: true, sizeAsString: true } },
    });
    expect(await call('/v4/magnet/files', { 'id[]': '100001' })).toMatchObject({
      data: {
        magnets: [
          {
            files: [
              { n: 'Empty', e: [] },
              { n: 'Film.2020', e: [{ n: 'Subs', e: [{ n: 'en.srt', s: '3' }] }] },
              { n: 'Film.2020', e: [{ n: 'film.mkv' }] },
              { n: 'Film.2020', e: [{ n: 'Subs' }] },
            ],
          },
        ],
      },
    });
  });

  it('the live mode tells all, then what changed, a deletion by its id alone, and all again out of step', async () => {
    const { emulator, call } = await withItems([
      { torrent: film },
      { torrent: singleFile('a.mkv', 1), state: 'working' },
    ]);
    const ask = (counter: number): Promise<unknown> =>
      call('/v4.1/magnet/status', { session: '9', counter: String(counter) });
    expect(await ask(0)).toMatchObject({ data: { fullsync: true, counter: 1, magnets: [{}, {}] } });
    expect(await ask(1)).toEqual({ status: 'success', data: { counter: 2, magnets: [] } });
    emulator.world.setItemState(key, '100002', 'ready');
    const diff = await ask(2);
    expect(diff).toMatchObject({
      data: { counter: 3, magnets: [{ id: 100_002, statusCode: 4, status: 'Ready' }] },
    });
    expect(JSON.stringify(diff)).not.toContain('filename');
    emulator.world.removeItem(key, '100001');
    expect(await ask(3)).toEqual({ status: 'success', data: { counter: 4, magnets: [{ id: 100_001 }] } });
    expect(await ask(3)).toMatchObject({ data: { fullsync: true, counter: 1, magnets: [{ id: 100_002 }] } });
  });
});

describe('links', () => {
  it('each unlock makes another URL, which lives a day', async () => {
    const { emulator } = await withItems([{ torrent: film }]);
    const [first, second] = [
      await downloadUrl(emulator, 'alldebrid'),
      await downloadUrl(emulator, 'alldebrid'),
    ];
    expect(first).not.toBe(second);
    expect((await ask(first)).body.length).toBe(3);
    emulator.advance(86_400_000);
    expect(await ask(first)).toMatchObject({ status: 404 });
  });

  it('may be delayed', async () => {
    const { emulator, call } = await withItems([{ torrent: singleFile('a.mkv', 5) }], {
      knobs: { allDebrid: { delayedSeconds: 10 } },
    });
    const files = JSON.stringify(await call('/v4/magnet/files', { id: '100001' }));
    const link = /https:[^"]*/.exec(files)?.[0] ?? '';
    const unlocked = (await call('/v4/link/unlock', { link })) as { data: { delayed: number } };
    expect(unlocked.data).not.toHaveProperty('link');
    const id = String(unlocked.data.delayed);
    expect(await call('/v4/link/delayed', { id })).toMatchObject({ data: { status: 1, time_left: 10 } });
    emulator.advance(10_000);
    const ready = (await call('/v4/link/delayed', { id })) as { data: { status: number; link: string } };
    expect(ready.data.status).toBe(2);
    expect((await ask(ready.data.link)).body.length).toBe(5);
    expect(await call('/v4/link/delayed', { id: '1' })).toMatchObject({
      error: { code: 'DELAYED_INVALID_ID' },
    });
  });

  it('are refused in words under status 200', async () => {
    const { emulator, call } = await withItems([{ torrent: film }]);
    const files = JSON.stringify(await call('/v4/magnet/files', { id: '100001' }));
    const link = /https:[^"]*/.exec(files)?.[0] ?? '';
    const code = async (text = link): Promise<unknown> => {
      const answer = await post(`${emulator.urls.allDebrid}/v4/link/unlock`, key, { link: text });
      expect(answer.status).toBe(200);
      return (answer.json() as { error?: { code: string } }).error?.code;
    };
    expect(await code()).toBeUndefined();
    expect(await code('https://example.com/x')).toBe('LINK_HOST_NOT_SUPPORTED');
    expect(await code('https://alldebrid.com/f/none')).toBe('LINK_DOWN');
    expect(await code('')).toBe('LINK_IS_MISSING');
    emulator.knobs.allDebrid.serverIp = true;
    expect(await code()).toBe('NO_SERVER');
    expect(await call('/v4.1/magnet/status')).toMatchObject({ status: 'success' });
    emulator.knobs.allDebrid.serverIp = false;
    emulator.world.setPremium(key, false);
    expect(await code()).toBe('MUST_BE_PREMIUM');
    emulator.world.setPremium(key, true);
    emulator.world.evict(film.hash);
    expect(await code()).toBe('LINK_DOWN');
    expect(await call('/v4/link/infos', { 'link[0]': link, 'link[1]': 'x' })).toMatchObject({
      data: { infos: [{ error: { code: 'LINK_DOWN' } }, { error: { code: 'LINK_HOST_NOT_SUPPORTED' } }] },
    });
  });

  it('more than 16 requests for one URL at a time are too many chunks', async () => {
    const { emulator } = await withItems([{ torrent: singleFile('a.mkv', 1000) }], {
      knobs: { rateLimits: false },
    });
    const url = await downloadUrl(emulator, 'alldebrid');
    emulator.faults.add({ at: 'ad-cdn', action: { kind: 'stallAfter', bytes: 1, ms: null } });
    const given = Array.from({ length: 16 }, () => new AbortController());
    const many = given.map(({ signal }) => ask(url, { signal }));
    await expect.poll(() => emulator.log.maxConcurrency({ role: 'ad-cdn' })).toBe(16);
    emulator.faults.clear();
    const over = await ask(url);
    expect(over.status).toBe(416);
    expect(over.text()).toBe('too many chunks');
    for (const each of given) each.abort();
    await Promise.all(many);
    await expect.poll(async () => (await ask(url)).status).toBe(200);
  });
});

describe('keys', () => {
  it('are refused in words, or with 401 when told to', async () => {
    const { emulator, base } = await withItems([]);
    const code = async (token: string | null): Promise<unknown> => {
      const answer = token === null ? await ask(`${base}/v4/user`) : await get(`${base}/v4/user`, token);
      return [answer.status, (answer.json() as { error?: { code: string } }).error?.code];
    };
    expect(await code(null)).toEqual([200, 'AUTH_MISSING_APIKEY']);
    expect(await code('nobody')).toEqual([200, 'AUTH_BAD_APIKEY']);
    emulator.knobs.allDebrid.authHttp401 = true;
    expect(await code('nobody')).toEqual([401, 'AUTH_BAD_APIKEY']);
    emulator.allDebrid.accounts.get(key).banned = true;
    expect(await code(key)).toEqual([401, 'AUTH_USER_BANNED']);
    expect((await get(`${base}/v4/user`, 'staticDemoApikeyPrem')).json()).toMatchObject({ demo: true });
    expect(await get(`${base}/v4/nothing`, key)).toMatchObject({ status: 404 });
  });

  it('thirteen requests in a second are one too many', async () => {
    const { emulator, base } = await withItems([]);
    const answers = await Promise.all(Array.from({ length: 13 }, () => get(`${base}/v4/user`, key)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(1);
    expect(refused[0]?.text()).toBe('Too many requests');
    emulator.advance(1000);
    expect(await get(`${base}/v4/user`, key)).toMatchObject({ status: 200 });
  });

  it('contract 12: a PIN is approved and gives the key', async () => {
    const { emulator, call } = await withItems([]);
    const { data } = (await call('/v4.1/pin/get')) as { data: { pin: string; check: string } };
    const form = { pin: data.pin, check: data.check };
    expect(await call('/v4/pin/check', form)).toMatchObject({ data: { activated: false, expires_in: 600 } });
    expect(emulator.allDebrid.pins.approve(data.pin, key)).toBe(true);
    expect(await call('/v4/pin/check', form)).toMatchObject({ data: { activated: true, apikey: key } });
    emulator.advance(600_000);
    expect(await call('/v4/pin/check', form)).toMatchObject({ error: { code: 'PIN_EXPIRED' } });
    expect(await call('/v4/pin/check', { pin: 'x' })).toMatchObject({ error: { code: 'PIN_INVALID' } });
  });
});

it('uploads, restarts and deletions change the account, and are told apart from reading', async () => {
  const slow = { ...singleFile('slow.mkv', 4000), cachedOn: [] };
  const emulator = await started({
    world: { accounts: [account('alldebrid', [])], torrents: [film, slow] },
  });
  const call = async (path: string, form: Readonly<Record<string, string>>): Promise<unknown> =>
    (await post(`${emulator.urls.allDebrid}/v4${path}`, key, form)).json();
  const form = { 'magnets[0]': film.hash, 'magnets[1]': 'nonsense', 'magnets[2]': slow.hash };
  const expected = {
    data: {
      magnets: [
        { id: 100_001, hash: film.hash, ready: true },
        { error: { code: 'MAGNET_INVALID_URI' } },
        { id: 100_002, ready: false },
      ],
    },
  };
  expect(await call('/magnet/upload', form)).toMatchObject(expected);
  expect(await call('/magnet/upload', form)).toMatchObject(expected);
  emulator.advance(20_000);
  const status = (): Promise<unknown> => call('/magnet/status', { id: '100002' });
  expect(await status()).toMatchObject({ data: { magnets: { statusCode: 2 } } });
  expect(await call('/magnet/restart', { id: '100002' })).toMatchObject({
    error: { code: 'MAGNET_PROCESSING' },
  });
  emulator.advance(20_000);
  expect(await status()).toMatchObject({ data: { magnets: { statusCode: 4 } } });
  expect(await call('/magnet/delete', { id: '100002' })).toMatchObject({ status: 'success' });
  expect(await status()).toMatchObject({ error: { code: 'MAGNET_INVALID_ID' } });
  expect(emulator.log.destructive().map(({ path }) => path)).toEqual([
    '/v4/magnet/upload',
    '/v4/magnet/upload',
    '/v4/magnet/restart',
    '/v4/magnet/delete',
  ]);
});

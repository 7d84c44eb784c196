import { describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import type { Emulator, EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldItem } from '../../src/emulator/world.js';
import { ask, get, post, sameBytes, type Answer } from './http-client.js';
import { account, started } from './started.js';

const key = 'torbox';

const show = torrent(
  'Show.S01',
  Array.from({ length: 8 }, (_, index) => ({ path: `Show.S01/e${index}.mkv`, size: 1000 + index })),
);

interface Row {
  readonly id: number;
  readonly name: string;
  readonly files: readonly { readonly id: number; readonly name: string; readonly size: number }[] | null;
}

interface Told {
  readonly success: boolean;
  readonly error: string | null;
  readonly detail: string;
  readonly data: Row[];
}

async function withItems(
  items: readonly WorldItem[],
  more: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; api: string; list: (query?: string, list?: string) => Promise<Row[]> }> {
  const emulator = await started({ world: { accounts: [account('torbox', items)] }, ...more });
  const api = `${emulator.urls.torBox}/v1/api`;
  const list = async (query = '', name = 'torrents'): Promise<Row[]> =>
    ((await get(`${api}/${name}/mylist?${query}`, key)).json() as Told).data;
  return { emulator, api, list };
}

function films(count: number): WorldItem[] {
  return Array.from({ length: count }, (_, index) => ({
    torrent: singleFile(`Film.${index}.mkv`, 10 + index),
  }));
}

describe('the lists', () => {
  it('number their entries for themselves, so that ids are the same in several', async () => {
    const { list } = await withItems([
      { torrent: singleFile('a.mkv', 1) },
      { torrent: singleFile('b.mkv', 2), list: 'usenet' },
      { torrent: singleFile('c.mkv', 3), list: 'webdl' },
    ]);
    for (const [name, file] of [
      ['torrents', 'a.mkv'],
      ['usenet', 'b.mkv'],
      ['webdl', 'c.mkv'],
    ] as const) {
      expect(await list('', name)).toMatchObject([{ id: 5_000_001, name: file }]);
    }
  });

  it('an asked-for limit gives one more; newest first; the end is empty', async () => {
    const { list, emulator } = await withItems(films(25));
    const ids = (rows: readonly Row[]): number[] => rows.map(({ id }) => id - 5_000_000);
    expect(ids(await list('limit=10'))).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15]);
    expect(ids(await list('limit=10&offset=20'))).toEqual([5, 4, 3, 2, 1]);
    expect(await list()).toHaveLength(25);
    expect(await list('limit=10&offset=25')).toEqual([]);
    emulator.knobs.torBox.emptyList = 'null';
    expect(await list('offset=25')).toBeNull();
  });

  it('are up to ten minutes old unless the cache is bypassed, also after a write of one’s own', async () => {
    const { emulator, list, api } = await withItems(films(1));
    expect(await list()).toHaveLength(1);
    emulator.world.addItem(key, { torrent: singleFile('late.mkv', 1) });
    const body = JSON.stringify({ torrent_id: 5_000_001, operation: 'delete' });
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    await ask(`${api}/torrents/controltorrent`, { method: 'POST', headers, body });
    expect(await list()).toMatchObject([{ id: 5_000_001 }]);
    expect(await list('bypass_cache=true')).toMatchObject([{ id: 5_000_002 }]);
    expect(await list()).toMatchObject([{ id: 5_000_002 }]);
    emulator.world.removeItem(key, '5000002');
    expect(await list()).toHaveLength(1);
    emulator.advance(600_000);
    expect(await list()).toEqual([]);
  });

  it('file ids begin at 0 and do not follow the order of paths', async () => {
    const { list } = await withItems([{ torrent: show }]);
    const files = (await list())[0]?.files ?? [];
    expect(files.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const names = files.map(({ name }) => name);
    expect(names).not.toEqual([...names].sort());
    expect([...names].sort()).toEqual(show.files.map(({ path }) => path));
  });

  it('an entry that expires stays, without its files being present; an unknown one is 404', async () => {
    const { emulator, list, api } = await withItems([{ torrent: show }]);
    emulator.advance(30 * 86_400_000);
    expect(await list('bypass_cache=true')).toMatchObject([
      { download_state: 'expired', download_present: false, download_finished: true, cached: false },
    ]);
    const link = await ask(`${api}/torrents/requestdl?token=${key}&torrent_id=5000001&file_id=0`);
    expect(link).toMatchObject({ status: 400 });
    expect((await get(`${api}/torrents/mylist?id=5000001`, key)).json()).toMatchObject({
      data: { id: 5_000_001 },
    });
    expect((await get(`${api}/torrents/mylist?id=1`, key)).json()).toMatchObject({ error: 'ITEM_NOT_FOUND' });
  });
});

describe('links', () => {
  const query = 'torrent_id=5000001&file_id=';

  it('are asked for with the key in the query; a header is not enough', async () => {
    const { api } = await withItems([{ torrent: show }]);
    const path = `${api}/torrents/requestdl?${query}0`;
    expect((await get(path, key)).json()).toMatchObject({ success: false, error: 'NO_AUTH' });
    expect((await get(`${path}&token=wrong`, key)).json()).toMatchObject({ error: 'BAD_TOKEN' });
    expect(await get(`${path}&token=wrong`, key)).toMatchObject({ status: 403 });
    expect(await ask(`${path}&token=${key}`)).toMatchObject({ status: 200 });
    const redirect = await ask(`${path}&token=${key}&redirect=true`);
    expect(redirect.headers.location).toMatch(/\/dld\/[0-9a-f-]{36}\?token=[0-9a-f-]{36}$/);
  });

  it('file 0 is a file; without a file, or with an unknown one, there is no link', async () => {
    const { api, list } = await withItems([{ torrent: show }], { knobs: { torBox: { settleMs: 0 } } });
    const base = `${api}/torrents/requestdl?token=${key}&torrent_id=5000001`;
    const { data: url } = (await ask(`${base}&file_id=0`)).json() as { data: string };
    const file = (await list())[0]?.files?.find(({ id }) => id === 0);
    sameBytes((await ask(url)).body, contentBytes(show.hash, file?.name ?? '', 0, file?.size ?? 0));
    expect((await ask(base)).json()).toMatchObject({ error: 'MISSING_REQUIRED_OPTION' });
    expect((await ask(`${base}&file_id=8`)).json()).toMatchObject({ error: 'ITEM_NOT_FOUND' });
    expect((await ask(`${base}&file_id=`)).json()).toMatchObject({ error: 'ITEM_NOT_FOUND' });
  });

  it('are not good in their first second, nor after three hours', async () => {
    const { api, emulator } = await withItems([{ torrent: show }]);
    const { data: url } = (await ask(`${api}/torrents/requestdl?token=${key}&${query}0`)).json() as {
      data: string;
    };
    const early = await ask(url);
    expect(early.status).toBe(400);
    expect(early.text()).toContain('Invalid Presigned Token');
    emulator.advance(1000);
    expect(await ask(url)).toMatchObject({ status: 200 });
    expect(await ask(url.replace(/token=.*/, 'token=x'))).toMatchObject({ status: 400 });
    emulator.advance(3 * 3_600_000);
    expect(await ask(url)).toMatchObject({ status: 400 });
  });

  it('can fail for the service’s own reasons', async () => {
    const { api } = await withItems([{ torrent: show }], {
      knobs: { torBox: { databaseErrors: 1, cloudflarePages: 1, badGateways: 1, settleMs: 0 } },
    });
    const path = `${api}/torrents/requestdl?token=${key}&${query}0`;
    const failed = await ask(path);
    expect(failed.status).toBe(500);
    expect(failed.json()).toMatchObject({ error: 'DATABASE_ERROR' });
    const { data: url } = (await ask(path)).json() as { data: string };
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await ask(url)).status);
    expect(statuses).toEqual([403, 502, 200]);
  });
});

it('the 301st request of a minute to one endpoint is refused, and others are not', async () => {
  const { api } = await withItems([]);
  const statuses = [];
  for (let count = 0; count < 302; count += 1) statuses.push((await get(`${api}/user/me`, key)).status);
  expect(statuses.slice(298)).toEqual([200, 200, 429, 429]);
  expect((await get(`${api}/user/me`, key)).json()).toEqual({ detail: '300 per 1 minute' });
  expect(await get(`${api}/torrents/mylist`, key)).toMatchObject({ status: 200 });
});

it('creating and controlling change the account, and all:true empties a list', async () => {
  const rare = { ...singleFile('rare.mkv', 1), cachedOn: [] };
  const emulator = await started({
    world: { accounts: [account('torbox', films(3))], torrents: [show, rare] },
  });
  const api = `${emulator.urls.torBox}/v1/api`;
  const create = (form: Readonly<Record<string, string>>): Promise<Answer> =>
    post(`${api}/torrents/createtorrent`, key, form);
  const magnet = `magnet:?xt=urn:btih:${show.hash}`;
  expect((await create({ magnet })).json()).toMatchObject({
    detail: 'Found Cached Torrent. Using Cached Torrent.',
    data: { torrent_id: 5_000_004, hash: show.hash },
  });
  expect((await create({ magnet })).json()).toMatchObject({ data: { torrent_id: 5_000_004 } });
  const onlyCached = { magnet: `magnet:?xt=urn:btih:${rare.hash}`, add_only_if_cached: 'true' };
  expect((await create(onlyCached)).json()).toMatchObject({ error: 'DOWNLOAD_SERVER_ERROR' });
  const control = (body: string): Promise<Answer> =>
    ask(`${api}/torrents/controltorrent`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}` },
      body,
    });
  expect(await control('torrent_id=5000001')).toMatchObject({ status: 422 });
  await control(JSON.stringify({ all: true, operation: 'delete' }));
  expect((await get(`${api}/torrents/mylist?bypass_cache=true`, key)).json()).toMatchObject({ data: [] });
  expect(emulator.log.destructive()).toHaveLength(5);
});

it('contract 12: a device is approved and gets the key; not yet and too late are both 400', async () => {
  const { emulator, api } = await withItems([]);
  const { data } = (await ask(`${api}/user/auth/device/start?app=x`)).json() as {
    data: { device_code: string; code: string };
  };
  const poll = (): Promise<Answer> =>
    ask(`${api}/user/auth/device/token`, {
      method: 'POST',
      body: JSON.stringify({ device_code: data.device_code }),
    });
  expect(await poll()).toMatchObject({ status: 400 });
  expect(emulator.torBox.deviceLogin.approve(data.code, key)).toBe(true);
  expect((await poll()).json()).toMatchObject({ data: { access_token: key } });
  emulator.advance(600_000);
  expect((await poll()).json()).toMatchObject({ error: 'expired_device_code' });
});

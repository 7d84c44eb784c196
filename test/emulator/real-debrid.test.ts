import { describe, expect, it } from 'vitest';
import type { Emulator, EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldItem } from '../../src/emulator/world.js';
import { ask, get, post, sameBytes, type Answer } from './http-client.js';
import { account, downloadUrl, started } from './started.js';
import { contentBytes } from '../../src/emulator/content.js';

const token = 'real-debrid';

interface Told {
  readonly id: string;
  readonly filename: string;
  readonly bytes: number;
  readonly status: string;
  readonly links: readonly string[];
  readonly files: readonly { readonly id: number; readonly path: string; readonly selected: number }[];
}

async function withItems(
  items: readonly WorldItem[],
  more: Partial<EmulatorOptions> = {},
): Promise<{ emulator: Emulator; base: string; listed: () => Promise<Told[]> }> {
  const emulator = await started({ world: { accounts: [account('real-debrid', items)] }, ...more });
  const base = `${emulator.urls.realDebrid}/rest/1.0`;
  return { emulator, base, listed: async () => (await get(`${base}/torrents`, token)).json() as Told[] };
}

/** One episode per letter, and a text that makes a selection mixed. */
const show = torrent('Show.S01', [
  ...['a', 'b', 'c', 'd'].map((letter) => ({ path: `Show.S01/${letter}.mkv`, size: 1000 })),
  { path: 'Show.S01/readme.txt', size: 10 },
]);
const videos = (file: { readonly path: string }): boolean => file.path.endsWith('.mkv');

async function unrestrict(base: string, link: string, as = token): Promise<Answer> {
  return post(`${base}/unrestrict/link`, as, { link });
}

describe('the list', () => {
  it('pages through 5,001 torrents newest first and ends with 204, the total always told', async () => {
    const items = Array.from({ length: 5001 }, (_, index) => ({
      torrent: singleFile(`Film.${index}.2020.mkv`, 1000 + index),
    }));
    const { base } = await withItems(items);
    const sizes: number[] = [];
    for (const [page, count] of [
      [1, 5000],
      [2, 1],
    ] as const) {
      const answer = await get(`${base}/torrents?limit=5000&page=${page}&offset=77`, token);
      expect(answer.headers['x-total-count']).toBe('5001');
      const rows = answer.json() as Told[];
      expect(rows).toHaveLength(count);
      sizes.push(...rows.map(({ bytes }) => bytes));
    }
    expect(sizes).toEqual(Array.from({ length: 5001 }, (_, index) => 6000 - index));
    const end = await get(`${base}/torrents?limit=5000&page=3`, token);
    expect(end).toMatchObject({ status: 204, body: Buffer.alloc(0) });
    expect(end.headers['x-total-count']).toBe('5001');
    expect((await get(`${base}/torrents`, token)).json()).toHaveLength(100);
    expect((await get(`${base}/torrents?offset=4999`, token)).json()).toHaveLength(2);
    expect(await get(`${base}/torrents?limit=5001`, token)).toMatchObject({ status: 400 });
    expect(await get(`${base}/torrents?limit=0`, token)).toMatchObject({ status: 204 });
  });

  it('moves by one between two pages when asked to', async () => {
    const items = [1, 2, 3].map((number) => ({ torrent: singleFile(`Film.${number}.mkv`, number) }));
    const { base } = await withItems(items, { knobs: { realDebrid: { overlapShift: true } } });
    const first = (await get(`${base}/torrents?limit=2`, token)).json() as Told[];
    const second = (await get(`${base}/torrents?limit=2&page=2`, token)).json() as Told[];
    expect(second[0]?.id).toBe(first[1]?.id);
    expect(second).toHaveLength(2);
  });

  it('tells no files, and dates by the clock of Paris', async () => {
    const addedMs = Date.UTC(2026, 6, 1, 12);
    const { base } = await withItems([{ torrent: singleFile('Film.2020.mkv', 5), addedMs }]);
    const answer = await get(`${base}/torrents`, token);
    const [row] = answer.json() as Told[];
    expect(row).toMatchObject({ filename: 'Film.2020.mkv', bytes: 5, added: '2026-07-01T14:00:00.000Z' });
    expect(row).not.toHaveProperty('files');
    expect(answer.text()).toContain('\t');
    expect((await ask(`${base}/time/iso`)).text()).toBe('2026-11-01T01:00:00+0100');
  });

  it('can be an object, and can answer 304', async () => {
    const { base, emulator } = await withItems([{ torrent: show }]);
    emulator.knobs.realDebrid.listReturnsObject = true;
    expect((await get(`${base}/torrents`, token)).json()).toEqual({});
    emulator.knobs.realDebrid.listReturnsObject = false;
    emulator.knobs.realDebrid.etag = true;
    const etag = (await get(`${base}/torrents`, token)).headers.etag ?? '';
    const headers = { Authorization: `Bearer ${token}`, 'If-None-Match': etag };
    expect(await ask(`${base}/torrents`, { headers })).toMatchObject({ status: 304 });
  });
});

describe('links and files', () => {
  it('a link for each selected file, in their order, every third of 16 characters', async () => {
    const { base, listed } = await withItems([{ torrent: show, select: videos }]);
    const [row] = await listed();
    const info = (await get(`${base}/torrents/info/${row?.id ?? ''}`, token)).json() as Told;
    expect(info.files.map(({ id, path, selected }) => [id, path, selected])).toEqual([
      [1, '/a.mkv', 1],
      [2, '/b.mkv', 1],
      [3, '/c.mkv', 1],
      [4, '/d.mkv', 1],
      [5, '/readme.txt', 0],
    ]);
    expect(info.links.map((link) => link.replace('https://real-debrid.com/d/', '').length)).toEqual([
      13, 13, 16, 13,
    ]);
    const names = [];
    for (const link of info.links) {
      names.push(((await unrestrict(base, link.slice(0, 39))).json() as { filename: string }).filename);
    }
    expect(names).toEqual(['a.mkv', 'b.mkv', 'c.mkv', 'd.mkv']);
  });

  it('a mixed selection is one link to an archive', async () => {
    const { base, listed } = await withItems([{ torrent: show }]);
    const [row] = await listed();
    expect(row?.links).toHaveLength(1);
    const file = (await unrestrict(base, row?.links[0] ?? '')).json() as Record<string, unknown>;
    expect(file).toMatchObject({ filename: 'Show.S01.rar' });
    expect(file['filesize']).toBeGreaterThan(4010);
  });

  it('a link of 16 characters is for its owner; its first 13 are for everybody', async () => {
    const emulator = await started({
      world: {
        accounts: [
          account('real-debrid', [{ torrent: show, select: videos }]),
          account('real-debrid', [], 'other'),
        ],
      },
    });
    const base = `${emulator.urls.realDebrid}/rest/1.0`;
    const [row] = (await get(`${base}/torrents`, token)).json() as Told[];
    const link = row?.links[2] ?? '';
    expect(await unrestrict(base, link)).toMatchObject({ status: 200 });
    const refused = await unrestrict(base, link, 'other');
    expect(refused.status).toBe(503);
    expect(refused.json()).toMatchObject({ error: 'unavailable_file', error_code: 24 });
    expect(await unrestrict(base, link.slice(0, -3), 'other')).toMatchObject({ status: 200 });
  });

  it('each unrestrict makes another URL, the hosts take turns, and any host serves any code', async () => {
    const film = singleFile('Film.2020.mkv', 1000);
    const { emulator } = await withItems([{ torrent: film }]);
    const urls = [];
    for (let count = 0; count < 4; count += 1) urls.push(new URL(await downloadUrl(emulator, 'real-debrid')));
    expect(new Set(urls.map(({ pathname }) => pathname)).size).toBe(4);
    expect(new Set(urls.map(({ port }) => port)).size).toBe(3);
    const [first, second] = urls;
    if (first === undefined || second === undefined) throw new Error('no URLs');
    const elsewhere = await ask(`${second.origin}${first.pathname}`);
    sameBytes(elsewhere.body, contentBytes(film.hash, 'Film.2020.mkv', 0, 1000));
  });
});

describe('what ends', () => {
  const film = singleFile('Film.2020.mkv', 1000);

  it('a download URL after a week, or when told to', async () => {
    const { emulator } = await withItems([{ torrent: film }]);
    const url = await downloadUrl(emulator, 'real-debrid');
    emulator.advance(7 * 86_400_000 - 1);
    expect(await ask(url)).toMatchObject({ status: 200 });
    emulator.advance(1);
    const answer = await ask(url);
    expect(answer).toMatchObject({ status: 404, headers: { 'x-error': 'invalid_download_code' } });
    const another = await downloadUrl(emulator, 'real-debrid');
    emulator.world.expireDownloads();
    expect(await ask(another)).toMatchObject({ status: 404 });
  });

  it('a deleted row, except on the host that had served it', async () => {
    const { emulator, base } = await withItems([{ torrent: film }]);
    const url = new URL(await downloadUrl(emulator, 'real-debrid'));
    await ask(url.href);
    const code = url.pathname.split('/')[2] ?? '';
    const headers = { Authorization: `Bearer ${token}` };
    expect(await ask(`${base}/downloads/delete/${code}`, { method: 'DELETE', headers })).toMatchObject({
      status: 204,
    });
    expect(await ask(url.href)).toMatchObject({ status: 200 });
    const other = new URL(await downloadUrl(emulator, 'real-debrid')).origin;
    expect(await ask(`${other}${url.pathname}`)).toMatchObject({ status: 404 });
  });

  it('a restricted link after three months; content that was dropped; a full day; a free account', async () => {
    const { emulator, base, listed } = await withItems([{ torrent: film }]);
    const link = (await listed())[0]?.links[0] ?? '';
    const code = async (): Promise<unknown> => {
      const answer = await unrestrict(base, link);
      return (answer.json() as { error_code?: number }).error_code ?? answer.status;
    };
    expect(await code()).toBe(200);
    emulator.knobs.realDebrid.dailyQuotaBytes = 0;
    expect(await code()).toBe(36);
    emulator.knobs.realDebrid.dailyQuotaBytes = null;
    emulator.world.setPremium(token, false);
    expect(await code()).toBe(20);
    emulator.world.setPremium(token, true);
    emulator.world.evict(film.hash, 'real-debrid');
    expect(await code()).toBe(24);
    emulator.advance(91 * 86_400_000);
    expect(await code()).toBe(19);
    expect(await listed()).toHaveLength(1);
  });
});

describe('accounts', () => {
  it('a wrong token is 401, a locked account 403, a new key replaces the old one', async () => {
    const { emulator, base } = await withItems([]);
    expect((await get(`${base}/user`, 'nobody')).text()).toBe(
      '{\n\t"error": "bad_token",\n\t"error_code": 8\n}',
    );
    expect(await get(`${base}/user`, 'nobody')).toMatchObject({ status: 401 });
    expect(await ask(`${base}/user?auth_token=${token}`)).toMatchObject({ status: 200 });
    emulator.realDebrid.setLocked(token, true);
    expect(await get(`${base}/user`, token)).toMatchObject({ status: 403 });
    emulator.realDebrid.setLocked(token, false);
    emulator.world.rotateKey(token, 'fresh');
    expect(await get(`${base}/user`, token)).toMatchObject({ status: 401 });
    expect(await get(`${base}/user`, 'fresh')).toMatchObject({ status: 200 });
  });

  it('the 251st request of a minute is refused, and refusals count', async () => {
    const { emulator, base } = await withItems([]);
    const statuses = [];
    for (let count = 0; count < 252; count += 1) statuses.push((await get(`${base}/user`, token)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(250);
    expect(statuses.slice(250)).toEqual([429, 429]);
    emulator.advance(60_000);
    expect(await get(`${base}/user`, token)).toMatchObject({ status: 200 });
    emulator.bans.ban(token, 1000, '429');
    expect(await get(`${base}/user`, token)).toMatchObject({ status: 429 });
    emulator.advance(1000);
    expect(await get(`${base}/user`, token)).toMatchObject({ status: 200 });
  });

  it('contract 12: a device is approved, gets a token, renews it, and loses it', async () => {
    const { emulator, base } = await withItems([]);
    const oauth = `${emulator.urls.realDebrid}/oauth/v2`;
    const device = (await ask(`${oauth}/device/code?client_id=X&new_credentials=yes`)).json() as {
      device_code: string;
      user_code: string;
    };
    const poll = `${oauth}/device/credentials?client_id=X&code=${device.device_code}`;
    expect(await ask(poll)).toMatchObject({ status: 403 });
    expect(emulator.realDebrid.oauth.approve(device.user_code, token)).toBe(true);
    const credentials = (await ask(poll)).json() as { client_id: string; client_secret: string };
    const grant = 'http://oauth.net/grant_type/device/1.0';
    const renew = (code: string): Promise<Answer> =>
      post(`${oauth}/token`, '', { ...credentials, code, grant_type: grant });
    const first = (await renew(device.device_code)).json() as { access_token: string; refresh_token: string };
    expect(await get(`${base}/user`, first.access_token)).toMatchObject({ status: 200 });
    emulator.advance(86_400_000);
    expect(await get(`${base}/user`, first.access_token)).toMatchObject({ status: 401 });
    const second = (await renew(first.refresh_token)).json() as { access_token: string };
    expect(await get(`${base}/user`, second.access_token)).toMatchObject({ status: 200 });
    emulator.realDebrid.oauth.revoke(token);
    expect(await renew(first.refresh_token)).toMatchObject({ status: 403 });
    expect(await get(`${base}/user`, second.access_token)).toMatchObject({ status: 401 });
  });
});

describe('adding and deleting', () => {
  it('a magnet becomes a torrent in its steps, and each is a change of the account', async () => {
    const emulator = await started({
      world: { accounts: [account('real-debrid', [])], torrents: [show] },
    });
    const base = `${emulator.urls.realDebrid}/rest/1.0`;
    const magnet = `magnet:?xt=urn:btih:${show.hash.toUpperCase()}&dn=x`;
    const added = await post(`${base}/torrents/addMagnet`, token, { magnet });
    expect(added.status).toBe(201);
    const { id } = added.json() as { id: string };
    const info = async (): Promise<Told> => (await get(`${base}/torrents/info/${id}`, token)).json() as Told;
    expect(await info()).toMatchObject({ status: 'magnet_conversion', files: [] });
    emulator.advance(2000);
    expect(await info()).toMatchObject({ status: 'waiting_files_selection' });
    const select = `${base}/torrents/selectFiles/${id}`;
    expect(await post(select, token, {})).toMatchObject({ status: 404 });
    expect(await post(select, token, { files: '9' })).toMatchObject({ status: 404 });
    expect(await post(select, token, { files: '1,2' })).toMatchObject({ status: 204 });
    expect(await post(select, token, { files: '1,2' })).toMatchObject({ status: 202 });
    emulator.advance(1000);
    expect(await info()).toMatchObject({ status: 'downloaded', bytes: 2000 });
    expect(emulator.log.destructive()).toHaveLength(5);
    const headers = { Authorization: `Bearer ${token}` };
    const deletion = { method: 'DELETE', headers };
    expect(await ask(`${base}/torrents/delete/${id}`, deletion)).toMatchObject({ status: 204 });
    expect(await ask(`${base}/torrents/delete/${id}`, deletion)).toMatchObject({ status: 404 });
    expect(await get(`${base}/torrents`, token)).toMatchObject({ status: 204 });
    expect(emulator.log.destructive()).toHaveLength(7);
  });

  it('names that the filter knows are refused with 451, hashes that nobody knows come to nothing', async () => {
    const filtered = singleFile('Film.2020.1080p.WEB-DL.mkv', 1);
    const emulator = await started({
      world: { accounts: [account('real-debrid', [])], torrents: [filtered] },
    });
    const base = `${emulator.urls.realDebrid}/rest/1.0`;
    const add = (magnet: string): Promise<Answer> => post(`${base}/torrents/addMagnet`, token, { magnet });
    const refused = await add(`magnet:?xt=urn:btih:${filtered.hash}`);
    expect(refused.status).toBe(451);
    expect(refused.json()).toMatchObject({ error: 'infringing_file', error_code: 35 });
    expect(await add('magnet:?xt=urn:btih:short')).toMatchObject({ status: 400 });
    expect(await add('')).toMatchObject({ status: 400 });
    const { id } = (await add(`magnet:?xt=urn:btih:${'0'.repeat(40)}`)).json() as { id: string };
    emulator.advance(60_000);
    expect((await get(`${base}/torrents/info/${id}`, token)).json()).toMatchObject({
      status: 'magnet_error',
    });
  });
});

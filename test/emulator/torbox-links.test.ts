import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import { singleFile, type WorldTorrent } from '../../src/emulator/world.js';
import {
  bytesOf,
  episode,
  film,
  foreign,
  hashOf,
  hosterWorld,
  locked,
  nowhere,
  video,
} from './hoster-world.js';
import { ask, get, post, sameBytes, type Answer } from './http-client.js';
import { account, started } from './started.js';

const key = 'torbox';

/** In the world under a link's MD5, filled up with zeros, and not there at once. */
const rareLink = 'https://rare.test/f/1';
const rare: WorldTorrent = {
  ...singleFile('Rare.mkv', 7),
  hash: hashOf(rareLink).padEnd(40, '0'),
  cachedOn: [],
};
const commonLink = 'https://rare.test/f/2';
const common: WorldTorrent = {
  ...singleFile('Common.mkv', 8),
  hash: hashOf(commonLink).padEnd(40, '0'),
};

interface Service {
  readonly emulator: Emulator;
  readonly api: string;
  readonly create: (form: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly listed: () => Promise<unknown>;
}

async function service(): Promise<Service> {
  const world = { ...hosterWorld(account('torbox', [])), torrents: [rare, common] };
  const emulator = await started({ world, knobs: { rateLimits: false, torBox: { settleMs: 0 } } });
  const api = `${emulator.urls.torBox}/v1/api`;
  const create = (form: Readonly<Record<string, string>>): Promise<Answer> =>
    post(`${api}/webdl/createwebdownload`, key, form);
  const listed = async (): Promise<unknown> =>
    dataOf(await get(`${api}/webdl/mylist?bypass_cache=true`, key));
  return { emulator, api, create, listed };
}

function dataOf(answer: Answer): unknown {
  return (answer.json() as { data: unknown }).data;
}

describe('createwebdownload', () => {
  it('downloads a hoster’s file, known by the MD5 of its link, and changes the account', async () => {
    const { emulator, api, create, listed } = await service();
    expect((await create({ link: film.url })).json()).toMatchObject({
      success: true,
      error: null,
      data: { webdownload_id: 5_000_001, hash: hashOf(film.url) },
    });
    expect(emulator.log.destructive()).toHaveLength(1);
    expect(await listed()).toMatchObject([
      {
        id: 5_000_001,
        hash: hashOf(film.url),
        name: 'A.Film.2020.mkv',
        size: 1000,
        download_present: true,
        download_finished: true,
        files: [{ id: 0, name: 'A.Film.2020.mkv', size: 1000 }],
      },
    ]);
    const request = `${api}/webdl/requestdl?token=${key}&web_id=5000001&file_id=0`;
    sameBytes((await ask(dataOf(await ask(request)) as string)).body, bytesOf(film));
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it('takes a name', async () => {
    const { create, listed } = await service();
    await create({ link: episode.url, name: 'Mine' });
    expect(await listed()).toMatchObject([
      { name: 'Mine', hash: hashOf(episode.url), files: [{ size: 100 }] },
    ]);
  });

  it('takes a link once', async () => {
    const { create, listed } = await service();
    await create({ link: film.url });
    expect((await create({ link: film.url })).json()).toMatchObject({
      detail: 'Download already exists.',
      data: { webdownload_id: 5_000_001 },
    });
    expect(await listed()).toHaveLength(1);
  });

  it('needs the password of a file that has one', async () => {
    const { create } = await service();
    expect((await create({ link: locked.url })).json()).toMatchObject({ error: 'LINK_OFFLINE' });
    expect((await create({ link: locked.url, password: 'open' })).json()).toMatchObject({
      error: 'LINK_OFFLINE',
    });
    expect((await create({ link: locked.url, password: 'sesame' })).json()).toMatchObject({ success: true });
  });

  it.each([
    ['of a host that it does not take', foreign.url],
    ['of a video site that others take', video.url],
    ['of nothing', nowhere],
    ['that is no URL', 'film'],
  ])('refuses a link %s', async (_which, link) => {
    const { create, listed } = await service();
    const answer = await create({ link });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ success: false, error: 'LINK_OFFLINE', data: null });
    expect(await listed()).toEqual([]);
  });

  it('refuses what is offline, what is too large, and no link at all', async () => {
    const { emulator, create } = await service();
    emulator.world.setLinkOffline(film.url, true);
    expect((await create({ link: film.url })).json()).toMatchObject({ error: 'LINK_OFFLINE' });
    emulator.world.setLinkOffline(film.url, false);
    emulator.knobs.torBox.maxDownloadBytes = 999;
    expect((await create({ link: film.url })).json()).toMatchObject({ error: 'DOWNLOAD_TOO_LARGE' });
    expect((await create({})).json()).toMatchObject({ error: 'MISSING_REQUIRED_OPTION' });
  });

  it('downloads what is not there at once, under the same hash in the answer and the list', async () => {
    const { emulator, create, listed } = await service();
    expect(dataOf(await create({ link: rareLink }))).toMatchObject({ hash: hashOf(rareLink) });
    expect(await listed()).toMatchObject([{ hash: hashOf(rareLink), download_present: false, files: null }]);
    emulator.advance(60_000);
    expect(await listed()).toMatchObject([{ name: 'Rare.mkv', download_present: true }]);
  });
});

describe('webdl/checkcached', () => {
  it('knows links by their MD5, as an object or as a list, and leaves out what is not there', async () => {
    const { emulator, api } = await service();
    const hashes = [film.url, foreign.url, nowhere, rareLink, commonLink].map(hashOf);
    const check = async (more = ''): Promise<unknown> =>
      dataOf(await get(`${api}/webdl/checkcached?hash=${hashes.join(',')}${more}`, key));
    const told = { name: 'A.Film.2020.mkv', size: 1000, hash: hashOf(film.url) };
    const second = { name: 'Common.mkv', size: 8, hash: hashOf(commonLink) };
    expect(await check()).toEqual({ [told.hash]: told, [second.hash]: second });
    expect(await check('&format=list')).toEqual([told, second]);
    const files = [{ name: 'A.Film.2020.mkv', size: 1000 }];
    expect(await check('&format=list&list_files=true')).toMatchObject([{ ...told, files }, second]);
    emulator.world.setLinkOffline(film.url, true);
    expect(await check('&format=list')).toEqual([second]);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('takes hashes in a body, and at most a hundred', async () => {
    const { api } = await service();
    const send = (hashes: readonly string[]): Promise<Answer> =>
      ask(`${api}/webdl/checkcached?format=list`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ hashes }),
      });
    expect(dataOf(await send([hashOf(film.url).toUpperCase()]))).toMatchObject([{ hash: hashOf(film.url) }]);
    const many = Array.from({ length: 101 }, () => hashOf(film.url));
    expect((await send(many)).json()).toMatchObject({ error: 'TOO_MANY_OPTIONS' });
  });

  it('knows no torrents', async () => {
    const { api } = await service();
    const check = async (list: string, hash: string): Promise<unknown> =>
      dataOf(await get(`${api}/${list}/checkcached?hash=${hash}&format=list`, key));
    expect(await check('webdl', common.hash)).toEqual([]);
    expect(await check('torrents', common.hash)).toMatchObject([{ hash: common.hash }]);
    expect(await check('torrents', hashOf(film.url))).toEqual([]);
    expect((await ask(`${api}/webdl/checkcached?hash=x`)).json()).toMatchObject({ error: 'NO_AUTH' });
  });
});

it('webdl/hosters tells everybody the hosters whose links are taken', async () => {
  const { api } = await service();
  const [hoster, ...others] = dataOf(await ask(`${api}/webdl/hosters`)) as { regex: string }[];
  expect(others).toEqual([]);
  expect(hoster).toMatchObject({
    id: 1,
    name: 'hoster',
    domains: ['hoster.test'],
    url: 'https://hoster.test',
    status: true,
    type: 'hoster',
    note: null,
    daily_link_limit: 0,
    daily_bandwidth_limit: 0,
  });
  const expression = new RegExp(hoster?.regex ?? '');
  expect(film.url).toMatch(expression);
  expect(episode.url).toMatch(expression);
  expect(foreign.url).not.toMatch(expression);
});

import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../src/emulator/emulator.js';
import type { RealDebridKnobs } from '../../src/emulator/real-debrid/knobs.js';
import type { WorldAccount } from '../../src/emulator/world.js';
import {
  bytesOf,
  clip,
  container,
  episode,
  film,
  folder,
  foreign,
  hosterWorld,
  locked,
  nowhere,
  redirector,
  untold,
  video,
} from './hoster-world.js';
import { ask, get, post, sameBytes, type Answer } from './http-client.js';
import { account, started } from './started.js';

const token = 'real-debrid';

interface Unrestricted {
  readonly id: string;
  readonly download: string;
  readonly type: string;
  readonly alternative: readonly Omit<Unrestricted, 'alternative'>[];
}

interface Service {
  readonly emulator: Emulator;
  readonly base: string;
  readonly unrestrict: (form: Readonly<Record<string, string>>) => Promise<Answer>;
  /** Without a token. */
  readonly check: (form: Readonly<Record<string, string>>) => Promise<Answer>;
  readonly rows: () => Promise<unknown>;
}

async function service(
  more: Partial<WorldAccount> = {},
  knobs: Partial<RealDebridKnobs> = {},
): Promise<Service> {
  const world = hosterWorld({ ...account('real-debrid', []), ...more });
  const emulator = await started({ world, knobs: { realDebrid: knobs } });
  const base = `${emulator.urls.realDebrid}/rest/1.0`;
  const check = (form: Readonly<Record<string, string>>): Promise<Answer> =>
    ask(`${base}/unrestrict/check`, { method: 'POST', body: new URLSearchParams(form).toString() });
  const unrestrict = (form: Readonly<Record<string, string>>): Promise<Answer> =>
    post(`${base}/unrestrict/link`, token, form);
  const rows = async (): Promise<unknown> => (await get(`${base}/downloads`, token)).json();
  return { emulator, base, unrestrict, check, rows };
}

/** Status and error of a refusal. */
function refusal(answer: Answer): unknown {
  const { error, error_code: code } = answer.json() as { error?: string; error_code?: number };
  return [answer.status, code, error];
}

describe('unrestrict/link', () => {
  it('makes a download of a hoster’s file, and a row', async () => {
    const { unrestrict, rows } = await service();
    const told = (await unrestrict({ link: film.url })).json() as Unrestricted;
    const facts = {
      id: expect.stringMatching(/^[A-Z0-9]{13}$/) as unknown,
      filename: 'A.Film.2020.mkv',
      mimeType: 'video/x-matroska',
      filesize: 1000,
      link: film.url,
      host: 'hoster.test',
      download: expect.stringMatching(/\/d\/[A-Z0-9]{13}\/A\.Film\.2020\.mkv$/) as unknown,
    };
    expect(told).toMatchObject({ ...facts, chunks: 32, crc: 1, streamable: 1 });
    expect(told).not.toHaveProperty('alternative');
    sameBytes((await ask(told.download)).body, bytesOf(film));
    expect(await rows()).toMatchObject([{ ...facts, generated: '2026-11-01T01:00:00.000Z' }]);
    expect(await rows()).not.toMatchObject([{ type: expect.anything() as unknown }]);
  });

  it('tells the main domain of a host', async () => {
    const { unrestrict } = await service();
    expect((await unrestrict({ link: episode.url })).json()).toMatchObject({
      link: episode.url,
      host: 'hoster.test',
    });
  });

  it('tells the size also where the check does not', async () => {
    const { unrestrict } = await service();
    expect((await unrestrict({ link: untold.url })).json()).toMatchObject({ filesize: 200 });
  });

  it('a video comes in every quality, the second best at the top, each under a code of its own', async () => {
    const { unrestrict, rows } = await service();
    const told = (await unrestrict({ link: video.url })).json() as Unrestricted;
    expect(told).toMatchObject({ type: '720p', filename: 'Video.720p.mp4', filesize: 70, link: video.url });
    expect(told.alternative).toMatchObject([
      { type: '1080p', filename: 'Video.1080p.mp4' },
      { type: 'mp3', filename: 'Video.mp3.mp4' },
    ]);
    expect(Object.keys(told.alternative[0] ?? {}).sort()).toEqual(['download', 'filename', 'id', 'type']);
    const all = [told, ...told.alternative];
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    for (const { type, download } of all) {
      const quality = video.qualities.find((each) => each.quality === type);
      sameBytes((await ask(download)).body, bytesOf(video, quality?.file));
    }
    expect(await rows()).toMatchObject([
      { type: 'mp3', filesize: 10 },
      { type: '1080p', filesize: 90 },
      { type: '720p', filesize: 70, link: video.url },
    ]);
  });

  it('a video in one quality has no alternative', async () => {
    const { unrestrict } = await service();
    expect((await unrestrict({ link: clip.url })).json()).toMatchObject({ type: '480p', alternative: [] });
  });

  it('gives a file with a password for it alone', async () => {
    const { base, unrestrict, rows } = await service();
    const denied = [403, 9, 'permission_denied'];
    expect(refusal(await unrestrict({ link: locked.url }))).toEqual(denied);
    expect(refusal(await unrestrict({ link: locked.url, password: 'open' }))).toEqual(denied);
    expect(await get(`${base}/downloads`, token)).toMatchObject({ status: 204 });
    const given = await unrestrict({ link: locked.url, password: 'sesame' });
    expect(given.json()).toMatchObject({ filename: 'Locked.mkv', filesize: 300 });
    expect(await rows()).toHaveLength(1);
  });

  it.each([
    ['of a host that it does not take', foreign.url, [503, 16, 'hoster_unsupported']],
    ['of a host that only another service takes', 'https://portal.test/1', [503, 16, 'hoster_unsupported']],
    ['that is no URL', 'film', [503, 16, 'hoster_unsupported']],
    ['of a folder', folder, [503, 24, 'unavailable_file']],
    ['of nothing', nowhere, [503, 24, 'unavailable_file']],
    ['that is empty', '', [400, 1, 'parameter_missing']],
  ])('refuses a link %s', async (_which, link, expected) => {
    const { unrestrict } = await service();
    expect(refusal(await unrestrict({ link }))).toEqual(expected);
  });

  it('refuses what is offline, a used-up day, a free account, an address', async () => {
    const { emulator, unrestrict } = await service();
    const refused = async (): Promise<unknown> => refusal(await unrestrict({ link: film.url }));
    const { realDebrid } = emulator.knobs;
    emulator.world.setLinkOffline(film.url, true);
    expect(await refused()).toEqual([503, 24, 'unavailable_file']);
    emulator.world.setLinkOffline(film.url, false);
    realDebrid.dailyQuotaBytes = 0;
    expect(await refused()).toEqual([503, 36, 'fair_usage_limit']);
    realDebrid.dailyQuotaBytes = null;
    realDebrid.blockedIps = ['127.0.0.1'];
    expect(await refused()).toEqual([403, 22, 'ip_not_allowed_127.0.0.1']);
    realDebrid.blockedIps = [];
    emulator.world.setPremium(token, false);
    expect(await refused()).toEqual([403, 20, 'hoster_not_free']);
  });
});

describe('unrestrict/check', () => {
  it('tells of a link without a token, and makes no row', async () => {
    const { base, check } = await service();
    const told = await check({ link: film.url });
    expect(told.json()).toEqual({
      host: 'hoster.test',
      link: film.url,
      filename: 'A.Film.2020.mkv',
      filesize: 1000,
      supported: 1,
    });
    expect(await get(`${base}/downloads`, token)).toMatchObject({ status: 204 });
  });

  it('a size that nobody tells is 0', async () => {
    const { check } = await service();
    expect((await check({ link: untold.url })).json()).toMatchObject({ filename: 'Untold.mkv', filesize: 0 });
    expect((await check({ link: video.url })).json()).toMatchObject({ filesize: 0 });
  });

  it('refuses what unrestrict does', async () => {
    const { emulator, check } = await service();
    expect(refusal(await check({}))).toEqual([400, 1, 'parameter_missing']);
    expect(refusal(await check({ link: foreign.url }))).toEqual([503, 16, 'hoster_unsupported']);
    expect(refusal(await check({ link: nowhere }))).toEqual([503, 24, 'unavailable_file']);
    expect(refusal(await check({ link: locked.url }))).toEqual([403, 9, 'permission_denied']);
    expect((await check({ link: locked.url, password: 'sesame' })).json()).toMatchObject({ filesize: 300 });
    emulator.world.setLinkOffline(film.url, true);
    expect(refusal(await check({ link: film.url }))).toEqual([503, 24, 'unavailable_file']);
  });
});

describe('links that stand for others', () => {
  it('a folder is its links, and anything else none', async () => {
    const { emulator, base } = await service();
    const opened = async (link: string): Promise<unknown> =>
      (await post(`${base}/unrestrict/folder`, token, { link })).json();
    expect(await opened(folder)).toEqual([film.url, episode.url]);
    expect(await opened(film.url)).toEqual([]);
    expect(await opened(container)).toEqual([]);
    emulator.world.setLinkOffline(folder, true);
    expect(await opened(folder)).toEqual([]);
    expect(await post(`${base}/unrestrict/folder`, token, {})).toMatchObject({ status: 400 });
    expect(await post(`${base}/unrestrict/folder`, 'nobody', { link: folder })).toMatchObject({
      status: 401,
    });
  });

  it('a container on the web is its links, for premium accounts', async () => {
    const { emulator, base } = await service();
    const open = (link: string): Promise<Answer> => post(`${base}/unrestrict/containerLink`, token, { link });
    expect((await open(container)).json()).toEqual([film.url, locked.url]);
    expect(refusal(await open(redirector))).toEqual([503, 25, 'service_unavailable']);
    expect(refusal(await open(''))).toEqual([400, 1, 'parameter_missing']);
    emulator.world.setPremium(token, false);
    expect(refusal(await open(container))).toEqual([403, 9, 'permission_denied']);
  });

  it('a container file is the lines after its mark, for premium accounts', async () => {
    const { emulator, base } = await service();
    const headers = { Authorization: `Bearer ${token}` };
    const send = (body: string): Promise<Answer> =>
      ask(`${base}/unrestrict/containerFile`, { method: 'PUT', headers, body });
    expect((await send(`DLC\n${film.url}\n${locked.url}\n`)).json()).toEqual([film.url, locked.url]);
    expect((await send('DLC\n')).json()).toEqual([]);
    expect(refusal(await send(film.url))).toEqual([400, 28, 'file_not_allowed']);
    expect(await ask(`${base}/unrestrict/containerFile`, { method: 'PUT', body: 'DLC\n' })).toMatchObject({
      status: 401,
    });
    emulator.world.setPremium(token, false);
    expect(refusal(await send('DLC\n'))).toEqual([403, 9, 'permission_denied']);
  });
});

describe('hosts', () => {
  it('are told to everybody, by domain', async () => {
    const { base } = await service();
    expect((await ask(`${base}/hosts/domains`)).json()).toEqual(['hoster.test', 'video.test']);
    const image = expect.any(String) as unknown;
    expect((await ask(`${base}/hosts`)).json()).toMatchObject({
      'hoster.test': { id: 'hoster.test', name: 'hoster.test', image },
      'video.test': { id: 'video.test', name: 'video.test', image },
    });
  });

  it('have expressions with the delimiters of PHP, which match their links', async () => {
    const { base } = await service();
    const told = async (path: string): Promise<string[]> => (await ask(`${base}${path}`)).json() as string[];
    const [files = '', ...others] = await told('/hosts/regex');
    expect(files).toBe('/(http|https):\\/\\/(\\w+\\.)?hoster\\.test\\/[^?#]+/');
    expect(others).toHaveLength(1);
    const [folders = ''] = await told('/hosts/regexFolder');
    const expression = (text: string): RegExp => new RegExp(text.replace(/^\/|\/$/g, ''));
    expect(film.url).toMatch(expression(files));
    expect(episode.url).toMatch(expression(files));
    expect(foreign.url).not.toMatch(expression(files));
    expect(folder).toMatch(expression(folders));
    expect(film.url).not.toMatch(expression(folders));
  });

  it('have a state, for those who have a token', async () => {
    const { base } = await service();
    expect(await ask(`${base}/hosts/status`)).toMatchObject({ status: 401 });
    expect((await get(`${base}/hosts/status`, token)).json()).toMatchObject({
      'hoster.test': {
        id: 'hoster.test',
        supported: 1,
        status: 'up',
        check_time: '2026-11-01T01:00:00.000Z',
        competitors_status: {},
      },
      'video.test': { status: 'up' },
    });
  });

  it('with a limit tell it as traffic; where none has one there is an empty list', async () => {
    const { emulator, base } = await service();
    expect((await get(`${base}/traffic`, token)).json()).toEqual([]);
    emulator.knobs.realDebrid.limitedHosters = { 'hoster.test': { leftBytes: 400, dailyBytes: 1000 } };
    expect((await get(`${base}/traffic`, token)).json()).toEqual({
      'hoster.test': {
        left: 400,
        bytes: 600,
        links: 0,
        limit: 1000,
        type: 'bytes',
        extra: 0,
        reset: 'daily',
      },
    });
    expect(await ask(`${base}/traffic`)).toMatchObject({ status: 401 });
  });
});

describe('downloads', () => {
  it('begin with the links that an account was given by other means, those of videos with their quality', async () => {
    const { rows } = await service({ links: [film.url, video.url] });
    expect(await rows()).toMatchObject([
      { link: video.url, filename: 'Video.1080p.mp4', type: '1080p' },
      { link: film.url, filename: 'A.Film.2020.mkv', filesize: 1000, host: 'hoster.test' },
    ]);
    expect(await rows()).not.toMatchObject([{}, { type: expect.anything() as unknown }]);
  });

  it('are deleted one by one, which changes the account; making one does not', async () => {
    const { emulator, base, unrestrict, rows } = await service({ links: [film.url] });
    const told = (await unrestrict({ link: episode.url })).json() as Unrestricted;
    expect(emulator.log.destructive()).toEqual([]);
    const remove = (): Promise<Answer> =>
      ask(`${base}/downloads/delete/${told.id}`, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${token}` },
      });
    expect(await remove()).toMatchObject({ status: 204 });
    expect(refusal(await remove())).toEqual([404, 7, 'unknown_ressource']);
    expect(await rows()).toMatchObject([{ link: film.url }]);
    expect(await ask(told.download)).toMatchObject({ status: 404 });
    expect(emulator.log.destructive()).toHaveLength(2);
  });

  it('cannot begin with a link that the world has not', async () => {
    await expect(service({ links: [nowhere] })).rejects.toThrow('There is no hoster link');
  });
});

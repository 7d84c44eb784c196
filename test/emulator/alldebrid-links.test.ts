import { describe, expect, it } from 'vitest';
import type { AllDebridKnobs } from '../../src/emulator/alldebrid/knobs.js';
import type { Emulator } from '../../src/emulator/emulator.js';
import { singleFile, type WorldAccount } from '../../src/emulator/world.js';
import {
  bytesOf,
  clip,
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
import { ask, post, sameBytes } from './http-client.js';
import { account, started } from './started.js';

const key = 'alldebrid';
const dayMs = 86_400_000;

type Form = Readonly<Record<string, string>>;

interface Service {
  readonly emulator: Emulator;
  /** What stands in the envelope. */
  readonly data: (path: string, form?: Form) => Promise<Readonly<Record<string, unknown>>>;
  /** Code of a refusal. */
  readonly code: (path: string, form?: Form) => Promise<unknown>;
}

async function service(
  more: Partial<WorldAccount> = {},
  knobs: Partial<AllDebridKnobs> = {},
): Promise<Service> {
  const world = hosterWorld({ ...account('alldebrid', []), ...more });
  const emulator = await started({ world, knobs: { allDebrid: knobs, rateLimits: false } });
  const call = async (path: string, form: Form = {}, as = key): Promise<unknown> =>
    (await post(`${emulator.urls.allDebrid}/v4${path}`, as, form)).json();
  return {
    emulator,
    data: async (path, form) => ((await call(path, form)) as { data: Record<string, unknown> }).data,
    code: async (path, form) => ((await call(path, form)) as { error?: { code: string } }).error?.code,
  };
}

const refusedCode = (code: string): object => ({ code, message: expect.any(String) as unknown });

describe('user/links and user/history', () => {
  it('tell what an account was given: videos without name and size, what is gone as an error', async () => {
    const links = [film.url, untold.url, episode.url, video.url, nowhere];
    const { data } = await service({ links, history: [locked.url] });
    const date = Date.UTC(2026, 10, 1) / 1000;
    expect(await data('/user/links')).toEqual({
      links: [
        { link: film.url, filename: 'A.Film.2020.mkv', size: 1000, date, host: 'hoster' },
        { link: untold.url, filename: 'Untold.mkv', size: 0, date, host: 'hoster' },
        { link: episode.url, filename: 'Show.S01E01.mkv', size: 100, date, host: 'hoster' },
        { link: video.url, filename: '', size: 0, date, host: 'stream' },
        { link: nowhere, filename: '', size: 0, date, host: 'error' },
      ],
    });
    expect(await data('/user/history')).toEqual({
      links: [{ link: locked.url, filename: 'Locked.mkv', size: 300, date, host: 'hoster' }],
    });
  });

  it('may tell sizes as strings', async () => {
    const { data } = await service({ links: [film.url] }, { sizeAsString: true });
    expect(await data('/user/links')).toMatchObject({ links: [{ size: '1000' }] });
  });

  it('the history forgets after three days; saved links stay', async () => {
    const { emulator, data } = await service({ links: [film.url], history: [film.url] });
    emulator.advance(3 * dayMs - 1);
    expect(await data('/user/history')).toMatchObject({ links: [{ link: film.url }] });
    emulator.advance(1);
    expect(await data('/user/history')).toEqual({ links: [] });
    expect(await data('/user/links')).toMatchObject({ links: [{ link: film.url }] });
  });

  it('are changed by saving, deleting and purging; looking changes nothing', async () => {
    const { emulator, data, code } = await service({ links: [film.url], history: [film.url] });
    const saved = async (): Promise<unknown[]> =>
      ((await data('/user/links'))['links'] as { link: string }[]).map(({ link }) => link);
    expect(await saved()).toEqual([film.url]);
    await data('/user/history');
    expect(emulator.log.destructive()).toEqual([]);
    const both = { 'links[0]': locked.url, 'links[1]': video.url };
    expect(await data('/user/links/save', both)).toEqual({ message: 'Link was successfully saved' });
    expect(await saved()).toEqual([film.url, locked.url, video.url]);
    const gone = { 'links[]': film.url };
    expect(await data('/user/links/delete', gone)).toEqual({ message: 'Link was successfully deleted' });
    expect(await saved()).toEqual([locked.url, video.url]);
    expect(await data('/user/history/delete')).toEqual({ message: 'Links were successfully deleted' });
    expect(await data('/user/history')).toEqual({ links: [] });
    expect(await code('/user/links/save')).toBe('USER_LINK_MISSING');
    expect(await code('/user/links/delete')).toBe('USER_LINK_MISSING');
    expect(emulator.log.destructive()).toHaveLength(5);
  });

  it('are not changed with a key for demonstrations', async () => {
    const { emulator } = await service();
    const demo = async (path: string): Promise<unknown> =>
      (
        await post(`${emulator.urls.allDebrid}/v4${path}`, 'staticDemoApikeyPrem', { 'links[]': film.url })
      ).json();
    expect(await demo('/user/links/save')).toMatchObject({ error: { code: 'GENERIC' }, demo: true });
    expect(await demo('/user/links')).toMatchObject({ data: { links: [] }, demo: true });
  });
});

describe('link/infos', () => {
  it('tells of each link, or why not', async () => {
    const { emulator, data, code } = await service();
    emulator.world.setLinkOffline(episode.url, true);
    const links = [film.url, untold.url, video.url, locked.url, episode.url, nowhere, foreign.url];
    const form = Object.fromEntries(links.map((link, index) => [`link[${index}]`, link]));
    const hoster = { host: 'hoster', hostDomain: 'hoster.test' };
    expect(await data('/link/infos', form)).toEqual({
      infos: [
        { link: film.url, filename: 'A.Film.2020.mkv', size: 1000, ...hoster },
        { link: untold.url, filename: 'Untold.mkv', size: 0, ...hoster },
        { link: video.url, filename: 'Video.1080p.mp4', size: 0, host: 'stream', hostDomain: 'stream' },
        { link: locked.url, error: refusedCode('LINK_PASS_PROTECTED') },
        { link: episode.url, error: refusedCode('LINK_DOWN') },
        { link: nowhere, error: refusedCode('LINK_DOWN') },
        { link: foreign.url, error: refusedCode('LINK_HOST_NOT_SUPPORTED') },
      ],
    });
    expect(await code('/link/infos')).toBe('LINK_IS_MISSING');
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('takes a password', async () => {
    const { data } = await service();
    const infos = (password: string): Promise<unknown> =>
      data('/link/infos', { 'link[]': locked.url, password });
    expect(await infos('sesame')).toMatchObject({ infos: [{ filename: 'Locked.mkv', size: 300 }] });
    expect(await infos('open')).toMatchObject({ infos: [{ error: { code: 'LINK_PASS_PROTECTED' } }] });
  });
});

describe('link/redirector', () => {
  it('tells encrypted links, which are good for infos and unlock', async () => {
    const { data, code } = await service();
    const { links } = (await data('/link/redirector', { link: redirector })) as { links: string[] };
    const [first = '', second = ''] = links;
    expect(first).toMatch(/^https:\/\/redirect\.alldebrid\.com\/mnsaj-0-[0-9a-f]{64}$/);
    expect(second).toMatch(/^https:\/\/redirect\.alldebrid\.com\/mnsaj-1-[0-9a-f]{64}$/);
    expect(await data('/link/infos', { 'link[0]': first, 'link[1]': second })).toMatchObject({
      infos: [
        { link: first, filename: 'A.Film.2020.mkv', size: 1000, hostDomain: 'hoster.test' },
        { link: second, error: { code: 'LINK_PASS_PROTECTED' } },
      ],
    });
    const { link } = (await data('/link/unlock', { link: first })) as { link: string };
    sameBytes((await ask(link)).body, bytesOf(film));
    expect(await data('/link/unlock', { link: second, password: 'sesame' })).toMatchObject({ filesize: 300 });
    expect(await code('/link/unlock', { link: `${first}0` })).toBe('LINK_HOST_NOT_SUPPORTED');
  });

  it('is not itself a link, and others are no redirectors', async () => {
    const { emulator, code } = await service();
    expect(await code('/link/unlock', { link: redirector })).toBe('LINK_HOST_NOT_SUPPORTED');
    expect(await code('/link/redirector')).toBe('LINK_IS_MISSING');
    expect(await code('/link/redirector', { link: film.url })).toBe('REDIRECTOR_NOT_SUPPORTED');
    expect(await code('/link/redirector', { link: folder })).toBe('REDIRECTOR_NOT_SUPPORTED');
    expect(await code('/link/redirector', { link: 'no URL' })).toBe('REDIRECTOR_NOT_SUPPORTED');
    expect(await code('/link/redirector', { link: 'https://guard.test/go/2' })).toBe('REDIRECTOR_ERROR');
    expect(await code('/link/redirector', { link: 'https://guard.test/go/empty' })).toBe('REDIRECTOR_ERROR');
    emulator.world.setLinkOffline(redirector, true);
    expect(await code('/link/redirector', { link: redirector })).toBe('REDIRECTOR_ERROR');
  });
});

describe('link/unlock', () => {
  it('gives a URL for a hoster’s file, another each time', async () => {
    const { emulator, data } = await service();
    const told = await data('/link/unlock', { link: film.url });
    expect(told).toEqual({
      link: expect.stringMatching(/\/dl\/[a-z0-9]{10}\/A\.Film\.2020\.mkv$/) as unknown,
      host: 'hoster',
      filename: 'A.Film.2020.mkv',
      paws: false,
      filesize: 1000,
      streams: [],
      id: expect.stringMatching(/^[a-z0-9]{10}$/) as unknown,
      hostDomain: 'hoster.test',
      path: '',
      max_chunks: 16,
    });
    const url = told['link'] as string;
    sameBytes((await ask(url)).body, bytesOf(film));
    expect((await data('/link/unlock', { link: film.url }))['link']).not.toBe(url);
    expect(emulator.log.destructive()).toEqual([]);
    emulator.advance(dayMs);
    expect(await ask(url)).toMatchObject({ status: 404 });
  });

  it('gives a file of the account’s own as AllDebrid’s', async () => {
    const { data } = await service({ items: [{ torrent: singleFile('Own.mkv', 5) }] });
    const [files] = (await data('/magnet/files', { 'id[]': '100001' }))['magnets'] as unknown[];
    const link = /https:\/\/alldebrid\.com\/f\/\w+/.exec(JSON.stringify(files))?.[0] ?? '';
    const own = { host: 'alldebrid', hostDomain: 'alldebrid.com' };
    expect(await data('/link/unlock', { link })).toMatchObject({ filename: 'Own.mkv', filesize: 5, ...own });
    expect(await data('/link/infos', { 'link[]': link })).toMatchObject({
      infos: [{ link, filename: 'Own.mkv', size: 5, ...own }],
    });
  });

  it('may need time', async () => {
    const { emulator, data } = await service({}, { delayedSeconds: 7 });
    const told = await data('/link/unlock', { link: film.url });
    expect(told).toMatchObject({ filename: 'A.Film.2020.mkv', filesize: 1000 });
    expect(told).not.toHaveProperty('link');
    const id = String(told['delayed']);
    expect(await data('/link/delayed', { id })).toEqual({ status: 1, time_left: 7 });
    emulator.advance(7000);
    const { link } = (await data('/link/delayed', { id })) as { link: string };
    sameBytes((await ask(link)).body, bytesOf(film));
  });

  it('refuses what cannot be had', async () => {
    const { emulator, data, code } = await service();
    const unlock = (form: Form): Promise<unknown> => code('/link/unlock', form);
    expect(await unlock({})).toBe('LINK_IS_MISSING');
    expect(await unlock({ link: foreign.url })).toBe('LINK_HOST_NOT_SUPPORTED');
    expect(await unlock({ link: nowhere })).toBe('LINK_DOWN');
    expect(await unlock({ link: locked.url })).toBe('LINK_PASS_PROTECTED');
    expect(await unlock({ link: locked.url, password: 'open' })).toBe('LINK_PASS_PROTECTED');
    expect(await data('/link/unlock', { link: locked.url, password: 'sesame' })).toMatchObject({
      filesize: 300,
    });
    emulator.world.setLinkOffline(film.url, true);
    expect(await unlock({ link: film.url })).toBe('LINK_DOWN');
    emulator.world.setLinkOffline(film.url, false);
    emulator.world.setPremium(key, false);
    expect(await unlock({ link: film.url })).toBe('MUST_BE_PREMIUM');
    emulator.knobs.allDebrid.serverIp = true;
    expect(await unlock({ link: film.url })).toBe('NO_SERVER');
  });
});

describe('videos', () => {
  const stream = (id: string, quality: unknown, filesize: number): object => {
    return { id, ext: 'mp4', quality, filesize, proto: 'https', name: '' };
  };

  it('in several qualities have no link but a choice, the best not first', async () => {
    const { data } = await service();
    expect(await data('/link/unlock', { link: video.url })).toEqual({
      link: '',
      host: 'stream',
      filename: 'Video.1080p.mp4',
      filesize: 0,
      id: expect.stringMatching(/^[a-z0-9]{10}$/) as unknown,
      streams: [stream('139+140', 'mp3', 10), stream('138+140', 720, 70), stream('137+140', 1080, 90)],
    });
  });

  it('have a link for the quality that is chosen', async () => {
    const { emulator, data } = await service();
    const { id } = (await data('/link/unlock', { link: video.url })) as { id: string };
    const told = await data('/link/streaming', { id, stream: '138+140' });
    expect(told).toEqual({
      link: expect.stringContaining('/dl/') as unknown,
      filename: 'Video.720p.mp4',
      filesize: 70,
    });
    sameBytes((await ask(told['link'] as string)).body, bytesOf(video, video.qualities[1]?.file));
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('may need time', async () => {
    const { emulator, data } = await service({}, { delayedSeconds: 60 });
    const { id } = (await data('/link/unlock', { link: video.url })) as { id: string };
    const told = await data('/link/streaming', { id, stream: '137+140' });
    expect(told).toEqual({
      filename: 'Video.1080p.mp4',
      filesize: 90,
      delayed: expect.any(Number) as unknown,
    });
    emulator.advance(60_000);
    const { link } = (await data('/link/delayed', { id: String(told['delayed']) })) as { link: string };
    sameBytes((await ask(link)).body, bytesOf(video));
  });

  it('are refused under ids that nobody was given', async () => {
    const { data, code } = await service();
    const { id } = (await data('/link/unlock', { link: video.url })) as { id: string };
    expect(await code('/link/streaming')).toBe('STREAM_INVALID_GEN_ID');
    expect(await code('/link/streaming', { id: 'x', stream: '137+140' })).toBe('STREAM_INVALID_GEN_ID');
    expect(await code('/link/streaming', { id })).toBe('STREAM_INVALID_STREAM_ID');
    expect(await code('/link/streaming', { id, stream: '140+140' })).toBe('STREAM_INVALID_STREAM_ID');
    expect(await code('/link/streaming', { id, stream: '137' })).toBe('STREAM_INVALID_STREAM_ID');
  });

  it('in one quality have their link at once', async () => {
    const { data } = await service();
    const told = await data('/link/unlock', { link: clip.url });
    expect(told).toMatchObject({ filename: 'Video.480p.mp4', filesize: 40, streams: [] });
    sameBytes((await ask(told['link'] as string)).body, bytesOf(clip));
  });
});

describe('hosts', () => {
  const described = (domain: string, type: string, more: object = {}): object => {
    const name = domain.split('.')[0] ?? '';
    return { [name]: { name, type, domains: [domain], regexp: expect.any(String) as unknown, ...more } };
  };
  const files = described('hoster.test', 'premium', { status: true });

  it('are told to everybody, with expressions that match their links', async () => {
    const { emulator } = await service();
    const hosts = async (query = ''): Promise<unknown> =>
      ((await ask(`${emulator.urls.allDebrid}/v4/hosts${query}`)).json() as { data: unknown }).data;
    const all = (await hosts()) as { hosts: { hoster: { regexp: string } } };
    expect(all).toEqual({
      hosts: files,
      streams: described('video.test', 'free'),
      redirectors: described('guard.test', 'premium'),
    });
    const expression = new RegExp(all.hosts.hoster.regexp);
    expect(film.url).toMatch(expression);
    expect(episode.url).toMatch(expression);
    expect(foreign.url).not.toMatch(expression);
    expect(await hosts('?hostsOnly=1')).toEqual({ hosts: files });
    expect(await hosts('/domains')).toEqual({
      hosts: ['hoster.test'],
      streams: ['video.test'],
      redirectors: ['guard.test'],
    });
  });

  it('of an account are those of files, with what is left of a quota', async () => {
    const { emulator, data } = await service();
    expect(await data('/user/hosts')).toEqual({ hosts: files });
    expect(await data('/user')).toMatchObject({ user: { limitedHostersQuotas: [] } });
    emulator.knobs.allDebrid.limitedHosters = { hoster: { leftMegabytes: 20, dailyMegabytes: 500 } };
    const quota = { quota: 20, quotaMax: 500, quotaType: 'traffic' };
    expect(await data('/user/hosts')).toMatchObject({ hosts: { hoster: quota } });
    expect(await data('/user')).toMatchObject({ user: { limitedHostersQuotas: { hoster: 20 } } });
    expect((await ask(`${emulator.urls.allDebrid}/v4.1/user/hosts`)).json()).toMatchObject({
      error: { code: 'AUTH_MISSING_APIKEY' },
    });
  });
});

import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkId, linkKey, plainLink, type OwnLink, type OwnLinks } from '../../src/core/own-links.js';
import type { AppError } from '../../src/core/errors.js';
import type { Provider } from '../../src/core/provider.js';
import type { ItemDetails, Listing } from '../../src/core/torrent.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { hosterLink } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { FakeClock } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import { detailsOf, keepingWarnings, providerFor, sourceOf } from './minimal-services.js';
import { RunningClock } from './running-clock.js';
import { ScriptedServer, type Asked, type Reply } from './scripted-server.js';

const key = `obb_${'a'.repeat(32)}`;
const megabyte = 1_000_000;

const line = (url: string, over: Partial<OwnLink> = {}): OwnLink => ({ ...plainLink(url), ...over });

/** The user's lines, which a test may change. */
class Lines implements OwnLinks {
  links: readonly OwnLink[] = [];

  read(): Promise<{ readonly links: readonly OwnLink[]; readonly isComplete: boolean }> {
    return Promise.resolve({ links: this.links, isComplete: true });
  }
}

const list = (provider: Provider): Promise<Listing> => provider.list('links', 'full', never);
const linksDetails = (provider: Provider, lines: readonly OwnLink[]): Promise<ItemDetails[]> => {
  const ids = lines.map(({ url }) => linkId(url));
  return detailsOf(provider, ids, 'links');
};

async function failureOf(call: Promise<unknown>): Promise<AppError> {
  return (await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  )) as AppError;
}

/** Reads what a line turned out to be. */
function linkTo(provider: Provider, details: ItemDetails | undefined): ReturnType<Provider['link']> {
  return provider.link(sourceOf({ id: details?.id ?? '' }, details?.files?.[0], 'links'), never);
}

describe('a portal that answers as documented', () => {
  const film = hosterLink('https://files.test/f/film', { path: 'A.Film.2020.mkv', size: 500 * megabyte });
  const locked = hosterLink(
    'https://files.test/f/locked',
    { path: 'Locked.mkv', size: 5 },
    { password: 'pw' },
  );
  const many = Array.from({ length: 20 }, (_, index) =>
    hosterLink(`https://files.test/${index}/Film.${index}.mkv`, { path: `${index}.mkv`, size: megabyte }),
  );
  let emulator: Emulator;
  let provider: Provider;
  let lines: Lines;
  const kept = keepingWarnings();

  /** Time passes for the services when their client waits. */
  class SharedClock extends RunningClock {
    override async sleep(ms: number): Promise<void> {
      emulator.advance(ms);
      await super.sleep(ms);
    }
  }

  beforeEach(async () => {
    emulator = await startEmulator({
      world: {
        accounts: [{ service: 'storage-portal', token: key, items: [] }],
        hosters: [
          { domain: 'files.test', services: ['storage-portal'] },
          { domain: 'broken.test', services: ['storage-portal'] },
        ],
        links: [film, locked, ...many],
      },
      knobs: { storagePortal: { brokenHosts: ['broken.test'] } },
    });
    lines = new Lines();
    kept.warnings.length = 0;
    provider = createProvider({
      service: 'storage-portal',
      account: 'mine',
      token: key,
      apiUrl: emulator.apiUrl('storage-portal'),
      proxyUrl: null,
      clock: new SharedClock(emulator.now()),
      logger: kept.logger,
      ownLinks: lines,
    });
  });
  afterEach(async () => {
    await provider.close();
    await emulator.stop();
  });

  it('lists the lines of its hosts that work, subdomains and all, and leaves the others as they were', async () => {
    const [taken, www, broken, foreign] = [
      line('https://files.test/f/film'),
      line('https://www.files.test/f/2'),
      line('https://broken.test/f/1'),
      line('https://notfiles.test/f/1'),
    ];
    lines.links = [taken, www, broken, foreign];
    const listing = await list(provider);
    expect(listing.scope).toBe('complete');
    expect(listing.items.map(({ torrent }) => torrent)).toEqual([linkKey(taken.url), linkKey(www.url)]);
    expect(listing.unreadable).toEqual([linkId(broken.url), linkId(foreign.url)]);
  });

  it('is listed, scanned and read for nothing: twenty lines that nobody bought cost no traffic', async () => {
    lines.links = many.map(({ url, file }) => line(url, { size: file.size }));
    const { items } = await list(provider);
    expect(items.map(({ name, files }) => [name, files])).toEqual(
      many.map(({ url }, index) => {
        const path = `Film.${index}.mkv`;
        return [path, [{ path, pathTold: true, size: megabyte, ref: `offer:${url}`, packed: false }]];
      }),
    );
    emulator.log.clear();
    for (const each of items) {
      const refused = await failureOf(linkTo(provider, each));
      expect(refused).toMatchObject({ code: 'not-bought', retry: 'other-source' });
      expect(refused.message).toContain('`buy=true`');
      expect(refused.message).toContain('`debridfs add --buy URL`');
    }
    expect(emulator.log.count()).toBe(0);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('does not show a line of which nobody knows the size', async () => {
    lines.links = [line(film.url)];
    expect(await linksDetails(provider, lines.links)).toEqual([]);
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(0);
  });

  it('buys a line once, waits until the file is there, and reads it', async () => {
    lines.links = [line(film.url, { mayBuy: true })];
    const [details] = await linksDetails(provider, lines.links);
    expect(details).toMatchObject({
      name: 'A.Film.2020.mkv',
      files: [{ path: 'A.Film.2020.mkv', size: 500 * megabyte }],
    });
    expect(details?.files?.[0]?.ref).toMatch(/^bought:[a-z0-9]{6}$/);
    const { url, bornMs } = await linkTo(provider, details);
    expect(bornMs).toBe(emulator.now());
    const response = await request(url, { headers: { range: 'bytes=100-149' } });
    const body = Buffer.from(await response.body.arrayBuffer());
    expect(body.equals(contentBytes(linkId(film.url), 'A.Film.2020.mkv', 100, 150))).toBe(true);
    // 10 s at 50 MB a second, asked every two.
    expect(emulator.log.count({ path: /\/link\// })).toBeLessThanOrEqual(6);
    await linksDetails(provider, lines.links);
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(1);
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it('buys nothing again because a line is renamed or its copy is gone, but when it is ordered again', async () => {
    lines.links = [line(film.url, { mayBuy: true })];
    const [details] = await linksDetails(provider, lines.links);
    emulator.world.expireDownloads('storage-portal');
    lines.links = [line(film.url, { mayBuy: true, name: 'Other.mkv' })];
    expect(await linksDetails(provider, lines.links)).toMatchObject([
      { name: 'Other.mkv', files: [{ path: 'Other.mkv', ref: details?.files?.[0]?.ref }] },
    ]);
    const gone = await failureOf(linkTo(provider, details));
    expect(gone).toMatchObject({ code: 'not-bought', retry: 'other-source' });
    expect(gone.message).toMatch(/buy it again.*`debridfs add --buy URL`/);
    expect(emulator.log.destructive()).toHaveLength(1);
    lines.links = [line(film.url, { mayBuy: true, order: '2' })];
    const [again] = await linksDetails(provider, lines.links);
    expect((await linkTo(provider, again)).url).toMatch(/^http/);
    expect(emulator.log.destructive()).toHaveLength(2);
  });

  it('pays once also where the first answer is lost', async () => {
    emulator.faults.add({
      at: 'obb-api',
      path: /unrestrict/,
      action: { kind: 'resetAfter', bytes: 0 },
      times: 1,
    });
    lines.links = [line(film.url, { mayBuy: true })];
    expect((await failureOf(linksDetails(provider, lines.links))).code).toBe('network');
    expect(await linksDetails(provider, lines.links)).toHaveLength(1);
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(2);
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it('gives the password of a line, and says where one is missing', async () => {
    lines.links = [line(locked.url, { mayBuy: true })];
    expect(await linksDetails(provider, lines.links)).toEqual([]);
    expect(kept.warnings.join()).toContain('needs a password');
    lines.links = [line(locked.url, { mayBuy: true, password: 'pw' })];
    expect(await linksDetails(provider, lines.links)).toHaveLength(1);
  });

  it('buys as many as its host lets it at once, and the others later, the account being none the worse', async () => {
    emulator.knobs.storagePortal.fetchBytesPerSecond = 1_000;
    lines.links = many.map(({ url }) => line(url, { mayBuy: true }));
    expect(await linksDetails(provider, lines.links)).toHaveLength(3);
    expect(emulator.log.count({ path: /unrestrict/ })).toBe(4);
    expect(kept.warnings).toHaveLength(1);
    expect((await provider.state(never)).condition).toBe('ok');
  });

  it('says so when the portal could not fetch what was bought, and does not buy it again', async () => {
    emulator.knobs.storagePortal.failedFetches = 1;
    lines.links = [line(film.url, { mayBuy: true })];
    const [details] = await linksDetails(provider, lines.links);
    expect(await failureOf(linkTo(provider, details))).toMatchObject({
      code: 'link-dead',
      retry: 'other-source',
    });
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it('tells how the account is', async () => {
    expect(await provider.state(never)).toMatchObject({
      condition: 'ok',
      detail: '',
      allowances: [{ name: 'traffic', unit: 'bytes' }],
    });
    emulator.knobs.storagePortal.trafficmaxQuirk = true;
    expect((await provider.state(never)).condition).toBe('ok');
    lines.links = [line(film.url, { mayBuy: true })];
    await linksDetails(provider, lines.links);
    emulator.knobs.storagePortal.trafficBytes = 500 * megabyte;
    expect(await provider.state(never)).toMatchObject({
      condition: 'limited',
      detail: expect.stringContaining('no traffic left') as string,
    });
    emulator.world.setPremium(key, false);
    expect((await provider.state(never)).condition).toBe('expired');
    emulator.world.rotateKey(key, `obb_${'b'.repeat(32)}`);
    expect((await provider.state(never)).condition).toBe('rejected');
  });
});

describe('a portal that answers anything', () => {
  let server: ScriptedServer;
  let clock: FakeClock;
  let provider: Provider;
  let lines: Lines;
  const ok = (data: unknown): Reply => ({ json: { success: true, data } });
  const no = (status: number, code: number, over: object = {}): Reply => ({
    status,
    json: { success: false, status: code, msg: 'No.', ...over },
  });
  const hosts = ok({ supportedhosts: [{ domains: ['files.test'], currently_working: true }] });
  const made = { linkId: 'abc123', download_ready: true, link: 'https://cdn.test/abc123', filesize: '7' };
  const bought = sourceOf(
    { id: '1' },
    { path: 'a', pathTold: true, size: 1, ref: 'bought:abc123', packed: false },
    'links',
  );
  /** Answers about hosts, and everything else by the test. */
  const answering = (reply: (asked: Asked) => Reply): void =>
    void (server.respond = (asked) => (asked.path.endsWith('/hosts/grouped') ? hosts : reply(asked)));

  beforeEach(async () => {
    server = await new ScriptedServer().listen();
    clock = new RunningClock();
    lines = new Lines();
    lines.links = [line('https://files.test/1/Film.mkv', { mayBuy: true })];
    provider = providerFor('storage-portal', server, { clock, ownLinks: lines });
  });
  afterEach(async () => {
    await provider.close();
    await server.close();
  });

  it('is asked by its documented ways, with the key in the header', async () => {
    lines.links = [line('https://files.test/1/Film.mkv', { mayBuy: true, password: 'pw' })];
    answering(() => ok(made));
    await list(provider);
    const [details] = await linksDetails(provider, lines.links);
    expect((await linkTo(provider, details)).url).toBe(made.link);
    const path = '/api/external/v1';
    expect(server.asked.map((asked) => [asked.method, asked.path, asked.body])).toEqual([
      ['GET', `${path}/hosts/grouped`, ''],
      ['POST', `${path}/unrestrict`, JSON.stringify({ url: lines.links[0]?.url, password: 'pw' })],
      ['GET', `${path}/link/abc123`, ''],
    ]);
    expect(server.asked[1]?.headers['content-type']).toBe('application/json');
    expect(server.asked[0]?.headers.authorization).toMatch(/^Bearer \S+$/);
  });

  it.each<[string, object, string, number | null]>([
    ['all of it', { filename: 'Told.mkv', filesize: '30833612' }, 'Told.mkv', 30_833_612],
    ['a number for the size', { filename: 'Told.mkv', filesize: 5 }, 'Told.mkv', 5],
    ['no name', { filename: null }, 'Film.mkv', 7],
    ['an absolute path', { filename: '/etc/passwd' }, 'etc/passwd', 7],
    ['no size yet', { filename: 'Told.mkv', filesize: '0' }, 'Told.mkv', null],
    ['a size that is none', { filesize: 'big' }, 'Film.mkv', null],
  ])('tells of what was bought %s', async (_what, over, path, size) => {
    answering(() => ok({ ...made, ...over }));
    const [details] = await linksDetails(provider, lines.links);
    expect(details?.files ?? null).toEqual(
      size === null ? null : [{ path, pathTold: true, size, ref: 'bought:abc123', packed: false }],
    );
    if (size !== null) return;
    // The size is asked for where that is free.
    answering((asked) => ok({ ...made, filesize: asked.method === 'GET' ? '9' : null }));
    expect(await linksDetails(provider, lines.links)).toMatchObject([{ files: [{ size: 9 }] }]);
    expect(server.to('/unrestrict')).toHaveLength(1);
  });

  it.each([
    null,
    {},
    { ...made, linkId: null },
    { ...made, linkId: '../account' },
    { ...made, download_ready: 'perhaps' },
    { ...made, link: 'file:///x' },
  ])('whose answer to a purchase is %j has been paid, and is not asked for another', async (data) => {
    answering(() => ok(data));
    for (let time = 0; time < 2; time += 1) expect(await linksDetails(provider, lines.links)).toEqual([]);
    expect(server.to('/unrestrict')).toHaveLength(1);
  });

  it.each([
    [2, 2_000],
    [0, 1_000],
    [3_600, 60_000],
    [undefined, 2_000],
  ])('is asked again for a link after %s s, within bounds', async (seconds, waitedMs) => {
    const startMs = clock.now();
    const waiting = { ...made, download_ready: false, link: null, remote_status: 'pending' };
    answering(() => ok(server.asked.length < 2 ? { ...waiting, poll_after_seconds: seconds } : made));
    expect((await provider.link(bought, never)).bornMs - startMs).toBe(waitedMs);
  });

  it('is not asked any more when the reader has gone', async () => {
    await provider.close();
    const still = new FakeClock();
    provider = providerFor('storage-portal', server, { clock: still, ownLinks: lines });
    answering(() => ok({ ...made, download_ready: false }));
    const reader = new AbortController();
    const link = failureOf(provider.link(bought, reader.signal));
    await expect.poll(() => still.sleeping).toBe(1);
    reader.abort();
    expect((await link).code).toBe('aborted');
    expect(server.asked).toHaveLength(1);
  });

  it.each<[string, Reply, AppError['code'], number | undefined]>([
    ['its pool is empty', no(429, 107, { retry_in_seconds: 120 }), 'service-down', 120_000],
    ['the day is used up', no(429, 54, { retry_in_seconds: 86_400 }), 'not-ready', 600_000],
    ['too many are under way', no(429, 55), 'not-ready', undefined],
    ['too many slow ones are', no(429, 56), 'not-ready', undefined],
    ['the status is a text', no(500, '999' as unknown as number), 'service-down', undefined],
    ['the status is unknown', no(400, 12), 'bad-answer', undefined],
    ['there is no such copy', no(404, 104), 'not-bought', undefined],
    [
      'it says 404 without a status',
      { status: 404, json: { success: false, msg: 'gone' } },
      'not-bought',
      undefined,
    ],
    ['it says 404 as a page', { status: 404, body: '<html>' }, 'bad-answer', undefined],
    [
      'it refuses with 200',
      { json: { success: false, status: 2, msg: 'No.' } },
      'account-blocked',
      undefined,
    ],
  ])('is understood when %s', async (_what, reply, code, retryAfterMs) => {
    answering(() => reply);
    const failure = await failureOf(provider.link(bought, never));
    expect(failure.code).toBe(code);
    expect(failure.retryAfterMs).toBe(retryAfterMs);
    answering(() => ok(made));
    // Nothing else has to wait for it.
    const beforeMs = clock.now();
    await provider.link(bought, never);
    expect(clock.now() - beforeMs).toBeLessThan(1_000);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['no list', { supportedhosts: 'all' }],
    ['no hosts', {}],
  ])('that tells %s has not said what it takes', async (_what, data) => {
    server.respond = () => ok(data);
    await expect(list(provider)).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('may tell odd hosts beside good ones', async () => {
    const row = (domains: unknown, working: unknown = true): object => ({
      domains,
      currently_working: working,
    });
    const rows = [
      null,
      7,
      row(null),
      row([null, 5, '', 'usenet', 'test']),
      row(['a.test'], null),
      row(['FILES.test ']),
    ];
    server.respond = () => ok({ supportedhosts: rows });
    lines.links = ['https://files.test/1', 'https://a.test/1', 'https://b.test/1'].map((url) => line(url));
    expect((await list(provider)).items).toHaveLength(1);
  });

  it('is asked what it takes once for many lists', async () => {
    answering(() => ok(made));
    await list(provider);
    await list(provider);
    expect(server.asked).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ trafficmax: 5, trafficleft: 1 }, 'ok'],
    [{ trafficmax: '5', trafficleft: null, timeleft: 77 }, 'ok'],
    [{ trafficmax: 5, trafficleft: 0 }, 'limited'],
    [{ accountType: 'free', trafficmax: 0, trafficleft: 0 }, 'expired'],
  ])('says by %j that the account is %s', async (data, condition) => {
    server.respond = () => ok(data);
    expect(await provider.state(never)).toMatchObject({ condition, premiumUntilMs: null });
  });

  it.each([null, {}, { trafficmax: null }])('that answers %j has not described the account', async (data) => {
    server.respond = () => ok(data);
    await expect(provider.state(never)).rejects.toMatchObject({ code: 'bad-answer' });
  });
});

it.each([null, '', 'portal'])(
  'an account without the address of its portal (%j) is a mistake in the settings',
  (apiUrl) => {
    expect(() => providerFor('storage-portal', { url: 'unused' }, { apiUrl })).toThrow(
      expect.objectContaining({ code: 'config' }) as Error,
    );
  },
);

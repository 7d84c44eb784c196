import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Provider } from '../../src/core/provider.js';
import type { Listing, ListName } from '../../src/core/torrent.js';
import { FakeClock } from '../support/fake-clock.js';
import { RunningClock } from './running-clock.js';
import { never } from '../support/never.js';
import { detailsOf, movie, pack, providerFor, sourceOf, token, torBox } from './minimal-services.js';
import { ScriptedServer, type Asked, type Reply } from './scripted-server.js';

let server: ScriptedServer;
let clock: FakeClock;
let provider: Provider;
const read = (list: ListName = 'torrents'): Promise<Listing> => provider.list(list, 'full', never);
const entry = (number: number, over: object = {}): Record<string, unknown> => ({
  ...torBox.entry({ ...movie, number }),
  ...over,
});

beforeEach(async () => {
  server = await new ScriptedServer().listen();
  clock = new FakeClock();
  provider = providerFor('torbox', server, { clock });
});
afterEach(async () => {
  await provider.close();
  await server.close();
});

describe('the three lists', () => {
  it('are three: numbers that overlap never mean the same download', async () => {
    server.respond = (asked) =>
      torBox.listReply([
        entry(7, asked.path.includes('/torrents/') ? {} : { hash: 'ABCDEF0123456789abcdef0123456789' }),
      ]);
    const keys: string[] = [];
    for (const list of provider.lists) keys.push(...(await read(list)).items.map(({ torrent }) => torrent));
    expect(keys).toEqual([
      '7'.padStart(40, '0'),
      'usenet:abcdef0123456789abcdef0123456789',
      'web:abcdef0123456789abcdef0123456789',
    ]);
    expect(server.asked.map(({ path }) => path)).toEqual(
      ['torrents', 'usenet', 'webdl'].map((list) => `/v1/api/${list}/mylist`),
    );
  });

  it('hold downloads without a hash by their number', async () => {
    server.respond = () => torBox.listReply([entry(7, { hash: null })]);
    expect((await read('usenet')).items[0]?.torrent).toBe('usenet:id-7');
    expect((await read('torrents')).unreadable).toEqual(['7']);
  });

  it('make links with the parameter of their kind, the number of the file always there', async () => {
    server.respond = torBox.library([]);
    const file = { path: 'a', pathTold: true, size: 1, ref: '0', packed: false };
    for (const list of provider.lists) await provider.link(sourceOf({ id: '7' }, file, list), never);
    expect(server.asked.map(({ path, query }) => `${path}?${query.toString()}`)).toEqual(
      [
        ['torrents', 'torrent_id'],
        ['usenet', 'usenet_id'],
        ['webdl', 'web_id'],
      ].map(([list, id]) => `/v1/api/${list}/requestdl?${id}=7&file_id=0&zip_link=false&token=${token}`),
    );
  });
});

describe('a list', () => {
  it.each<[string, Reply]>([
    ['null', torBox.listReply(null)],
    ['an empty list', torBox.listReply([])],
    ['404', { status: 404, json: { success: false, error: 'ITEM_NOT_FOUND', detail: '', data: null } }],
    [
      '404 in the spelling of the documentation',
      { status: 404, json: { success: false, error: 'ITEM NOT FOUND' } },
    ],
  ])('that is %s is empty', async (_what, reply) => {
    server.respond = () => reply;
    expect(await read()).toEqual({ scope: 'complete', items: [], unreadable: [] });
  });

  it('that the service does not know at all is not empty', async () => {
    server.respond = () => ({ status: 404, json: { detail: 'Not Found' } });
    await expect(read()).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('may be one download alone, or a map', async () => {
    server.respond = () => torBox.listReply(entry(7));
    expect((await read()).items).toHaveLength(1);
    server.respond = () => torBox.listReply({ a: entry(7), b: entry(8) });
    expect((await read('webdl')).items).toHaveLength(2);
  });

  /** A list as the service pages it, one more than asked for. */
  const paged = (count: number, asked: Asked): Reply => {
    const offset = Number(asked.query.get('offset'));
    const limit = Number(asked.query.get('limit'));
    const all = Array.from({ length: count }, (_, index) => entry(count - index));
    return torBox.listReply(all.slice(offset, offset + limit + 1));
  };

  it.each([999, 1_000, 1_001, 2_500])('of %i downloads is whole, and fresh once', async (count) => {
    server.respond = (asked) => paged(count, asked);
    const listing = await read();
    expect(listing.scope).toBe('complete');
    expect(new Set(listing.items.map(({ id }) => id)).size).toBe(count);
    expect(listing.items).toHaveLength(count);
    expect(server.asked.map(({ query }) => query.get('bypass_cache'))).toEqual([
      'true',
      ...Array<null>(server.asked.length - 1).fill(null),
    ]);
  });

  it.each([
    [500, 900],
    [500, 500],
    [500, 1_500],
    [501, 900],
    [100, 4_000],
  ])('cut by the service to pages of %i is whole with %i downloads', async (most, count) => {
    const all = Array.from({ length: count }, (_, index) => entry(count - index));
    server.respond = (asked) => {
      const offset = Number(asked.query.get('offset'));
      return torBox.listReply(all.slice(offset, offset + most));
    };
    provider = providerFor('torbox', server, { clock: new RunningClock() });
    const listing = await read();
    expect([listing.scope, listing.items.length]).toEqual(['complete', count]);
  });

  it.each([1, 7, 49, 52, 999])('of %i downloads costs one request', async (count) => {
    server.respond = (asked) => paged(count, asked);
    await read();
    expect(server.asked).toHaveLength(1);
  });

  it('of 50 downloads is whole where the service always answers with all of them', async () => {
    server.respond = () => torBox.listReply(Array.from({ length: 50 }, (_, index) => entry(50 - index)));
    const listing = await read();
    expect([listing.scope, listing.items.length, server.asked.length]).toEqual(['complete', 50, 2]);
  });

  it('whose pages do not meet proves no removal', async () => {
    server.respond = (asked) => {
      const isFirst = asked.query.get('offset') === '0';
      const from = isFirst ? 5_000 : 3_000;
      return torBox.listReply(
        Array.from({ length: isFirst ? 1_000 : 500 }, (_, index) => entry(from - index)),
      );
    };
    expect(await read()).toMatchObject({ scope: 'changes' });
  });

  it('asked for again within a minute tells what was added, and proves nothing', async () => {
    server.respond = () => torBox.listReply([entry(20), entry(10)]);
    expect((await read()).scope).toBe('complete');
    await clock.advance(30_000);
    // The cache may be older than the fresh answer: 15 was deleted long ago, 10 is missing, 21 is new.
    server.respond = () => torBox.listReply([entry(21), entry(20), entry(15)]);
    const soon = await read();
    expect(soon.scope).toBe('changes');
    expect(soon.items.map(({ id }) => id)).toEqual(['21']);
    expect(server.asked.at(-1)?.query.has('bypass_cache')).toBe(false);
    await clock.advance(30_000);
    expect((await read()).scope).toBe('complete');
    expect(server.asked.at(-1)?.query.get('bypass_cache')).toBe('true');
  });

  it('that must be fresh is waited for until it may be', async () => {
    server.respond = () => torBox.listReply([entry(20), entry(10)]);
    await read();
    await clock.advance(30_000);
    server.respond = () => torBox.listReply([entry(10)]);
    let listing: Listing | null = null;
    const reading = provider.list('torrents', 'fresh', never).then((told) => (listing = told));
    await clock.advance(29_999);
    expect([server.asked.length, listing]).toEqual([1, null]);
    await clock.advance(1);
    expect(await reading).toMatchObject({ scope: 'complete', items: [{ id: '10' }] });
    expect(server.asked.at(-1)?.query.get('bypass_cache')).toBe('true');
  });

  it('is fresh at most once a minute even while the service fails', async () => {
    server.respond = () => ({ status: 500, json: { success: false, error: 'DATABASE_ERROR' } });
    for (let time = 0; time < 13; time += 1) {
      await expect(read()).rejects.toMatchObject({ code: 'service-down' });
      await clock.advance(10_000);
    }
    const fresh = server.asked.filter(({ query }) => query.has('bypass_cache'));
    expect([server.asked.length, fresh.length]).toEqual([13, 3]);
  });
});

describe('a download', () => {
  it.each<[string, object, string]>([
    ['present', { download_state: 'uploading', active: true }, 'ready'],
    ['finished, on its way to storage', { download_present: false, download_state: 'completed' }, 'working'],
    [
      'in a state nobody has heard of',
      { download_present: false, download_finished: false, download_state: 'new' },
      'working',
    ],
    ['expired', { download_present: false, download_state: 'expired' }, 'failed'],
    [
      'past its end',
      { download_present: false, download_state: 'cached', expires_at: '2026-10-01T00:00:00Z' },
      'failed',
    ],
    [
      'failed',
      { download_present: false, download_finished: false, download_state: 'failed (Aborted)' },
      'failed',
    ],
  ])('that is %s', async (_what, over, state) => {
    server.respond = () => torBox.listReply([entry(7, over)]);
    const [item] = (await read()).items;
    expect(item?.state).toBe(state);
    expect(item?.reason === null).toBe(state === 'ready');
  });

  it('whose name is not known yet has none and no files', async () => {
    const { hash } = entry(7);
    server.respond = () =>
      torBox.listReply([entry(7, { name: hash, size: -1, files: null, download_present: false })]);
    expect((await read()).items[0]).toMatchObject({ name: '', files: null, state: 'working' });
  });

  it.each([
    ['0001-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59Z', 0],
    ['2026-11-02T00:00:01Z', 0],
    ['2026-11-01T23:59:59Z', Date.UTC(2026, 10, 1, 23, 59, 59)],
  ])('said to be added at %s is dated %i, 0 where that cannot be', async (date, addedMs) => {
    server.respond = () => torBox.listReply([entry(7, { created_at: date })]);
    expect((await read()).items[0]?.addedMs).toBe(addedMs);
  });

  it('has the file number 0', async () => {
    server.respond = torBox.library([pack]);
    expect((await read()).items[0]?.files?.map(({ ref }) => ref)).toEqual(['0', '1']);
  });

  it('whose files the list does not tell is asked for alone', async () => {
    server.respond = torBox.library([pack], [{ ...torBox.entry(pack), files: null }]);
    expect((await read()).items[0]?.files).toBeNull();
    const [details] = await detailsOf(provider, ['7']);
    expect(details?.files).toHaveLength(2);
    expect(server.asked.at(-1)?.query.get('id')).toBe('7');
  });
});

describe('a link', () => {
  const source = sourceOf({ id: '7' }, { path: 'a', pathTold: true, size: 1, ref: '0', packed: false });

  it.each<[string, Reply, string, string]>([
    [
      '403 without JSON fields',
      { status: 403, json: { detail: 'Forbidden' } },
      'token-rejected',
      'other-source',
    ],
    ['a limit in words', { status: 429, json: { detail: '60 per 1 hour' } }, 'rate-limited', 'wait'],
    [
      'a limit in plain text',
      { status: 429, body: 'slow', headers: { 'content-type': 'text/plain' } },
      'rate-limited',
      'wait',
    ],
    [
      'an incident',
      { status: 500, json: { success: false, error: 'DATABASE_ERROR' } },
      'service-down',
      'wait',
    ],
    [
      'a validation error',
      { status: 422, json: { detail: [{ loc: ['query'], msg: 'bad' }] } },
      'internal',
      'never',
    ],
    [
      'a failure with 200',
      { json: { success: false, error: null, detail: 'no', data: null } },
      'bad-answer',
      'wait',
    ],
    [
      'a failure that says true',
      { status: 400, json: { success: false, error: true } },
      'bad-answer',
      'never',
    ],
  ])('refused with %s', async (_what, reply, code, retry) => {
    server.respond = () => reply;
    const failed = await provider.link(source, never).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code, retry });
    expect(JSON.stringify([failed, (failed as Error).message])).not.toContain(token);
  });

  it('is held back after a restart as it would have been without one', async () => {
    server.respond = torBox.library([]);
    const ask = (times: number): Promise<unknown> =>
      Promise.allSettled(Array.from({ length: times }, () => provider.link(source, never)));
    const before = ask(40);
    await clock.advance(10_000);
    await before;
    expect(server.asked).toHaveLength(40);
    await provider.close();
    const recentLinkTimesMs = Array.from({ length: 40 }, (_, index) => clock.now() - 10_000 + 250 * index);
    provider = providerFor('torbox', server, { clock, recentLinkTimesMs });
    expect(provider.budgets()).toContainEqual({ name: 'links', used: 39, limit: 40, windowMs: 204_000 });
    const after = ask(100);
    await clock.advance(290_000);
    await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(90));
    expect(server.asked.length).toBeLessThanOrEqual(98);
    await provider.close();
    await after;
  });

  it('carries the token in the query and shows it to nobody', async () => {
    server.respond = () => ({
      status: 400,
      json: { success: false, error: 'BAD', detail: `token=${token} is odd` },
    });
    const failed = await provider.link(source, never).catch((thrown: unknown) => thrown);
    expect(server.asked[0]?.query.get('token')).toBe(token);
    expect(JSON.stringify((failed as { context: object }).context)).not.toContain(token);
  });
});

describe('the account', () => {
  it.each([
    [{ plan: 2, premium_expires_at: '2027-01-01T00:00:00Z', cooldown_until: null }, 'ok'],
    [{ plan: '0', premium_expires_at: '2026-01-01T00:00:00Z' }, 'expired'],
    [{ plan: 0, premium_expires_at: null }, 'expired'],
    [{ plan: 1, premium_expires_at: null, cooldown_until: '2026-12-01T00:00:00Z' }, 'limited'],
  ])('%j is %s', async (user, condition) => {
    server.respond = () => torBox.listReply(user);
    expect((await provider.state(never)).condition).toBe(condition);
  });

  it.each([
    [1, 3],
    [2, 10],
    ['3', 5],
  ])('with plan %j may have %i downloads at once', async (plan, limit) => {
    server.respond = () => torBox.listReply({ plan, total_bytes_downloaded: 7 });
    expect((await provider.state(never)).allowances).toEqual([
      { name: 'downloads at once', unit: 'items', used: null, left: null, limit },
      { name: 'downloaded in all', unit: 'bytes', used: 7, left: null, limit: null },
    ]);
  });

  it.each([
    { status: 403, json: { success: false, error: 'BAD_TOKEN', detail: '', data: null } },
    { status: 403, json: { detail: 'No.' } },
  ])('whose key was changed is told so: %j', async (reply) => {
    server.respond = () => reply;
    const { condition, detail } = await provider.state(never);
    expect([condition, detail]).toEqual(['rejected', expect.stringMatching(/take the new one/)]);
  });
});

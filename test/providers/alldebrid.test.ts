import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Provider } from '../../src/core/provider.js';
import type { Listing } from '../../src/core/torrent.js';
import { flattenFiles } from '../../src/providers/alldebrid/file-tree.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import {
  allDebrid,
  detailsOf,
  keepingWarnings,
  movie,
  pack,
  providerFor,
  sourceOf,
} from './minimal-services.js';
import { RunningClock } from './running-clock.js';
import { ScriptedServer, type Reply } from './scripted-server.js';

let server: ScriptedServer;
let provider: Provider;
const { logger, warnings } = keepingWarnings();
const list = (mode: 'full' | 'cheap'): Promise<Listing> => provider.list('torrents', mode, never);
const success = (data: unknown): Reply => ({ json: { status: 'success', data } });

beforeEach(async () => {
  server = await new ScriptedServer().listen();
  provider = providerFor('alldebrid', server, { logger });
  warnings.length = 0;
});
afterEach(async () => {
  await provider.close();
  await server.close();
});

describe('the list', () => {
  /** What the next answers hold, and the session and counter that each request came with. */
  const script = (...answers: object[]): (() => string[]) => {
    let next = 0;
    server.respond = () => success(answers[next++]);
    return () => server.asked.map(({ form }) => `${form.get('session') ?? ''}/${form.get('counter') ?? ''}`);
  };
  const working = { ...allDebrid.entry(pack), statusCode: 1, status: 'Downloading', completionDate: 0 };
  const everything = { magnets: [allDebrid.entry(movie), working], counter: 1, fullsync: true };

  it('tells only what changed, put together with what was known', async () => {
    const asked = script(
      everything,
      { magnets: [], counter: 2 },
      {
        magnets: [
          { id: String(pack.number), statusCode: '4' },
          { id: movie.number, seeders: 3 },
        ],
        counter: '3',
      },
    );
    expect((await list('full')).scope).toBe('complete');
    expect(await list('cheap')).toEqual({ scope: 'changes', items: [], unreadable: [] });
    const changed = await list('cheap');
    expect(changed.scope).toBe('changes');
    expect(changed.items.map(({ id, name, state }) => [id, name, state])).toEqual([
      [String(pack.number), pack.name, 'ready'],
      [String(movie.number), movie.name, 'ready'],
    ]);
    const [session] = asked()[0]?.split('/') ?? [];
    expect(asked()).toEqual([`${session}/0`, `${session}/1`, `${session}/2`]);
  });

  it('is whole where it is asked for whole, in a session of its own', async () => {
    const asked = script(everything, everything);
    await list('full');
    expect((await list('full')).scope).toBe('complete');
    expect(asked().map((each) => each.split('/')[1])).toEqual(['0', '0']);
    expect(new Set(asked()).size).toBe(2);
  });

  it('is whole where the service has lost count', async () => {
    script(everything, { magnets: [allDebrid.entry(movie)], counter: 1, fullsync: true });
    await list('full');
    const listing = await list('cheap');
    expect([listing.scope, listing.items.length]).toEqual(['complete', 1]);
  });

  it.each<[string, unknown]>([
    ['of a magnet never told', { id: 999, downloaded: 5 }],
    ['that is an id alone, as a deletion may be', { id: movie.number }],
    ['without an id', { downloaded: 5 }],
    ['that is no object', 17],
  ])('is asked for whole after a change %s', async (_what, change) => {
    const asked = script(everything, { magnets: [change], counter: 2 }, everything);
    await list('full');
    expect((await list('cheap')).scope).toBe('complete');
    expect(asked().map((each) => each.split('/')[1])).toEqual(['0', '1', '0']);
  });

  it('is asked for whole after an answer that was lost', async () => {
    await (script(everything), list('full'));
    server.respond = () => ({ status: 502, body: '<html>' });
    await expect(list('cheap')).rejects.toMatchObject({ code: 'service-down' });
    script(everything);
    expect((await list('cheap')).scope).toBe('complete');
    expect(server.asked.at(-1)?.form.get('counter')).toBe('0');
  });

  it('is refused where a new session begins with changes', async () => {
    script({ magnets: [], counter: 7, fullsync: false });
    await expect(list('full')).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('is refused where a new session begins with one magnet that may be a change', async () => {
    script({ magnets: allDebrid.entry(movie), counter: 1 });
    await expect(list('full')).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it.each<[string, unknown]>([
    ['a list', [allDebrid.entry(movie)]],
    ['a map', { 0: allDebrid.entry(movie) }],
  ])('is whole as %s although a new session does not say so', async (_what, magnets) => {
    script({ magnets, counter: 1 });
    expect(await list('full')).toMatchObject({ scope: 'complete', items: [{ name: movie.name }] });
  });

  it.each<[string, unknown, number]>([
    ['a map', { 0: allDebrid.entry(movie), 1: working }, 2],
    ['a single magnet', allDebrid.entry(movie), 1],
    ['an empty map', {}, 0],
  ])('may be %s', async (_what, magnets, count) => {
    script({ magnets, counter: 1, fullsync: true });
    expect((await list('full')).items).toHaveLength(count);
  });

  it('shows the files of a magnet that it tells, without asking for them', async () => {
    const files = [{ n: 'A.mkv', s: 5, l: 'https://alldebrid.com/f/a' }];
    script({ magnets: [{ ...allDebrid.entry(movie), files }], counter: 1 });
    expect((await list('full')).items[0]?.files).toMatchObject([{ path: 'A.mkv', size: 5 }]);
  });

  it.each([
    [3, 'working'],
    [4, 'ready'],
    [11, 'failed'],
    [15, 'failed'],
    [99, 'working'],
  ])('has a magnet with status %i as %s', async (statusCode, state) => {
    script({ magnets: [{ ...allDebrid.entry(movie), statusCode }], counter: 1 });
    expect((await list('full')).items[0]?.state).toBe(state);
  });

  it('keeps apart magnets whose infohash it does not tell', async () => {
    const nameless = { ...allDebrid.entry(movie), hash: undefined };
    script({ magnets: [nameless, { ...nameless, id: 9 }], counter: 1 });
    expect((await list('full')).items.map(({ torrent }) => torrent)).toEqual([
      'alldebrid:id-8',
      'alldebrid:id-9',
    ]);
  });
});

describe('details', () => {
  it('of 120 magnets cost three requests', async () => {
    const torrents = Array.from({ length: 120 }, (_, index) => ({ ...pack, number: index + 1 }));
    server.respond = allDebrid.library(torrents);
    await list('full');
    const details = await detailsOf(provider, torrents.map(allDebrid.idOf));
    expect(details.map(({ id }) => id)).toEqual(torrents.map(allDebrid.idOf));
    expect(server.to('/magnet/files').map(({ form }) => form.getAll('id[]').length)).toEqual([50, 50, 20]);
  });

  it('of a magnet that no listing has told yet come with its name', async () => {
    server.respond = (asked) =>
      asked.form.has('id') ? success({ magnets: allDebrid.entry(pack) }) : allDebrid.library([pack])(asked);
    expect(await detailsOf(provider, [allDebrid.idOf(pack)])).toMatchObject([{ name: pack.name }]);
  });

  it('are told for the others where one that no listing has told fails by itself', async () => {
    const ids = ['21', '22', '23'];
    server.respond = (asked) => {
      if (!asked.path.endsWith('/magnet/status'))
        return allDebrid.library(ids.map((id) => ({ ...pack, number: Number(id) })))(asked);
      const id = asked.form.get('id') ?? '';
      return id === '22'
        ? { status: 500, body: 'oops' }
        : success({ magnets: { ...allDebrid.entry(pack), id } });
    };
    expect((await detailsOf(provider, ids)).map(({ id }) => id)).toEqual(['21', '23']);
  });

  it('are told for the first ones although all later ones fail', async () => {
    const ids = Array.from({ length: 50 }, (_, index) => String(index + 1));
    const torrents = ids.map((id) => ({ ...pack, number: Number(id) }));
    server.respond = (asked) =>
      asked.path.endsWith('/magnet/files') && asked.form.getAll('id[]').some((id) => Number(id) > 25)
        ? { status: 500, body: 'oops' }
        : allDebrid.library(torrents)(asked);
    provider = providerFor('alldebrid', server, { clock: new RunningClock() });
    await list('full');
    const told: string[] = [];
    const all = async (): Promise<void> => {
      for await (const { id } of provider.details('torrents', ids, never)) told.push(id);
    };
    await expect(all()).rejects.toMatchObject({ code: 'service-down' });
    expect(told).toEqual(ids.slice(0, 25));
  });

  it.each(['MAGNET_INVALID_ID', 'GENERIC'])(
    'are told for the others where one magnet fails the whole request with %s',
    async (code) => {
      server.respond = (asked) => {
        const isRefused = asked.path.endsWith('/magnet/files') && asked.form.getAll('id[]').includes('9');
        const error = { code, message: 'no such magnet' };
        return isRefused ? { json: { status: 'error', error } } : allDebrid.library([movie, pack])(asked);
      };
      await list('full');
      const details = await detailsOf(provider, ['7', '9', '8']);
      expect(details.map(({ id }) => id)).toEqual(['7', '8']);
      expect(warnings).toHaveLength(1);
    },
  );
});

describe('a tree of files', () => {
  const leaf = (n: unknown, s: unknown = 1, l: unknown = 'https://alldebrid.com/f/x'): object => ({
    n,
    s,
    l,
  });

  it('becomes paths in its order, twins and empty folders included', () => {
    const tree = [
      { n: 'Root', e: [leaf('a.mkv'), { n: 'Sub', e: { k: leaf('b.mkv', '2') } }, { n: 'Empty', e: [] }] },
      leaf('a.mkv'),
      leaf('a.mkv'),
    ];
    expect(flattenFiles(tree)?.files.map(({ path, size }) => [path, size])).toEqual([
      ['Root/a.mkv', 1],
      ['Root/Sub/b.mkv', 2],
      ['a.mkv', 1],
      ['a.mkv', 1],
    ]);
  });

  it('a hundred thousand folders deep neither overflows nor fills the memory', async () => {
    const depth = 100_000;
    const files = JSON.stringify(leaf('deep.mkv'));
    const body = `${'{"n":"d","e":['.repeat(depth)}${files}${',{"n":"x","s":1,"l":"https://h/x"}'.repeat(1_000)}${']}'.repeat(depth)}`;
    server.respond = (asked) => ({
      ...(asked.path.endsWith('/magnet/files')
        ? { body: `{"status":"success","data":{"magnets":[{"id":"7","files":[${body},${files}]}]}}` }
        : allDebrid.library([pack])(asked)),
      headers: { 'content-type': 'application/json' },
    });
    await list('full');
    const [details] = await detailsOf(provider, ['7']);
    expect(details?.files?.map(({ path }) => path)).toEqual(['deep.mkv']);
    expect(warnings.join()).toContain('1001');
  });

  it.each([null, 'x', 5, undefined])('that is %j is none', (tree) => {
    expect(flattenFiles(tree)).toBeNull();
  });

  it('leaves out what is neither file nor folder', () => {
    const tree = [null, 5, { e: 'x' }, leaf(''), leaf('a', -1), leaf('b', 2, 'no link'), { n: 'c', s: 3 }];
    expect(flattenFiles(tree)).toEqual({
      files: [
        { path: 'b', pathTold: true, size: 2, ref: null, packed: false },
        { path: 'c', pathTold: true, size: 3, ref: null, packed: false },
      ],
      leftOut: 5,
    });
  });
});

describe('a link', () => {
  const source = sourceOf({ id: '7' }, undefined);

  it('that takes the service time is asked for every five seconds until it is made', async () => {
    const clock = new FakeClock();
    provider = providerFor('alldebrid', server, { clock });
    let polls = 0;
    server.respond = (asked) => {
      if (asked.path.endsWith('/link/unlock')) return success({ link: '', delayed: 4711 });
      polls += 1;
      return success(
        polls < 3 ? { status: 1, time_left: 9 } : { status: 2, link: 'http://cdn.test/dl/made' },
      );
    };
    const link = provider.link(source, never);
    for (let poll = 0; poll < 3; poll += 1) {
      await vi.waitFor(() => expect(clock.sleeping).toBe(1));
      expect(polls).toBe(poll);
      await clock.advance(5_000);
      await vi.waitFor(() => expect(polls).toBe(poll + 1));
    }
    expect((await link).url).toBe('http://cdn.test/dl/made');
    expect(server.to('/link/delayed').map(({ form }) => form.get('id'))).toEqual(['4711', '4711', '4711']);
  });

  it('that takes too long for its reader is given up', async () => {
    const clock = new FakeClock();
    provider = providerFor('alldebrid', server, { clock });
    server.respond = () => success({ delayed: '4711' });
    const killed = new AbortController();
    const link = provider.link(source, killed.signal).catch((error: unknown) => error);
    await vi.waitFor(() => expect(clock.sleeping).toBe(1));
    killed.abort();
    await settle();
    expect(await link).toMatchObject({ code: 'aborted' });
  });

  it('that a data centre is denied says that a proxy is the way out', async () => {
    const error = {
      code: 'NO_SERVER',
      message: 'Servers are not allowed. <b>Visit</b> https://alldebrid.com/vpn',
    };
    server.respond = () => ({ json: { status: 'error', error } });
    const failed = await provider.link(source, never).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code: 'address-refused', retry: 'other-source' });
    expect((failed as Error).message).toContain('`proxy`');
    expect((failed as { context: object }).context).toMatchObject({
      serviceMessage: 'Servers are not allowed. Visit https://alldebrid.com/vpn',
    });
  });

  it.each([429, 503])('is refused with %i without JSON when too many were asked for', async (status) => {
    server.respond = () => ({ status, body: 'Too many requests', headers: { 'content-type': 'text/plain' } });
    await expect(provider.link(source, never)).rejects.toMatchObject({ code: 'rate-limited', retry: 'wait' });
  });

  it('for too many downloads at once does not pause the whole account', async () => {
    server.respond = (asked) =>
      asked.path.endsWith('/link/unlock')
        ? { json: { status: 'error', error: { code: 'LINK_TOO_MANY_DOWNLOADS' } } }
        : allDebrid.library([])(asked);
    await expect(provider.link(source, never)).rejects.toMatchObject({ code: 'not-ready', retry: 'wait' });
    expect((await list('full')).items).toEqual([]);
  });
});

describe('the account', () => {
  it.each([
    [{ isPremium: true, premiumUntil: 1_800_000_000 }, 'ok', 1_800_000_000_000],
    [{ isPremium: true, premiumUntil: '1800000000' }, 'ok', 1_800_000_000_000],
    [{ isPremium: false, isTrial: false, premiumUntil: 0, limitedHostersQuotas: [] }, 'expired', null],
    [{ isPremium: false, isTrial: true, premiumUntil: 0 }, 'ok', null],
  ])('%j is %s', async (user, condition, premiumUntilMs) => {
    server.respond = () => success({ user });
    expect(await provider.state(never)).toMatchObject({ condition, premiumUntilMs });
  });

  it.each([
    [
      { a: 1024, 'b.example': '2000', c: null, 'd e': 1 },
      [
        { name: 'traffic of a', unit: 'bytes', used: null, left: 1_024_000_000, limit: null },
        { name: 'traffic of b.example', unit: 'bytes', used: null, left: 2_000_000_000, limit: null },
      ],
    ],
    [[], []],
    [undefined, []],
  ])('with quotas %j tells what is left of them', async (limitedHostersQuotas, allowances) => {
    server.respond = () => success({ user: { isPremium: true, limitedHostersQuotas } });
    expect((await provider.state(never)).allowances).toEqual(allowances);
  });

  it('on trial tells what is left of it', async () => {
    server.respond = () => success({ user: { isPremium: false, isTrial: true, remainingTrialQuota: 5 } });
    expect((await provider.state(never)).allowances).toEqual([
      { name: 'traffic of the free trial', unit: 'bytes', used: null, left: 5_000_000, limit: null },
    ]);
  });
});

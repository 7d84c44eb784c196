import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../src/core/provider.js';
import type { Listing } from '../../src/core/torrent.js';
import { ParisTime } from '../../src/providers/real-debrid/paris-time.js';
import { never } from '../support/never.js';
import {
  detailsOf,
  keepingWarnings,
  movie,
  pack,
  providerFor,
  realDebrid,
  sourceOf,
  type Torrent,
} from './minimal-services.js';
import { RunningClock } from './running-clock.js';
import { ScriptedServer, type Asked, type Reply } from './scripted-server.js';

let server: ScriptedServer;
let provider: Provider;
const { logger, warnings } = keepingWarnings();
const list = (mode: 'full' | 'cheap' = 'full'): Promise<Listing> => provider.list('torrents', mode, never);

beforeEach(async () => {
  server = await new ScriptedServer().listen();
  provider = providerFor('real-debrid', server, { logger });
  warnings.length = 0;
});
afterEach(async () => {
  await provider.close();
  await server.close();
});

const torrent = (number: number): Torrent => ({
  number,
  name: `Movie.${number}.mkv`,
  files: [{ path: `Movie.${number}.mkv`, size: 1_000 + number }],
});

/** A list as the service pages it: by offset, with the count of all; `numbers` newest first. */
function page(asked: Asked, numbers: readonly number[], count: number | null = numbers.length): Reply {
  const limit = Number(asked.query.get('limit') ?? 100);
  const offset = Number(asked.query.get('offset') ?? 0);
  const headers: Record<string, string> = count === null ? {} : { 'x-total-count': String(count) };
  const entries = numbers.slice(offset, offset + limit).map((number) => realDebrid.entry(torrent(number)));
  return entries.length === 0 ? { status: 204, headers } : { json: entries, headers };
}

const down = (from: number, to: number): number[] =>
  Array.from({ length: from - to + 1 }, (_, index) => from - index);

describe('the list of a large library', () => {
  const ids = (listing: Listing): Set<string> => new Set(listing.items.map(({ id }) => id));

  it('of 5,001 torrents is whole', async () => {
    server.respond = (asked) => page(asked, down(5_001, 1));
    const listing = await list();
    expect(listing.scope).toBe('complete');
    expect(ids(listing).size).toBe(5_001);
    expect(listing.items).toHaveLength(5_001);
  });

  it('is whole without a count too', async () => {
    server.respond = (asked) => page(asked, down(10_000, 1), null);
    expect(ids(await list()).size).toBe(10_000);
  });

  it('loses nothing when torrents are deleted between two pages', async () => {
    let numbers = down(6_000, 1);
    server.respond = (asked) => {
      const reply = page(asked, numbers);
      numbers = numbers.filter((number) => number > 5_950 || number <= 5_940);
      return reply;
    };
    expect(await list().then(ids)).toEqual(
      new Set(numbers.map((number) => realDebrid.idOf(torrent(number)))),
    );
  });

  it('loses nothing without a count when more are deleted than pages overlap', async () => {
    let numbers = down(6_000, 1);
    server.respond = (asked) => {
      const reply = page(asked, numbers, null);
      numbers = numbers.filter((number) => number > 5_900 || number <= 5_600);
      return reply;
    };
    expect((await list()).items).toHaveLength(5_700);
  });

  it('has the torrent that was added between two pages', async () => {
    let numbers = down(5_001, 1);
    server.respond = (asked) => {
      const reply = page(asked, numbers);
      numbers = down(5_002, 1);
      return reply;
    };
    expect((await list()).items).toHaveLength(5_002);
  });

  it('that does not agree with its count is refused after one more try', async () => {
    server.respond = (asked) => page(asked, down(10, 1), 12);
    await expect(list()).rejects.toMatchObject({ code: 'bad-answer' });
    // Twice: a page, and another that brings nothing new.
    expect(server.asked).toHaveLength(4);
  });

  it('that tells one torrent twice is whole', async () => {
    const entry = realDebrid.entry(movie);
    server.respond = () => ({ json: [entry, entry], headers: { 'x-total-count': '2' } });
    expect(await list()).toMatchObject({ scope: 'complete', items: [{ id: entry['id'] }] });
  });

  it.each<[string, Reply]>([
    ['counts seven', { status: 204, headers: { 'x-total-count': '7' } }],
    ['counts nothing', { status: 204 }],
    ['counts nothing, with a list', { json: [] }],
    ['counts seven, with a list', { json: [], headers: { 'x-total-count': '7' } }],
    ['counts nothing, with an object', { json: {} }],
    ['counts seven, with an object', { json: {}, headers: { 'x-total-count': '7' } }],
  ])('is not shown as empty by an answer without torrents that %s', async (_what, reply) => {
    server.respond = () => reply;
    for (const mode of ['full', 'cheap'] as const)
      await expect(list(mode)).rejects.toMatchObject({ code: 'bad-answer' });
    expect(server.asked).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ['nothing', { status: 204, headers: { 'x-total-count': '0' } }],
    ['an empty list', { json: [], headers: { 'x-total-count': '0' } }],
  ])('is empty where the service sends %s and counts none', async (_what, reply) => {
    server.respond = () => reply;
    expect(await list()).toEqual({ scope: 'complete', items: [], unreadable: [] });
  });

  it('that never ends is refused', async () => {
    let number = 10_000_000;
    server.respond = (asked) => {
      const overlap = asked.query.has('offset') ? [number] : [];
      const entries = [...overlap, number - 1, number - 2].map((each) => realDebrid.entry(torrent(each)));
      number -= 2;
      return { json: entries, headers: { 'x-total-count': '999999999' } };
    };
    provider = providerFor('real-debrid', server, { logger, clock: new RunningClock() });
    await expect(list()).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('costs one request when it is as before, and all pages when it is not', async () => {
    let numbers = down(5_001, 1);
    server.respond = (asked) => page(asked, numbers);
    await list();
    server.asked.length = 0;
    const same = await list('cheap');
    expect(same.scope).toBe('changes');
    expect(same.items).toHaveLength(5_000);
    expect(server.asked).toHaveLength(1);
    numbers = down(5_002, 1);
    const grown = await list('cheap');
    expect(grown.scope).toBe('complete');
    expect(grown.items).toHaveLength(5_002);
    expect(server.asked).toHaveLength(3);
  });
});

describe('a torrent', () => {
  it('of one video is complete from the list alone', async () => {
    server.respond = realDebrid.library([movie]);
    const [item] = (await list()).items;
    const [link] = realDebrid.entry(movie)['links'] as string[];
    expect(item?.files).toEqual([
      { path: movie.name, pathTold: false, size: 60 * 2 ** 30, ref: link, packed: false },
    ]);
    expect(server.asked).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of two files', realDebrid.entry(pack)],
    ['that is a subtitle', { ...realDebrid.entry(movie), filename: 'movie.srt' }],
    ['that is a folder', { ...realDebrid.entry(movie), filename: 'Movie.2020.1080p-GRP' }],
    ['whose size is not told', { ...realDebrid.entry(movie), bytes: 0 }],
    ['that is called by a hash', { ...realDebrid.entry(movie), filename: 'b7d2e9f01c5a4e8d.mkv' }],
    ['that is called by an abbreviation', { ...realDebrid.entry(movie), filename: 'blow-htbs.1080p.mkv' }],
    ['whose name is a path', { ...realDebrid.entry(movie), filename: 'a/b.mkv' }],
    ['without links yet', { ...realDebrid.entry(movie), links: [] }],
  ])('%s needs its details', async (_what, entry) => {
    server.respond = realDebrid.library([], [entry]);
    expect((await list()).items[0]).toMatchObject({ state: 'ready', files: null });
  });

  it.each([
    ['downloaded', 'ready'],
    ['downloading', 'working'],
    ['waiting_files_selection', 'working'],
    ['something new', 'working'],
    ['dead', 'failed'],
    ['virus', 'failed'],
    ['magnet_error', 'failed'],
    ['error', 'failed'],
  ])('with status %s is %s', async (status, state) => {
    server.respond = realDebrid.library([], [{ ...realDebrid.entry(movie), status, progress: 12.5 }]);
    const [item] = (await list()).items;
    expect(item?.state).toBe(state);
    expect(item?.reason === null).toBe(state === 'ready');
  });

  /** Details with these files and links. */
  const serve = (
    files: readonly object[],
    links: readonly string[],
    check: Reply = { status: 500 },
  ): void => {
    const entry = { ...realDebrid.entry(pack), original_filename: 'The Pack', links };
    server.respond = (asked) =>
      asked.path.endsWith('/unrestrict/check') ? check : { json: { ...entry, files } };
  };
  const file = (path: string, bytes: unknown, selected: unknown): object => ({
    id: 1,
    path,
    bytes,
    selected,
  });
  const details = async (): Promise<Awaited<ReturnType<typeof detailsOf>>[number] | undefined> =>
    (await detailsOf(provider, [realDebrid.idOf(pack)]))[0];
  const linkA = 'https://real-debrid.com/d/AAAAAAAAAAAAA';
  const linkB = 'https://real-debrid.com/d/BBBBBBBBBBBBBXYZ';

  it('has its links at its selected files, in order, and names the others', async () => {
    serve(
      [file('/P/a.mkv', 1, 1), file('/P/b.mkv', '2', '0'), file('/P/c.srt', 3, true), file('/P/c.srt', 3, 0)],
      [linkA, linkB],
    );
    expect(await details()).toMatchObject({ name: 'The Pack' });
    expect((await details())?.files?.map(({ path, size, ref }) => [path, size, ref])).toEqual([
      ['P/a.mkv', 1, linkA],
      ['P/b.mkv', 2, null],
      ['P/c.srt', 3, linkB],
      ['P/c.srt', 3, null],
    ]);
  });

  it('keeps the links of the others when one file cannot be understood', async () => {
    serve([file('/P/a.mkv', -1, 1), file('/P/b.mkv', 2, 1)], [linkA, linkB]);
    expect((await details())?.files?.map(({ path, ref }) => [path, ref])).toEqual([['P/b.mkv', linkB]]);
  });

  it('that was packed shows one archive with the size that the free check tells', async () => {
    serve([file('/P/a.mkv', 1, 1), file('/P/a.nfo', 2, 1)], [linkB], {
      json: { filename: 'Other.Name.RAR', filesize: 77, supported: 1 },
    });
    expect((await details())?.files).toEqual([
      { path: 'The Pack.rar', pathTold: false, size: 77, ref: linkB, packed: true },
    ]);
    expect(server.to('/unrestrict/check')[0]?.form.get('link')).toBe(linkB.slice(0, -3));
  });

  it('that is one picture was packed as well, one subtitle of the right size was not', async () => {
    serve([file('/a.jpg', 5, 1)], [linkA], { json: { filename: 'P.rar', filesize: '90' } });
    expect((await details())?.files?.[0]).toMatchObject({ path: 'The Pack.rar', size: 90, packed: true });
    serve([file('/a.srt', 5, 1)], [linkA], { json: { filesize: 5 } });
    expect((await details())?.files?.[0]).toMatchObject({ path: 'a.srt', size: 5, packed: false });
  });

  it('whose files have one name and size gives neither the link that is left', async () => {
    serve([file('/P/1/a.mkv', 1, 1), file('/P/2/a.mkv', 1, 1)], [linkA], {
      json: { filename: 'a.mkv', filesize: 1 },
    });
    expect(await details()).toMatchObject({ files: null });
  });

  it.each<[string, object]>([
    ['an unknown episode', { filename: 'z.mkv', filesize: 2 }],
    ['something without a name', { filename: null, filesize: 3 }],
  ])('that lost all links but that of %s is not shown as an archive', async (_what, check) => {
    serve([file('/P/a.mkv', 1, 1), file('/P/b.mkv', 2, 1)], [linkA], { json: check });
    expect(await details()).toMatchObject({ files: null });
    expect(warnings).toHaveLength(1);
  });

  it('that is one file of another size behind its link is not shown under its name', async () => {
    serve([file('/a.srt', 5, 1)], [linkA], { json: { filename: 'a.srt', filesize: 6 } });
    expect(await details()).toMatchObject({ files: null });
  });

  it.each<[string, Reply]>([
    ['is not told', { json: { filename: 'P.rar', filesize: 0 } }],
    ['cannot be had', { status: 503, json: { error: 'unavailable_file', error_code: 24 } }],
  ])('that was packed waits while the size of the archive %s', async (_what, check) => {
    serve([file('/P/a.mkv', 1, 1), file('/P/a.nfo', 2, 1)], [linkA], check);
    expect(await details()).toMatchObject({ files: null });
  });

  it.each<[string, Reply]>([
    ['none of its files is', { json: { filename: 'z.mkv', filesize: 9 } }],
    ['cannot be told', { status: 500 }],
    ['is told without a size', { json: { filename: 'a.mkv' } }],
  ])('that lost a link is told later where what is behind the others %s', async (_what, check) => {
    serve([file('/a.mkv', 1, 1), file('/b.mkv', 1, 1), file('/c.mkv', 1, 1)], [linkA, linkB], check);
    expect(await details()).toMatchObject({ files: null });
  });

  it('that lost a link still has its other episodes', async () => {
    serve([file('/P/a.mkv', 1, 1), file('/P/b.mkv', 2, 1), file('/P/c.mkv', 3, 1)], [linkA, linkB]);
    const answer = server.respond;
    const behind: Readonly<Record<string, Reply>> = {
      [linkA]: { json: { filename: 'b.mkv', filesize: 2 } },
      [linkB.slice(0, -3)]: { json: { filename: 'c.mkv', filesize: 3 } },
    };
    server.respond = (asked) => behind[asked.form.get('link') ?? ''] ?? answer(asked);
    expect((await details())?.files?.map(({ path, ref }) => [path, ref])).toEqual([
      ['P/a.mkv', null],
      ['P/b.mkv', linkA],
      ['P/c.mkv', linkB],
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('that lost one link and has a dead one still has its other episode', async () => {
    serve([file('/P/a.mkv', 1, 1), file('/P/b.mkv', 2, 1), file('/P/c.mkv', 3, 1)], [linkA, linkB], {
      status: 503,
      json: { error: 'unavailable_file', error_code: 24 },
    });
    const answer = server.respond;
    server.respond = (asked) =>
      asked.form.get('link') === linkA ? { json: { filename: 'c.mkv', filesize: 3 } } : answer(asked);
    expect((await details())?.files?.map(({ ref }) => ref)).toEqual([null, null, linkA]);
  });

  it.each<[string, object[]]>([
    ['files that are none', [{ path: '/a.mkv', bytes: 1 }]],
    ['a selection that is none', [file('/a.mkv', 1, 'maybe')]],
  ])('with %s is left out with a warning', async (_what, files) => {
    serve(files, [linkA]);
    expect(await details()).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it('that breaks the service does not keep the others from being told', async () => {
    server.respond = (asked) =>
      asked.path.endsWith(realDebrid.idOf(pack))
        ? { status: 500, body: 'oops' }
        : realDebrid.library([movie])(asked);
    const ids = [realDebrid.idOf(pack), realDebrid.idOf(movie)];
    expect((await detailsOf(provider, ids)).map(({ id }) => id)).toEqual([realDebrid.idOf(movie)]);
  });

  it('is not asked for a hundred times while the service is down', async () => {
    server.respond = () => ({ status: 502, body: '<html>' });
    provider = providerFor('real-debrid', server, { clock: new RunningClock() });
    const ids = Array.from({ length: 100 }, (_, number) => realDebrid.idOf({ ...pack, number }));
    await expect(detailsOf(provider, ids)).rejects.toMatchObject({ code: 'service-down' });
    expect(server.asked.length).toBeLessThanOrEqual(10);
  });
});

describe('a link', () => {
  it('is asked for by the first 13 characters of its id', async () => {
    server.respond = realDebrid.library([]);
    for (const id of ['ABCDEFGHIJKLM', 'ABCDEFGHIJKLMNOP', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ']) {
      const ref = `https://real-debrid.com/d/${id}`;
      await provider.link({ ...sourceOf({ id: 'X' }, undefined), ref }, never);
    }
    const asked = server.to('/unrestrict/link').map(({ form }) => form.get('link'));
    expect(new Set(asked)).toEqual(new Set(['https://real-debrid.com/d/ABCDEFGHIJKLM']));
  });
});

describe('the account', () => {
  it.each([
    [
      { type: 'premium', premium: 86_400, expiration: '2026-12-24T11:00:00.000Z' },
      'ok',
      Date.UTC(2026, 11, 24, 10),
    ],
    [
      { type: 'free', premium: 0, expiration: '2026-07-01T12:00:00.000Z' },
      'expired',
      Date.UTC(2026, 6, 1, 10),
    ],
    [{ type: 'premium', premium: '5', expiration: 'never' }, 'ok', null],
  ])('%j is %s', async (user, condition, premiumUntilMs) => {
    server.respond = () => ({ json: user });
    expect(await provider.state(never)).toMatchObject({ condition, premiumUntilMs });
  });

  it('tells what is left of its traffic and its places for torrents', async () => {
    const traffic = {
      'a.example': { left: 5_368_709_120, bytes: 1, links: 0, limit: 10, type: 'gigabytes', extra: 0 },
      'b.example': { left: 5, limit: '20', type: 'links' },
      remote: { left: 7, type: 'bytes' },
      '\u001b[31m': { left: 1, type: 'links' },
      broken: null,
    };
    server.respond = ({ path }) => {
      if (path.endsWith('/user')) return { json: { type: 'premium', premium: 5 } };
      return { json: path.endsWith('/traffic') ? traffic : { nb: 3, limit: 20 } };
    };
    expect((await provider.state(never)).allowances).toEqual([
      { name: 'active torrents', unit: 'items', used: 3, left: 17, limit: 20 },
      { name: 'traffic of a.example', unit: 'bytes', used: null, left: 5 * 2 ** 30, limit: 10 * 2 ** 30 },
      { name: 'traffic of b.example', unit: 'items', used: null, left: 5, limit: 20 },
      { name: 'traffic of remote', unit: 'bytes', used: null, left: 7, limit: null },
    ]);
  });

  it.each<[string, Reply]>([
    ['is refused', { status: 403, json: { error: 'permission_denied', error_code: 9 } }],
    ['is no JSON', { body: '<html>' }],
    ['is empty', { json: [] }],
  ])('is told although what it may use %s', async (_what, reply) => {
    server.respond = ({ path }) =>
      path.endsWith('/user') ? { json: { type: 'premium', premium: 5 } } : reply;
    expect(await provider.state(never)).toMatchObject({ condition: 'ok', detail: '', allowances: [] });
  });

  it.each<[number, string, string]>([
    [509, 'too_many_active_downloads', 'quota-used-up'],
    [403, 'ip_not_allowed_192.0.2.1', 'address-refused'],
    [403, 'disabled_endpoint', 'not-yet'],
    [404, 'parameter_missing', 'internal'],
    [400, 'parameter_bad_files', 'internal'],
    [503, 'hoster_unavailable', 'link-aged'],
    [429, 'too_many_requests', 'rate-limited'],
    [447, 'constructor', 'rate-limited'],
    [451, 'anything', 'content-gone'],
  ])('that is refused with %i %s and no number is understood', async (status, error, code) => {
    server.respond = () => ({ status, json: { error } });
    await expect(provider.link(sourceOf({ id: 'X' }, undefined), never)).rejects.toMatchObject({ code });
  });

  it('that is locked is blocked', async () => {
    server.respond = () => ({ status: 403, json: { error: 'account_locked', error_code: 14 } });
    expect(await provider.state(never)).toMatchObject({ condition: 'blocked' });
  });
});

describe('a date of Real-Debrid', () => {
  const time = new ParisTime();
  it.each<[unknown, string | 0]>([
    ['2026-01-15T13:00:00.000Z', '2026-01-15T12:00:00Z'],
    ['2026-07-15T13:00:00.000Z', '2026-07-15T11:00:00Z'],
    // Clocks go forward on 2026-03-29 at 2:00 and back on 2026-10-25 at 3:00.
    ['2026-03-29T01:59:59.000Z', '2026-03-29T00:59:59Z'],
    ['2026-03-29T03:00:00.000Z', '2026-03-29T01:00:00Z'],
    ['2026-10-25T01:59:59.000Z', '2026-10-24T23:59:59Z'],
    ['2026-10-25T02:30:00.000Z', '2026-10-25T00:30:00Z'],
    ['2026-10-25T03:00:00.000Z', '2026-10-25T02:00:00Z'],
    ['2026-07-15T13:00:00+0200', '2026-07-15T11:00:00Z'],
    ['2026-13-15T13:00:00.000Z', 0],
    ['yesterday', 0],
    [null, 0],
    [1_700_000_000, 0],
  ])('%j is Paris time', (date, utc) => {
    expect(time.toUtcMs(date)).toBe(utc === 0 ? 0 : Date.parse(utc));
  });
});

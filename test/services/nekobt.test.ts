import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toAppError } from '../../src/core/errors.js';
import type { Identifier } from '../../src/core/identification.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import type { CatalogueMedia, CatalogueTorrent } from '../../src/emulator/nekobt/catalogue.js';
import { torrent } from '../../src/emulator/world.js';
import { NekobtApi } from '../../src/providers/nekobt/nekobt-api.js';
import { NekobtIdentifier } from '../../src/providers/nekobt/nekobt-identifier.js';
import { searchTorrents, torrentOf } from '../../src/providers/nekobt/nekobt-search.js';
import { RunningClock } from '../providers/running-clock.js';
import { never } from '../support/never.js';

const series: CatalogueMedia = {
  id: 's4821',
  title: 'Dusk Beyond the End',
  year: 2025,
  tvdbId: 465214,
  tmdbId: 294867,
  imdbId: 'tt37532634',
  episodes: [1, 2, 3].map((episode) => ({
    id: 48690 + episode,
    season: 2,
    episode,
    absolute: 12 + episode,
    title: `Part ${episode}`,
  })),
};
const film: CatalogueMedia = { ...series, id: 'm12', title: 'A Film', tvdbId: null, episodes: [] };
const batch = torrent('[Group] Dusk (13-15)', [
  { path: '[Group] Dusk (13-15)/[Group] Dusk - 13.mkv', size: 5 },
  { path: '[Group] Dusk (13-15)/[Group] Dusk - 14.mkv', size: 6 },
  { path: '[Group] Dusk (13-15)/[Group] Dusk - 15.mkv', size: 7 },
]);
const movie = torrent('A.Film.mkv', [{ path: 'A.Film.mkv', size: 9 }]);
const waiting = torrent('Waiting', [{ path: 'Waiting.mkv', size: 1 }]);

const listed = (
  id: string,
  over: Partial<CatalogueTorrent> & Pick<CatalogueTorrent, 'torrent'>,
): CatalogueTorrent => ({
  id,
  title: over.torrent.name,
  mediaId: null,
  episodeIds: [],
  group: 'Group',
  seeders: 52,
  audio: 'ja',
  subtitles: 'en,de',
  uploadedMs: Date.UTC(2026, 9, 1),
  ...over,
});
const key = 'neko-key';
const batchId = '7310256402349064193';
const catalogue = {
  media: [series, film],
  torrents: [
    listed(batchId, { torrent: batch, mediaId: 's4821', episodeIds: [48691, 48692, 48693] }),
    listed('7310256402349064194', { torrent: movie, mediaId: 'm12' }),
    listed('7310256402349064195', { torrent: waiting, mediaId: 's4821', isWaiting: true }),
  ],
  keys: [key],
};

interface Started {
  readonly emulator: Emulator;
  readonly clock: RunningClock;
  readonly api: NekobtApi;
  readonly identifier: Identifier;
}

async function start(knobs: EmulatorOptions['knobs'] = {}, apiKey: string | null = null): Promise<Started> {
  const emulator = await startEmulator({
    world: { accounts: [], catalogue },
    knobs: { rateLimits: false, ...knobs },
  });
  /** Time passes for nekoBT when its client waits. */
  class SharedClock extends RunningClock {
    override async sleep(ms: number): Promise<void> {
      emulator.advance(ms);
      await super.sleep(ms);
    }
  }
  const clock = new SharedClock(emulator.now());
  const api = new NekobtApi({ apiUrl: emulator.urls.nekobt, apiKey, clock, userAgent: 'debridfs' });
  onTestFinished(async () => {
    await api.close();
    await emulator.stop();
  });
  return { emulator, clock, api, identifier: new NekobtIdentifier(api) };
}

const paths = ({ log }: Emulator): string[] =>
  log.entries.map(({ path, query }) => `${path.replace('/api/v1', '')}${query === '' ? '' : `?${query}`}`);

describe('nekoBT', () => {
  it('contract 14: an infohash is a torrent, its series and its exact episodes; the series is asked for once', async () => {
    const { emulator, identifier } = await start();
    const told = {
      kind: 'show',
      title: 'Dusk Beyond the End',
      year: 2025,
      ids: { tvdb: '465214', tmdb: '294867', imdb: 'tt37532634' },
      episodes: [
        { season: 2, episode: 1, absolute: 13 },
        { season: 2, episode: 2, absolute: 14 },
        { season: 2, episode: 3, absolute: 15 },
      ],
    };
    expect(await identifier.identify(batch.hash, never)).toEqual(told);
    expect(await identifier.identify(batch.hash, never)).toEqual(told);
    expect(paths(emulator)).toEqual([
      `/torrents/search?query=${batch.hash}&limit=1`,
      `/torrents/${batchId}`,
      '/media/s4821?force=true',
      `/torrents/search?query=${batch.hash}&limit=1`,
      `/torrents/${batchId}`,
    ]);
    for (const { headers } of emulator.log.entries) {
      expect(headers.cookie).toBeUndefined();
      expect(headers.authorization).toBeUndefined();
    }
  });

  it('contract 14: a film has no episodes; what nobody knows, or is not shown yet, is not known', async () => {
    const { identifier } = await start();
    expect(await identifier.identify(movie.hash, never)).toMatchObject({
      kind: 'movie',
      title: 'A Film',
      ids: { tvdb: null, tmdb: '294867' },
      episodes: [],
    });
    expect(await identifier.identify('0'.repeat(40), never)).toBeNull();
    expect(await identifier.identify(waiting.hash, never)).toBeNull();
  });

  it.each([
    [{ oldTitles: true, batchAbsent: true }, 3, 13],
    [{ absoluteAbsent: true }, 3, null],
    [{ foreignEpisode: true }, 0, undefined],
  ])(
    'contract 14: with %j the series is known all the same, and %i of its episodes',
    async (knobs, count, absolute) => {
      const { identifier } = await start({ nekobt: knobs });
      const told = await identifier.identify(batch.hash, never);
      expect(told).toMatchObject({ title: 'Dusk Beyond the End', ids: { tvdb: '465214' } });
      expect(told?.episodes).toHaveLength(count);
      expect(told?.episodes[0]?.absolute).toBe(absolute);
    },
  );

  it('contract 14: a torrent of which nobody has told what it is, is not known', async () => {
    const { identifier } = await start({ nekobt: { mediaUnknown: true } });
    expect(await identifier.identify(batch.hash, never)).toBeNull();
  });

  it('contract 14: it is asked once a second and one thing at a time, and keeps below its limit', async () => {
    const { emulator, identifier, clock } = await start({ rateLimits: true });
    const startMs = clock.now();
    await Promise.all(Array.from({ length: 40 }, () => identifier.identify(batch.hash, never)));
    expect(emulator.log.entries.every(({ status }) => status === 200)).toBe(true);
    expect(emulator.log.maxConcurrency({ role: 'neko' })).toBe(1);
    expect(clock.now() - startMs).toBeGreaterThanOrEqual((emulator.log.count() - 1) * 1_000);
  });

  it.each([
    [
      'JSON that says for how long',
      {
        kind: 'status',
        code: 429,
        headers: { 'content-type': 'application/json' },
        body: '{"error":true,"message":"Rate limit exceeded","retry_after":11.82}',
      },
      11_820,
    ],
    [
      'a page of the edge',
      {
        kind: 'status',
        code: 429,
        headers: { 'content-type': 'text/html', 'retry-after': '4' },
        body: '<html>1015</html>',
      },
      4_000,
    ],
    ['nothing at all', { kind: 'status', code: 429 }, 15_000],
  ] as const)(
    'contract 14: a 429 with %s is told with when to ask again, and nobody asks before',
    async (_, action, ms) => {
      const { emulator, identifier, clock } = await start();
      emulator.faults.add({ at: 'neko', times: 1, action });
      await expect(identifier.identify(batch.hash, never)).rejects.toMatchObject({
        code: 'rate-limited',
        retry: 'wait',
        retryAfterMs: ms,
      });
      const refusedMs = clock.now();
      expect(await identifier.identify(batch.hash, never)).not.toBeNull();
      expect(clock.now() - refusedMs).toBeGreaterThanOrEqual(ms);
    },
  );

  it('a key is sent as a cookie, and one that is not known is told', async () => {
    const { emulator, identifier } = await start({}, key);
    expect(await identifier.identify(batch.hash, never)).not.toBeNull();
    expect(emulator.log.entries[0]?.headers.cookie).toBe(`ssid=${key}`);
    const other = await start({}, 'wrong');
    await expect(other.identifier.identify(batch.hash, never)).rejects.toMatchObject({
      code: 'token-rejected',
      message: expect.stringContaining('identify.nekobt.apiKey') as string,
    });
  });

  it.each([
    ['a page', { kind: 'html200' }, 'bad-answer'],
    ['JSON that is cut off', { kind: 'malformedJson' }, 'bad-answer'],
    [
      'trouble of its own',
      { kind: 'status', code: 500, body: '{"error":true,"message":"Internal Error"}' },
      'service-down',
    ],
    [
      'a yes without data',
      { kind: 'status', code: 200, headers: { 'content-type': 'application/json' }, body: '{"error":false}' },
      'bad-answer',
    ],
    [
      'a no with 200',
      {
        kind: 'status',
        code: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"error":true,"message":"No."}',
      },
      'bad-answer',
    ],
    [
      'numbers where texts are',
      {
        kind: 'status',
        code: 200,
        headers: { 'content-type': 'application/json' },
        body: '{"error":false,"data":{"infohash_match":7310256402349064193}}',
      },
      'bad-answer',
    ],
  ] as const)('that answers with %s says nothing of a torrent', async (_, action, code) => {
    const { emulator, identifier } = await start();
    emulator.faults.add({ at: 'neko', times: 1, action });
    await expect(identifier.identify(batch.hash, never)).rejects.toMatchObject({ code });
    expect(await identifier.identify(batch.hash, never)).not.toBeNull();
  });
});

const json = { 'content-type': 'application/json' };

describe('what goes wrong at nekoBT', () => {
  it('does not show the key that its answer repeats, nor what a terminal would obey', async () => {
    const { emulator, identifier } = await start({}, key);
    const body = JSON.stringify({ error: true, message: `\u001b[2J<b>No</b>\u202e ssid=${key}` });
    for (const code of [200, 500]) {
      emulator.faults.add({ at: 'neko', times: 1, action: { kind: 'status', code, headers: json, body } });
      const thrown: unknown = await identifier.identify(batch.hash, never).catch((error: unknown) => error);
      const { message, context } = toAppError(thrown);
      const shown = `${message} ${JSON.stringify(context)}`;
      expect(shown).toContain('No');
      expect(shown).not.toContain(key);
      expect(message + String(context['serviceMessage'])).not.toMatch(/[\p{Cc}\p{Cf}<]/u);
    }
  });

  it.each(['schlüssel', 'two words', 'a;b=c'])(
    'a key "%s", which no cookie holds, is a wrong key',
    async (wrong) => {
      const { emulator, identifier } = await start({}, wrong);
      await expect(identifier.identify(batch.hash, never)).rejects.toMatchObject({
        code: 'token-rejected',
        message: expect.stringContaining('identify.nekobt.apiKey') as string,
      });
      expect(emulator.log.count()).toBe(0);
    },
  );

  it.each([400, 404])('a page with status %i in the place of a torrent is not "unknown"', async (code) => {
    const { emulator, identifier } = await start();
    const action = {
      kind: 'status',
      code,
      headers: { 'content-type': 'text/html' },
      body: '<html>',
    } as const;
    emulator.faults.add({ at: 'neko', path: /\/torrents\/\d/, times: 1, action });
    await expect(identifier.identify(batch.hash, never)).rejects.toMatchObject({
      code: 'bad-answer',
      retry: 'wait',
      message: expect.stringContaining('identify.nekobt.apiUrl') as string,
    });
    expect(await identifier.identify(batch.hash, never)).not.toBeNull();
  });

  it('a redirect is not followed, and names the setting', async () => {
    const { emulator, identifier } = await start({}, key);
    emulator.faults.add({
      at: 'neko',
      times: 1,
      action: { kind: 'redirect', to: `${emulator.urls.torBox}/elsewhere`, code: 302 },
    });
    await expect(identifier.identify(batch.hash, never)).rejects.toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining('identify.nekobt.apiUrl') as string,
    });
    expect(emulator.log.count()).toBe(1);
  });

  it('who gives up while another call hangs is let go at once, and no second call starts beside it', async () => {
    const { emulator, api } = await start();
    emulator.faults.add({ at: 'neko', times: 1, action: { kind: 'hang' } });
    const first = new AbortController();
    const hanging = api.get('/torrents/search', {}, first.signal);
    const second = new AbortController();
    const waiting = api.get('/torrents/search', {}, second.signal);
    second.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    const third = api.get('/torrents/search', {}, never);
    await vi.waitFor(() => expect(emulator.log.count()).toBe(1));
    first.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'aborted' });
    expect(await third).toMatchObject({ more: false });
    expect(emulator.log.maxConcurrency({ role: 'neko' })).toBe(1);
  });
});

describe('a search', () => {
  it('finds torrents by words of their titles, page by page, as they are told', async () => {
    const { api } = await start();
    const first = await searchTorrents(api, 'm', { limit: 1, offset: 0 }, never);
    expect(first).toEqual({
      more: false,
      torrents: [expect.objectContaining({ title: 'A.Film.mkv' }) as object],
    });
    const found = await searchTorrents(api, 'dusk', { limit: 5, offset: 0 }, never);
    expect(found.torrents).toEqual([
      {
        id: batchId,
        hash: batch.hash,
        title: '[Group] Dusk (13-15)',
        groups: ['Group'],
        size: 18,
        audio: ['ja'],
        subtitles: ['en', 'de'],
        seeders: 52,
        uploadedMs: Date.UTC(2026, 9, 1),
      },
    ]);
    expect(await searchTorrents(api, 'nothing of this name', { limit: 5, offset: 0 }, never)).toEqual({
      torrents: [],
      more: false,
    });
    expect(await searchTorrents(api, '', { limit: 1, offset: 0 }, never)).toMatchObject({ more: true });
    expect((await torrentOf(api, batchId, never)).hash).toBe(batch.hash);
    await expect(torrentOf(api, '1', never)).rejects.toMatchObject({ code: 'not-found' });
    await expect(torrentOf(api, '7310256402349064195', never)).rejects.toMatchObject({ code: 'not-ready' });
  });

  it('leaves out what cannot be understood, and is an error where there is no list', async () => {
    const { emulator, api } = await start();
    const answer = (data: object): void => {
      emulator.faults.add({
        at: 'neko',
        times: 1,
        action: {
          kind: 'status',
          code: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ error: false, data }),
        },
      });
    };
    const good = {
      id: '1',
      infohash: 'A'.repeat(40),
      title: ' T ',
      filesize: 'x',
      seeders: -1,
      groups: 'no',
      audio_lang: 7,
    };
    answer({
      results: [null, 7, {}, { ...good, infohash: 'zz' }, { ...good, deleted: '2026' }, good],
      more: 'yes',
    });
    expect(await searchTorrents(api, 'x', { limit: 50, offset: 0 }, never)).toEqual({
      more: false,
      torrents: [
        {
          id: '1',
          hash: 'a'.repeat(40),
          title: 'T',
          groups: [],
          size: null,
          audio: [],
          subtitles: [],
          seeders: null,
          uploadedMs: 0,
        },
      ],
    });
    answer({ results: 'none' });
    await expect(searchTorrents(api, 'x', { limit: 5, offset: 0 }, never)).rejects.toMatchObject({
      code: 'bad-answer',
    });
  });
});

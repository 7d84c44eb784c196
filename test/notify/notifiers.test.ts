import { describe, expect, it } from 'vitest';
import type { MappedNews } from '../../src/notify/news.js';
import { Notifiers, type NewsFile, type NotifiersOptions } from '../../src/notify/notifiers.js';
import { keptLog } from '../support/kept-log.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { change, tree } from './changes.js';
import { fakeMediaServer, type Answer, type Received } from './fake-media-server.js';

describe('a media server', () => {
  const film = '/mnt/movies/A Film (2020)';
  const addFilm = change('added', 11n, 'A Film (2020).mkv', 2n);

  async function start(
    answer: (received: Received) => Answer = () => ({}),
    over: Partial<NotifiersOptions> = {},
  ): Promise<{
    readonly notifiers: Notifiers;
    readonly clock: FakeClock;
    readonly paths: () => readonly (readonly string[])[];
    readonly file: { text: string | null };
    readonly log: ReturnType<typeof keptLog>;
    readonly after: (ms: number, requests: number) => Promise<void>;
  }> {
    const server = await fakeMediaServer(answer);
    const clock = new FakeClock();
    const file = { text: null as string | null };
    const kept: NewsFile = { load: () => file.text, save: (text) => (file.text = text) };
    const log = keptLog();
    const notifiers = new Notifiers({
      targets: [{ kind: 'jellyfin', url: server.url, token: 't', command: [], pathMap: {} }],
      mountpoint: '/mnt',
      tree,
      exists: () => true,
      waitsFor: () => null,
      file: kept,
      clock,
      logger: log,
      ...over,
    });
    notifiers.start();
    return {
      notifiers,
      clock,
      file,
      log,
      paths: () =>
        server.received.map(({ body }) =>
          (body as { Updates: { Path: string }[] }).Updates.map(({ Path }) => Path),
        ),
      after: async (ms, requests) => {
        await clock.advance(ms);
        await expect.poll(() => server.received.length).toBe(requests);
        await settle();
      },
    };
  }

  it('is told ten seconds after the last change, of all of them at once', async () => {
    const { notifiers, paths, after } = await start();
    notifiers.changed([addFilm]);
    await after(9_000, 0);
    notifiers.changed([change('added', 11n, 'A Film (2020).en.srt', 3n)]);
    await after(9_999, 0);
    await after(1, 1);
    expect(paths()).toEqual([[`${film}/A Film (2020).mkv`, `${film}/A Film (2020).en.srt`]]);
    await after(3_600_000, 1);
    expect(notifiers.reports).toMatchObject([{ pending: 0, trouble: null }]);
    await notifiers.stop();
  });

  it('is told a minute after the first change although there are always more', async () => {
    const { notifiers, clock, after } = await start();
    for (let seconds = 0; seconds < 60; seconds += 5) {
      notifiers.changed([change('added', 11n, `${seconds}.mkv`, BigInt(seconds + 100))]);
      await clock.advance(5_000);
    }
    await after(0, 1);
    await notifiers.stop();
  });

  it('is told nothing while the tree is held or the mount is down, and all of it afterwards', async () => {
    const wait = { for: 'It waits for account "rd".' as string | null };
    const { notifiers, paths, after } = await start(undefined, { waitsFor: () => wait.for });
    notifiers.changed([addFilm]);
    await after(3_600_000, 0);
    expect(notifiers.reports).toMatchObject([{ pending: 1, waitsFor: 'It waits for account "rd".' }]);
    wait.for = null;
    await after(5_000, 1);
    expect(paths()).toEqual([[`${film}/A Film (2020).mkv`]]);
    await notifiers.stop();
  });

  it('that is away is told when it is back, once; the log has one line of that', async () => {
    let isAway = true;
    const { notifiers, paths, after, clock, log } = await start(() => ({ status: isAway ? 503 : 204 }));
    notifiers.changed([addFilm]);
    await after(10_000, 1);
    await expect.poll(() => clock.sleeping).toBe(1);
    expect(notifiers.reports).toMatchObject([
      { pending: 1, trouble: expect.stringContaining('503') as string },
    ]);
    await after(6_000, 2);
    await expect.poll(() => clock.sleeping).toBe(1);
    isAway = false;
    notifiers.changed([change('added', 11n, 'later.mkv', 9n)]);
    await after(20_000, 3);
    expect(paths().at(-1)).toEqual([`${film}/A Film (2020).mkv`, `${film}/later.mkv`]);
    await expect.poll(() => notifiers.reports[0]?.pending).toBe(0);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    await notifiers.stop();
  });

  it('is told by the next process what this one did not get to', async () => {
    const server = await fakeMediaServer();
    const settings = { kind: 'jellyfin', url: server.url, token: 't', command: [], pathMap: {} } as const;
    const clock = new FakeClock();
    let text: string | null = null;
    const file: NewsFile = { load: () => text, save: (now) => (text = now) };
    const options = {
      targets: [settings],
      mountpoint: '/mnt',
      tree,
      exists: () => true,
      waitsFor: () => null,
      file,
      clock,
      logger: keptLog(),
    };
    const before = new Notifiers(options);
    before.start();
    before.changed([addFilm]);
    await before.stop();
    const after = new Notifiers(options);
    after.start();
    await clock.advance(10_000);
    await expect.poll(() => server.received.length).toBe(1);
    expect(server.received[0]?.body).toEqual({
      Updates: [{ Path: `${film}/A Film (2020).mkv`, UpdateType: 'Created' }],
    });
    await after.stop();
  });

  it('that is away costs one write a second, however much is published, and none where that is not for it', async () => {
    const saved: string[] = [];
    const file: NewsFile = { load: () => null, save: (text) => void saved.push(text) };
    const { notifiers, clock } = await start(() => ({ status: 503 }), { file });
    for (let number = 0; number < 50; number += 1) {
      notifiers.changed([change('added', 11n, `${number}.mkv`, BigInt(number + 100))]);
      notifiers.changed([change('added', 20n, 'raw.mkv', 8n)]);
      await clock.advance(100);
    }
    // At once, and then five seconds long.
    expect(saved).toHaveLength(6);
    expect(saved.at(-1)).toContain('/49.mkv');
    await clock.advance(3_600_000);
    notifiers.changed([addFilm]);
    notifiers.changed([change('added', 11n, 'last.mkv', 9n)]);
    expect(saved).toHaveLength(7);
    await notifiers.stop();
    expect(saved).toHaveLength(8);
    expect(saved.at(-1)).toContain('/last.mkv');
  });

  it('is told for each of its users: two targets that differ only in their token', async () => {
    const server = await fakeMediaServer();
    const hook = (token: string) =>
      ({ kind: 'webhook', url: server.url, token, command: [], pathMap: {} }) as const;
    const first = await start(undefined, { targets: [hook('anna'), hook('ben')] });
    first.notifiers.changed([addFilm]);
    await first.notifiers.stop();
    // Meanwhile, one of the tokens was corrected.
    const file: NewsFile = { load: () => first.file.text, save: () => undefined };
    const next = await start(undefined, { targets: [hook('anna'), hook('benedict')], file });
    expect(next.notifiers.reports).toMatchObject([{ pending: 1 }, { pending: 1 }]);
    await next.clock.advance(10_000);
    await expect
      .poll(() => server.received.map(({ headers }) => headers.authorization).sort())
      .toEqual(['Bearer anna', 'Bearer benedict']);
    await next.notifiers.stop();
  });

  it('whose address or pathMap was corrected is told what it could not be told before', async () => {
    const command = (...words: string[]) =>
      ({ kind: 'command', url: null, token: null, command: words, pathMap: {} }) as const;
    const jellyfin = (url: string, pathMap: Readonly<Record<string, string>>) =>
      ({ kind: 'jellyfin', url, token: 't', command: [], pathMap }) as const;
    const wrong = jellyfin('http://127.0.0.1:1', { '/mnt': '/media' });
    const first = await start(undefined, { targets: [command('a'), wrong] });
    first.notifiers.changed([addFilm]);
    await first.notifiers.stop();
    const server = await fakeMediaServer();
    const next = await start(undefined, {
      targets: [jellyfin(server.url, { '/mnt': '/data' }), jellyfin('http://127.0.0.1:1', {}), command('a')],
      file: { load: () => first.file.text, save: () => undefined },
    });
    expect(next.notifiers.reports.map(({ pending }) => pending)).toEqual([1, 0, 1]);
    await next.clock.advance(10_000);
    await expect.poll(() => server.received.length).toBe(1);
    expect(server.received[0]?.body).toMatchObject({
      Updates: [{ Path: '/data/movies/A Film (2020)/A Film (2020).mkv' }],
    });
    await next.notifiers.stop();
  });

  it('is one line for each of several hooks on one host, so that metrics have them apart', async () => {
    const hook = (url: string) => ({ kind: 'webhook', url, token: null, command: [], pathMap: {} }) as const;
    const { notifiers } = await start(undefined, {
      targets: [hook('http://h/a'), hook('http://h/b'), hook('http://i/'), hook('http://h/a')],
    });
    const names = ['webhook at h', 'webhook at h 2', 'webhook at i', 'webhook at h 3'];
    expect(notifiers.reports.map(({ target }) => target)).toEqual(names);
    await notifiers.stop();
  });

  it('that is a Plex without a library that has what it is told of is in trouble until one has', async () => {
    let library = '/elsewhere';
    const server = await fakeMediaServer(({ url }) =>
      url === '/library/sections'
        ? { body: { MediaContainer: { Directory: [{ key: 1, Location: [{ path: library }] }] } } }
        : {},
    );
    const { notifiers, clock, log } = await start(undefined, {
      targets: [{ kind: 'plex', url: server.url, token: 't', command: [], pathMap: {} }],
    });
    const tell = async (requests: number): Promise<void> => {
      notifiers.changed([addFilm]);
      await clock.advance(10_000);
      await expect.poll(() => server.received.length).toBe(requests);
      await expect.poll(() => notifiers.reports[0]?.pending).toBe(0);
    };
    const trouble = (): string | null | undefined => notifiers.reports[0]?.trouble;
    await tell(1);
    expect(trouble()).toMatch(
      /^No library of plex at .* has \/mnt\/movies\/A Film \(2020\), so nothing is scanned\./,
    );
    await tell(2);
    expect(log.lines.map(({ level, message }) => level === 'warn' && message === trouble())).toContain(true);
    expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    library = '/mnt/movies';
    await tell(4);
    expect(trouble()).toBeNull();
    // It is told of all folders, and few people have a library of `other/`.
    library = '/mnt/shows';
    await clock.advance(10 * 60_000);
    await tell(5);
    expect(trouble()).toBeNull();
    await notifiers.stop();
  });

  it('is kept under a name that tells nothing of its password', async () => {
    const kept = async (password: string): Promise<string | null> => {
      const url = `http://user:${password}@127.0.0.1:9`;
      const { notifiers, file } = await start(undefined, {
        targets: [{ kind: 'kodi', url, token: null, command: [], pathMap: {} }],
      });
      notifiers.changed([addFilm]);
      await notifiers.stop();
      return file.text;
    };
    expect(await kept('one')).toBe(await kept('another'));
  });

  it('scans the nearest folder that is there where a title is gone', async () => {
    const scans: MappedNews['scan'][] = [];
    const server = await fakeMediaServer(({ url }) => {
      const path = new URL(url, 'http://x').searchParams.get('path');
      if (path !== null) scans.push(path);
      return { body: { MediaContainer: { Directory: [{ key: 1, Location: [{ path: '/mnt' }] }] } } };
    });
    const { notifiers, clock } = await start(undefined, {
      targets: [{ kind: 'plex', url: server.url, token: 't', command: [], pathMap: {} }],
      exists: (path) => path === '/movies',
    });
    notifiers.changed([change('removed', 40n, 'x.mkv', 3n), change('removed', 10n, 'Gone', 40n, true)]);
    await clock.advance(10_000);
    await expect.poll(() => scans).toEqual(['/mnt/movies']);
    await notifiers.stop();
  });

  it('is told although what is still to be told cannot be kept, with one word in the log', async () => {
    const file: NewsFile = {
      load: () => '{"broken',
      save: () => {
        throw new Error('disk full');
      },
    };
    const { notifiers, after, log } = await start(undefined, { file });
    notifiers.changed([addFilm]);
    notifiers.changed([addFilm]);
    await after(10_000, 1);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'what was still to be told to media servers could not be read',
      'what is still to be told to media servers is not kept',
    ]);
    await notifiers.stop();
  });
});

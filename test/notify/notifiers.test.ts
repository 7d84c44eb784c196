import { describe, expect, it } from 'vitest';
import { rootInode, type TreeChange, type TreeNode } from '../../src/core/tree.js';
import { fileChanges } from '../../src/notify/collect.js';
import type { MappedNews } from '../../src/notify/news.js';
import { Notifiers, type NewsFile, type NotifiersOptions } from '../../src/notify/notifiers.js';
import { PendingNews } from '../../src/notify/pending-news.js';
import { keptLog } from '../support/kept-log.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { fakeMediaServer, type Answer, type Received } from './fake-media-server.js';

/** A tree of folders, by number. */
const folders = new Map<bigint, TreeNode>([
  [10n, { kind: 'directory', inode: 10n, parent: rootInode, name: 'movies', mtimeMs: 0 }],
  [11n, { kind: 'directory', inode: 11n, parent: 10n, name: 'A Film (2020)', mtimeMs: 0 }],
  [20n, { kind: 'directory', inode: 20n, parent: rootInode, name: 'all', mtimeMs: 0 }],
]);
const tree = { node: (inode: bigint) => folders.get(inode) };
const change = (
  kind: TreeChange['kind'],
  parent: bigint,
  name: string,
  inode: bigint,
  directory = false,
): TreeChange => ({
  kind,
  parent,
  name,
  inode,
  directory,
});

describe('what is told', () => {
  it('names files in folders that are gone too, in order, and none in folders that nobody is told of', () => {
    expect(
      fileChanges(
        [
          change('removed', 11n, 'A Film (2020).mkv', 1n),
          change('added', 11n, 'A Film (2020).mkv', 2n),
          change('removed', 40n, 'x.mkv', 3n),
          change('removed', 41n, 'deep.mkv', 5n),
          change('removed', 40n, 'Deep', 41n, true),
          change('removed', 10n, 'Gone (2019)', 40n, true),
          change('added', 11n, 'new.srt', 4n),
          change('added', 99n, 'nowhere.mkv', 6n),
          change('added', rootInode, '.debridfs-mounted', 7n),
          change('added', 20n, 'raw.mkv', 8n),
        ],
        tree,
        (folder) => folder !== '/all',
      ),
    ).toEqual([
      { path: '/movies/A Film (2020)/A Film (2020).mkv', news: 'removed' },
      { path: '/movies/A Film (2020)/A Film (2020).mkv', news: 'added' },
      { path: '/movies/Gone (2019)/x.mkv', news: 'removed' },
      { path: '/movies/Gone (2019)/Deep/deep.mkv', news: 'removed' },
      { path: '/movies/A Film (2020)/new.srt', news: 'added' },
    ]);
  });

  it('of a file that came, went and came again is the same whether that was published at once or not', () => {
    const steps = (['added', 'removed', 'added'] as const).map((kind) => change(kind, 11n, 'a.mkv', 2n));
    const told = (...ends: readonly number[]): unknown => {
      const pending = new PendingNews();
      let from = 0;
      for (const end of ends) {
        for (const { path, news } of fileChanges(steps.slice(from, end), tree, () => true))
          pending.add(path, news);
        from = end;
      }
      return pending.take(1);
    };
    expect(told(1, 3)).toEqual(told(3));
    expect(told(1, 2, 3)).toEqual(told(3));
  });
});

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
      isTrusted: () => true,
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
    const trust = { isGiven: false };
    const { notifiers, paths, after } = await start(undefined, { isTrusted: () => trust.isGiven });
    notifiers.changed([addFilm]);
    await after(3_600_000, 0);
    trust.isGiven = true;
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
      isTrusted: () => true,
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

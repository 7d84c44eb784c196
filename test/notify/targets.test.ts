import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { createTarget, type TargetKind, type TargetSettings } from '../../src/notify/create-target.js';
import type { FileNews, MappedNews } from '../../src/notify/news.js';
import type { Target } from '../../src/notify/target.js';
import { isAlive } from '../../src/server/run-file.js';
import { FakeClock } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import {
  asKodi,
  asPlex as asPlexWith,
  fakeMediaServer,
  type Answer,
  type Received,
} from './fake-media-server.js';

const film = '/mnt/x/movies/A Film (2020)';
const gone = '/mnt/x/movies/Gone (2019)';

const news = (folder: string, files: Readonly<Record<string, FileNews>>, scan = folder): MappedNews => ({
  folder,
  scan,
  files: new Map(Object.entries(files)),
  isThere: () => true,
});
const added = news(film, { [`${film}/A Film (2020).mkv`]: 'added' });
const changed = news(film, { [`${film}/A Film (2020).mkv`]: 'changed' });
const removed = news(gone, { [`${gone}/Gone (2019).mkv`]: 'removed' }, '/mnt/x/movies');

function target(kind: TargetKind, over: Partial<TargetSettings>, clock = new FakeClock()): Target {
  const settings = { kind, url: null, token: 'secret-token', command: [], pathMap: {}, ...over };
  return createTarget(settings, clock, silentLogger).target;
}

const sections: Answer = {
  body: {
    MediaContainer: {
      Directory: [
        { key: '1', title: 'All', type: 'movie', Location: [{ id: 1, path: '/mnt/x' }] },
        { key: '2', title: 'Films', type: 'movie', Location: [{ id: 2, path: '/mnt/x/movies/' }] },
        { key: '3', title: 'More', type: 'movie', Location: [{ id: 3, path: '/mnt/x/movies2' }] },
      ],
    },
  },
};
const asPlex = ({ url }: Received): Answer => (url === '/library/sections' ? sections : {});

describe('Plex', () => {
  it('is asked for its libraries once in ten minutes, and to scan the folder in each that it lies in', async () => {
    const server = await fakeMediaServer(asPlex);
    const clock = new FakeClock();
    const plex = target('plex', { url: server.url }, clock);
    await plex.tell([added], never);
    await plex.tell([changed, removed], never);
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /library/sections',
      'GET /library/sections/1/refresh?path=%2Fmnt%2Fx%2Fmovies%2FA+Film+%282020%29',
      'GET /library/sections/2/refresh?path=%2Fmnt%2Fx%2Fmovies%2FA+Film+%282020%29',
      'GET /library/sections/1/refresh?path=%2Fmnt%2Fx%2Fmovies%2FA+Film+%282020%29',
      'GET /library/sections/2/refresh?path=%2Fmnt%2Fx%2Fmovies%2FA+Film+%282020%29',
      'GET /library/sections/1/refresh?path=%2Fmnt%2Fx%2Fmovies',
      'GET /library/sections/2/refresh?path=%2Fmnt%2Fx%2Fmovies',
    ]);
    for (const { headers } of server.received)
      expect(headers).toMatchObject({ 'x-plex-token': 'secret-token', accept: 'application/json' });
    clock.skip(10 * 60_000);
    await plex.tell([added], never);
    expect(server.received.filter(({ url }) => url === '/library/sections')).toHaveLength(2);
  });

  it('is in no trouble where a library has some of what it is told of at once', async () => {
    const server = await fakeMediaServer(asPlexWith('secret-token', ['/mnt/x/movies']));
    const plex = target('plex', { url: server.url });
    await plex.tell([news('/mnt/x/other/A', {}), added], never);
    await plex.tell([news('/mnt/x/other/A', {})], never);
    expect(plex.trouble).toBeNull();
    expect(server.received).toHaveLength(2);
  });

  it('on Windows scans folders of its libraries as they are there', async () => {
    const server = await fakeMediaServer(
      asPlexWith('secret-token', ['D:\\', 'D:\\Media\\movies', '\\\\nas\\x\\']),
    );
    const plex = target('plex', { url: server.url });
    const folders = ['D:\\Media\\movies\\A', 'D:\\Media\\movies2\\B', '\\\\nas\\x\\C', '\\\\nas\\xy\\D'];
    await plex.tell(
      folders.map((folder) => news(folder, {})),
      never,
    );
    const scans = server.received.slice(1).map(({ url }) => new URL(url, server.url));
    expect(
      scans.map(({ pathname, searchParams }) => [pathname.split('/')[3], searchParams.get('path')]),
    ).toEqual([
      ['1', folders[0]],
      ['2', folders[0]],
      ['1', folders[1]],
      ['3', folders[2]],
    ]);
  });

  it('scans a film in "Films" and in "Films for children" where both have its folder', async () => {
    const server = await fakeMediaServer(asPlexWith('secret-token', ['/mnt/x/movies', '/mnt/x/movies']));
    await target('plex', { url: server.url }).tell([added], never);
    expect(server.received.slice(1).map(({ url }) => url.split('?')[0])).toEqual([
      '/library/sections/1/refresh',
      '/library/sections/2/refresh',
    ]);
  });

  it('scans one folder once, however many titles are gone from it, and none that it has in no library', async () => {
    const server = await fakeMediaServer(asPlex);
    const plex = target('plex', { url: `${server.url}/plex/` });
    const foreign = news('/srv/A', { '/srv/A/a.mkv': 'added' });
    await plex
      .tell([removed, news('/mnt/x/movies/B', {}, '/mnt/x/movies'), foreign], never)
      .catch(() => null);
    // Below the path of its address, which this server does not know.
    expect(server.received.map(({ url }) => url)).toEqual(['/plex/library/sections']);
    const direct = target('plex', { url: server.url });
    await direct.tell([removed, news('/mnt/x/movies/B', {}, '/mnt/x/movies'), foreign], never);
    expect(server.received.slice(1).map(({ url }) => url)).toEqual([
      '/library/sections',
      '/library/sections/1/refresh?path=%2Fmnt%2Fx%2Fmovies',
      '/library/sections/2/refresh?path=%2Fmnt%2Fx%2Fmovies',
    ]);
  });
});

describe('Jellyfin and Emby', () => {
  it.each([
    ['jellyfin', { authorization: 'MediaBrowser Token="secret-token"' }, '/Library/Media/Updated', ''],
    ['emby', { 'x-emby-token': 'secret-token' }, '/emby/Library/Media/Updated', '/emby'],
  ] as const)(
    '%s is told of every file that came, changed or went, in one request',
    async (kind, header, path, base) => {
      const server = await fakeMediaServer(() => ({ status: 204 }));
      await target(kind, { url: server.url + base }).tell([added, changed, removed], never);
      expect(server.received).toEqual([
        {
          method: 'POST',
          url: path,
          headers: expect.objectContaining({ ...header, 'content-type': 'application/json' }) as object,
          body: {
            Updates: [
              { Path: `${film}/A Film (2020).mkv`, UpdateType: 'Created' },
              { Path: `${film}/A Film (2020).mkv`, UpdateType: 'Modified' },
              { Path: `${gone}/Gone (2019).mkv`, UpdateType: 'Deleted' },
            ],
          },
        },
      ]);
      if (kind === 'jellyfin') expect(server.received[0]?.headers).not.toHaveProperty('x-emby-token');
    },
  );

  it('is told of a folder where too much happened in it', async () => {
    const server = await fakeMediaServer();
    await target('jellyfin', { url: server.url }).tell([news('/mnt/x/movies', {})], never);
    expect(server.received[0]?.body).toEqual({
      Updates: [{ Path: '/mnt/x/movies', UpdateType: 'Modified' }],
    });
  });
});

it('a webhook is sent all of it as JSON', async () => {
  const server = await fakeMediaServer();
  await target('webhook', { url: `${server.url}/hook?x=1` }).tell([added], never);
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      url: '/hook?x=1',
      headers: { authorization: 'Bearer secret-token' },
      body: {
        event: 'library.changed',
        folders: [{ path: film, files: [{ path: `${film}/A Film (2020).mkv`, change: 'added' }] }],
      },
    },
  ]);
});

it.each(['kodi', 'webhook'] as const)(
  '%s without a token that refuses its login says to correct the address, not a token',
  async (kind) => {
    const server = await fakeMediaServer(asKodi('kodi:right', []));
    const url = server.url.replace('//', '//kodi:hunter22@');
    const failure: unknown = await target(kind, { url, token: null })
      .tell([added], never)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'token-rejected',
      message: expect.stringMatching(
        /refuses the user name and password\. Correct those in the `url`/,
      ) as string,
    });
    expect(String(failure)).not.toContain('hunter22');
  },
);

describe('a command', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'debridfs-hook-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  };

  it('is given the folders as arguments, without a shell, and no token from the environment', async () => {
    const path = join(folder(), 'out');
    process.env['TEST_TOKEN'] = 'secret';
    onTestFinished(() => {
      delete process.env['TEST_TOKEN'];
    });
    const code = `require('fs').writeFileSync(process.argv[1], JSON.stringify([process.argv.slice(2), process.env.TEST_TOKEN ?? null]))`;
    const nasty = news('/mnt/x/movies/$(touch pwned) `id`; "x"', {});
    await target('command', { command: [process.execPath, '-e', code, path] }).tell(
      [added, nasty, removed],
      never,
    );
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual([[film, nasty.scan, '/mnt/x/movies'], null]);
  });

  /** A program that starts another and waits for it, and which then writes down the number of that. */
  const starting = (path: string): string[] => [
    'sh',
    '-c',
    'sleep 1000 & echo $! >"$0.new"; mv "$0.new" "$0"; wait',
    path,
  ];
  const isAliveNow = (path: string): boolean => {
    const pid = Number(readFileSync(path, 'utf8'));
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
    return isAlive(pid);
  };

  it('that is given up leaves nothing running that it started', async () => {
    const path = join(folder(), 'pid');
    const over = new AbortController();
    const told = target('command', { command: starting(path) }).tell([added], over.signal);
    const refused = expect(told).rejects.toMatchObject({ code: 'aborted' });
    await expect.poll(() => existsSync(path)).toBe(true);
    expect(isAliveNow(path)).toBe(true);
    over.abort();
    await refused;
    await expect.poll(() => isAliveNow(path)).toBe(false);
  });

  it('that runs while debridfs ends leaves nothing running that it started', async () => {
    const path = join(folder(), 'pid');
    const before = process.listeners('exit');
    const told = target('command', { command: starting(path) }).tell([added], never);
    const refused = expect(told).rejects.toMatchObject({ code: 'bad-answer' });
    await expect.poll(() => existsSync(path)).toBe(true);
    // What is done when the process exits.
    const own = process.listeners('exit').filter((listener) => !before.includes(listener));
    for (const listener of own) listener(0);
    await refused;
    await expect.poll(() => isAliveNow(path)).toBe(false);
    expect(process.listeners('exit').filter((listener) => own.includes(listener))).toEqual([]);
  });

  it('that fails, or is not there, is told of', async () => {
    const failing = target('command', { command: [process.execPath, '-e', 'process.exit(7)'] });
    await expect(failing.tell([added], never)).rejects.toMatchObject({
      message: expect.stringContaining('7') as string,
    });
    const path = join(folder(), 'no-program');
    writeFileSync(path, '');
    await expect(target('command', { command: [path] }).tell([added], never)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('EACCES') as string,
    });
  });
});

describe('a media server', () => {
  it.each([
    [401, 'token-rejected'],
    [403, 'token-rejected'],
    [404, 'bad-answer'],
    [500, 'bad-answer'],
    [302, 'bad-answer'],
  ])('that answers with %i was not told (%s), and its token is in no message', async (status, code) => {
    const server = await fakeMediaServer(() => ({ status }));
    for (const kind of ['plex', 'jellyfin', 'emby', 'kodi', 'webhook'] as const) {
      const failure: unknown = await target(kind, { url: server.url })
        .tell([added], never)
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code });
      expect(String(failure)).not.toContain('secret-token');
    }
  });

  it('that sends no end of an answer, or none that can be read, was not told', async () => {
    const endless = await fakeMediaServer(() => ({ body: 'x'.repeat(5 * 2 ** 20) }));
    await expect(target('plex', { url: endless.url }).tell([added], never)).rejects.toMatchObject({
      code: 'bad-answer',
    });
    const page = await fakeMediaServer(() => ({ body: '<html>' }));
    await expect(target('plex', { url: page.url }).tell([added], never)).rejects.toMatchObject({
      code: 'bad-answer',
    });
  });

  it('that is not there, or hangs when debridfs ends, was not told', async () => {
    const away = target('jellyfin', { url: 'http://127.0.0.1:1' });
    await expect(away.tell([added], never)).rejects.toMatchObject({ code: 'network' });
    const hanging = await fakeMediaServer(() => ({ hangs: true }));
    const ended = new AbortController();
    const telling = target('jellyfin', { url: hanging.url }).tell([added], ended.signal);
    await expect.poll(() => hanging.received.length).toBe(1);
    ended.abort();
    await expect(telling).rejects.toMatchObject({ code: 'aborted' });
  });
});

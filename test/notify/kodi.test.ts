import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { createTarget } from '../../src/notify/create-target.js';
import type { FileNews, MappedNews } from '../../src/notify/news.js';
import { Notifier } from '../../src/notify/notifier.js';
import { pathMap } from '../../src/notify/path-map.js';
import type { Target } from '../../src/notify/target.js';
import { FakeClock } from '../support/fake-clock.js';
import { hastyClock } from '../support/hasty-clock.js';
import { never } from '../support/never.js';
import { fakeKodi } from './fake-kodi.js';
import { fakeMediaServer } from './fake-media-server.js';

const movies = '/mnt/x/movies';
const film = (title: string): string => `${movies}/${title}/${title}.mkv`;
const episode = (number: number): string => `/mnt/x/shows/A Show/Season 01/A Show - S01E0${number}.mkv`;

/** News of one title, whose folder is there unless all of it is gone. */
function news(
  folder: string,
  files: Readonly<Record<string, FileNews>>,
  over: Partial<MappedNews> = {},
): MappedNews {
  return { folder, scan: folder, files: new Map(Object.entries(files)), isThere: () => true, ...over };
}
const added = (title: string): MappedNews => news(`${movies}/${title}`, { [film(title)]: 'added' });
const gone = (title: string): MappedNews =>
  news(`${movies}/${title}`, { [film(title)]: 'removed' }, { scan: movies });

function kodiAt(url: string, clock = hastyClock(100)): Target {
  const settings = { kind: 'kodi', url, token: null, command: [], pathMap: {} } as const;
  return createTarget(settings, clock, silentLogger).target;
}

describe('Kodi', () => {
  it('shows all of several films that are new at once', async () => {
    const kodi = await fakeKodi();
    const target = kodiAt(kodi.url);
    await target.tell([added('A'), added('B'), added('C')], never);
    // The last scan is not waited for; the next word is.
    await target.tell([added('D')], never);
    expect(kodi.scanned).toEqual([`${movies}/A/`, `${movies}/B/`, `${movies}/C/`]);
  });

  it('shows no film any more that is gone, and keeps the others and what is not of this mount', async () => {
    const kodi = await fakeKodi({
      movies: [
        { movieid: 1, file: film('A') },
        { movieid: 2, file: film('A_B') },
        { movieid: 3, file: film('A-B') },
        { movieid: 4, file: film('A_B').replace('movies', 'Movies') },
      ],
    });
    await kodiAt(kodi.url).tell([gone('A_B')], never);
    expect(kodi.shelf.movies.map(({ movieid }) => movieid)).toEqual([1, 3, 4]);
    expect(kodi.scanned).toEqual([]);
  });

  it('is never told to clean, which would forget the sources of others that are away', async () => {
    const kodi = await fakeKodi({ movies: [{ movieid: 1, file: film('A') }] });
    await kodiAt(kodi.url).tell([gone('A'), news(movies, {}), added('B')], never);
    const methods = kodi.received.map(({ body }) => (body as { readonly method: string }).method);
    expect(methods).not.toContain('VideoLibrary.Clean');
  });

  it('shows the episodes that are left of a show, and no show of which none is left', async () => {
    const kodi = await fakeKodi({
      episodes: [1, 2].map((number) => ({ episodeid: number, file: episode(number), tvshowid: 7 })),
      tvshows: [7, 8],
    });
    const target = kodiAt(kodi.url);
    const show = '/mnt/x/shows/A Show';
    await target.tell([news(show, { [episode(1)]: 'removed' })], never);
    expect(kodi.shelf).toMatchObject({ episodes: [{ episodeid: 2 }], tvshows: [7, 8] });
    await target.tell([news(show, { [episode(2)]: 'removed' }, { scan: '/mnt/x/shows' })], never);
    expect(kodi.shelf).toMatchObject({ episodes: [], tvshows: [8] });
  });

  it('shows what is left of a folder where too much happened to name it', async () => {
    const many = Array.from({ length: 4_500 }, (_, index) => ({ movieid: index, file: film(`F${index}`) }));
    const kodi = await fakeKodi({ movies: many });
    const isThere = (path: string): boolean => path !== film('F3') && path !== film('F4321');
    await kodiAt(kodi.url).tell([news(movies, {}, { isThere })], never);
    expect(kodi.shelf.movies).toHaveLength(4_498);
    expect(kodi.shelf.movies.some(({ file }) => !isThere(file))).toBe(false);
  });

  it.each([
    ['of a share', 'smb://nas/films', ['smb://nas/films/A/A.mkv', 'smb://nas/films/B/B.mkv', '/srv/C/C.mkv']],
    ['on Windows', 'D:\\Films', ['D:\\Films\\A\\A.mkv', 'D:\\Films\\B\\B.mkv', 'D:\\Films2\\C\\C.mkv']],
  ])('%s is asked for what is gone by the paths that it has', async (_, there, files) => {
    const kodi = await fakeKodi({ movies: files.map((file, index) => ({ movieid: index + 1, file })) });
    const notifier = new Notifier({
      target: kodiAt(kodi.url),
      name: 'kodi',
      map: pathMap('/mnt/x', { [movies]: there }),
      clock: hastyClock(1_000),
      logger: silentLogger,
      waitsFor: () => null,
      exists: (path) => path === '/movies' || path === '/movies/A/A.mkv',
      onTold: () => undefined,
    });
    notifier.restore([{ folder: '/movies', files: [] }]);
    notifier.start();
    await expect.poll(() => notifier.report.told).toBe(1);
    await notifier.stop();
    expect(kodi.shelf.movies.map(({ movieid }) => movieid)).toEqual([1, 3]);
  });

  it('shows no film in parts of which one is gone', async () => {
    const part = (number: number): string => `${movies}/A, B/A, B.cd${number}.mkv`;
    const file = `stack://${part(1).replaceAll(',', ',,')} , ${part(2).replaceAll(',', ',,')}`;
    const kodi = await fakeMediaServer(({ body }) => {
      const { method } = body as { readonly method: string };
      const isList = method === 'VideoLibrary.GetMovies';
      const total = isList ? 1 : 0;
      const result = { limits: { total }, movies: [{ movieid: 5, file }], 'Library.IsScanningVideo': false };
      return { body: { result } };
    });
    await kodiAt(kodi.url).tell([news(`${movies}/A, B`, { [part(2)]: 'removed' })], never);
    expect(kodi.received.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ method: 'VideoLibrary.RemoveMovie', params: { movieid: 5 } }),
    );
  });

  it('is not stopped in a scan that somebody else asked for', async () => {
    const kodi = await fakeKodi({}, 5);
    kodi.scan('/srv/nas/');
    const target = kodiAt(kodi.url);
    await target.tell([added('A')], never);
    await target.tell([added('B')], never);
    expect(kodi.scanned).toEqual(['/srv/nas/', `${movies}/A/`]);
  });

  it('that scans for minutes is told later', async () => {
    const kodi = await fakeKodi({}, 1e9);
    kodi.scan('/srv/nas/');
    const clock = new FakeClock();
    const told = kodiAt(kodi.url, clock).tell([added('A')], never);
    const failed = expect(told).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('has been scanning for 5 minutes') as string,
    });
    await expect.poll(() => clock.sleeping).toBe(1);
    clock.skip(5 * 60_000);
    await clock.advance(500);
    await failed;
  });

  it.each([
    ['kodi:p%40ss', 'kodi:p@ss'],
    ['kodi:100%', 'kodi:100%'],
  ])('is told with the user name and password %s of its address', async (written, meant) => {
    const kodi = await fakeKodi();
    await kodiAt(kodi.url.replace('http://', `http://${written}@`)).tell([added('A')], never);
    expect(kodi.received[0]?.headers.authorization).toBe(`Basic ${Buffer.from(meant).toString('base64')}`);
  });

  it.each([
    [{ error: { code: -32601, message: 'Method not found.' } }, 'refuses XBMC.GetInfoBooleans'],
    [{ result: 7 }, 'answered XBMC.GetInfoBooleans with what cannot be understood'],
    ['<html>', 'refuses XBMC.GetInfoBooleans'],
  ])('that answers with %j was not told', async (body, message) => {
    const server = await fakeMediaServer(() => ({ body }));
    await expect(kodiAt(server.url).tell([added('A')], never)).rejects.toMatchObject({
      code: 'bad-answer',
      message: expect.stringContaining(message) as string,
    });
  });
});

import { expect, it } from 'vitest';
import { startEmulator } from '../../src/emulator/emulator.js';
import { torrent } from '../../src/emulator/world.js';
import { ask } from './http-client.js';

const batch = torrent('Batch', [
  { path: 'Batch/1.mkv', size: 5 },
  { path: 'Batch/2.mkv', size: 6 },
]);

it('the stand-in for nekoBT checks what it is asked, keeps its limit, and tells its types as documented', async () => {
  const emulator = await startEmulator({
    world: {
      accounts: [],
      catalogue: {
        media: [
          { id: 's1', title: 'S', year: 2020, tvdbId: 7, tmdbId: null, imdbId: null, episodes: [] },
          {
            id: 's2',
            title: 'Nothing of it',
            year: 2020,
            tvdbId: 8,
            tmdbId: null,
            imdbId: null,
            episodes: [],
          },
        ],
        torrents: [
          {
            id: '7310256402349064193',
            torrent: batch,
            title: 'Batch',
            mediaId: 's1',
            episodeIds: [],
            group: 'G',
            seeders: 1,
            audio: 'ja',
            subtitles: 'en',
            uploadedMs: 1,
          },
        ],
      },
    },
  });
  try {
    const get = (path: string, headers = {}): ReturnType<typeof ask> =>
      ask(`${emulator.urls.nekobt}/api/v1${path}`, { headers });
    const status = async (path: string, headers = {}): Promise<number> => (await get(path, headers)).status;
    const found = (await get(`/torrents/search?query=${batch.hash.toUpperCase()}`)).json() as {
      data: Record<string, unknown>;
    };
    expect(found.data['infohash_match']).toBe('7310256402349064193');
    expect((await get('/torrents/7310256402349064193')).json()).toMatchObject({
      error: false,
      data: {
        filesize: '11',
        files: [
          { length: 5, offset: 0 },
          { length: 6, offset: 5 },
        ],
        seeders: '1',
      },
    });
    expect((await get('/torrents/search?limit=101')).json()).toMatchObject({
      error: true,
      message: "Data provided was invalid: 'limit' must be <= 100.",
      validate_errors: [{ keyword: 'maximum' }],
    });
    expect(await status('/torrents/search?offset=-1')).toBe(400);
    expect(await status('/torrents/search?offset=x')).toBe(400);
    expect(await status('/torrents/1')).toBe(404);
    expect(await status('/media/s2')).toBe(400);
    expect(await status('/media/s2?force=true')).toBe(200);
    expect(await status('/torrents/search', { cookie: 'ssid=wrong' })).toBe(401);
    expect((await get('/torrents/7310256402349064193/download?public=true')).headers['content-type']).toBe(
      'application/x-bittorrent',
    );
    const refused: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      const answer = await get('/torrents/search');
      if (answer.status === 429) refused.push(String(answer.headers['content-type']));
    }
    expect(refused.slice(0, 4)).toEqual([
      'application/json',
      'application/json',
      'application/json',
      'text/html; charset=utf-8',
    ]);
    emulator.advance(60_000);
    expect(await status('/torrents/search')).toBe(200);
  } finally {
    await emulator.stop();
  }
});

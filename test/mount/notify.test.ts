import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { torrent } from '../../src/emulator/world.js';
import { startFakeMediaServer, type FakeMediaServer } from '../notify/fake-media-server.js';
import { debridfs } from '../support/debridfs-process.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { run } from '../support/mount-harness.js';

const film = (title: string): ReturnType<typeof torrent> =>
  torrent(`${title}.2020.1080p.WEB.x264-GRP`, [
    { path: `${title}.2020.1080p.WEB.x264-GRP.mkv`, size: 5_000_000 },
  ]);
const token = 'real-debrid-token';

describe('media servers', { timeout: 120_000 }, () => {
  let program: MountedProgram;
  let server: FakeMediaServer;
  /** Whether each path could be seen in the mount when it was told. */
  const seen: [path: string, type: string, isThere: boolean][] = [];

  beforeAll(async () => {
    server = await startFakeMediaServer(async ({ body }) => {
      const { Updates } = body as {
        readonly Updates: readonly { readonly Path: string; readonly UpdateType: string }[];
      };
      for (const { Path, UpdateType } of Updates) {
        const here = Path.replace('/media', program.mountpoint);
        seen.push([Path.replace(/^\/media\//, ''), UpdateType, (await run('stat', here)).code === 0]);
      }
      return { status: 204 };
    });
    program = await MountedProgram.create([{ service: 'real-debrid', items: [{ torrent: film('First') }] }]);
  });
  afterAll(async () => {
    await program.end();
    await server.end();
  });

  const settings = (): string =>
    `notify: [{ kind: jellyfin, url: "${server.url}", token: jf-token, pathMap: { "${program.mountpoint}": /media } }]`;
  const sync = (): Promise<unknown> => debridfs(['--config', join(program.folder, 'config.yaml'), 'sync']);
  const told = (count: number): Promise<void> =>
    until(`${count} files that were told`, () => Promise.resolve(seen.length >= count), 90_000);

  it('are told what is new once it can be seen in the mount, under the paths that they know it by', async () => {
    await program.start([], settings());
    await told(1);
    expect(seen).toEqual([['movies/First (2020)/First (2020) - [1080p WEB x264-GRP].mkv', 'Created', true]]);
    program.emulator.world.addItem(token, { torrent: film('Second') });
    await sync();
    await told(2);
    expect(seen[1]).toEqual([
      'movies/Second (2020)/Second (2020) - [1080p WEB x264-GRP].mkv',
      'Created',
      true,
    ]);
    expect(server.received[0]?.headers.authorization).toBe('MediaBrowser Token="jf-token"');
    const status = await debridfs(['--config', join(program.folder, 'config.yaml'), 'status']);
    expect(status.output).toMatch(/notify +jellyfin at 127\.0\.0\.1:\d+: told \d+ s ago/);
    expect(status.output).not.toContain('jf-token');
  });

  it('are told after a restart, also one by a kill, of what they were not told before', async () => {
    program.emulator.world.addItem(token, { torrent: film('Third') });
    await sync();
    const kept = join(program.stateDir, 'notify.json');
    await until('a word that is kept', async () => (await readFile(kept, 'utf8')).includes('/Third'));
    process.kill(await program.servingPid(), 'SIGKILL');
    await run('fusermount3', '-uz', program.mountpoint);
    expect(seen).toHaveLength(2);
    await program.start([], settings());
    await told(3);
    expect(seen[2]).toEqual(['movies/Third (2020)/Third (2020) - [1080p WEB x264-GRP].mkv', 'Created', true]);
  });
});

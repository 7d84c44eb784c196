import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { samples } from '../../src/emulator/demo-world.js';
import { Minidlna, needs } from '../support/clients.js';
import { debridfs } from '../support/debridfs-process.js';
import { run } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

const token = 'real-debrid-token';

function release(name: string, sample: string): ReturnType<typeof samples> {
  return samples(`${name}.1080p.WEB.x264-GRP.mkv`, { [`${name}.1080p.WEB.x264-GRP.mkv`]: sample });
}

it(
  'minidlna, which watches the mount, shows a new film and a new episode, and a film no more that is gone, without a scan',
  { timeout: 120_000 },
  async (context) => {
    await needs(context, 'minidlnad', 'minidlna');
    const program = await MountedProgram.create([{ service: 'real-debrid', items: [] }]);
    onTestFinished(() => program.end());
    const { world } = program.emulator;
    const sync = (): Promise<unknown> => debridfs(['--config', program.configFile, 'sync']);
    const first = world.addItem(token, { torrent: release('First.2020', 'sintel.mkv') });
    world.addItem(token, { torrent: release('Other.2020', 'hero.mkv') });
    world.addItem(token, { torrent: release('Caminandes.S01E01', 'caminandes.s01e01.mkv') });
    await program.start([], 'mount: { announce: true }');
    const folders = ['movies', 'shows'].map((view) => join(program.mountpoint, view));
    await until('the films', async () => (await run('ls', folders[0] ?? '')).stdout.includes('First'));
    await until('the show', async () => (await run('ls', folders[1] ?? '')).stdout.includes('Caminandes'));
    const minidlna = await Minidlna.start(join(program.folder, 'minidlna'), folders, true);
    onTestFinished(() => minidlna.end());
    // Two views, two films, a show with a season.
    await until('its watches', async () => (await minidlna.watched()) >= 6);
    const shows = (...titles: readonly string[]): Promise<void> =>
      until(`${titles.join(', ')} in minidlna`, () => {
        const listed = minidlna.listed().map((video) => basename(video.path).replace(/ - \[.*/, ''));
        return Promise.resolve(listed.sort().join() === [...titles].sort().join());
      });
    await shows('First (2020)', 'Other (2020)', 'Caminandes - S01E01');
    world.addItem(token, { torrent: release('Second.2020', 'spring.mpegts') });
    world.addItem(token, { torrent: release('Caminandes.S01E02', 'caminandes.s01e02.mkv') });
    await sync();
    await shows(
      'First (2020)',
      'Second (2020)',
      'Other (2020)',
      'Caminandes - S01E01',
      'Caminandes - S01E02',
    );
    world.removeItem(token, first);
    // It is gone once two listings say so.
    await sync();
    await sync();
    await shows('Second (2020)', 'Other (2020)', 'Caminandes - S01E01', 'Caminandes - S01E02');
    expect(minidlna.listed().every(({ seconds }) => seconds !== null)).toBe(true);
  },
);

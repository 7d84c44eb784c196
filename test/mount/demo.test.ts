import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs, scanWithMinidlna } from '../support/clients.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, run } from '../support/mount-harness.js';

const media = fileURLToPath(new URL('../../src/emulator/media/', import.meta.url));

describe('npm run demo', { timeout: 120_000 }, () => {
  let folder: string;
  let mountpoint: string;
  let demo: DebridfsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-demo-test-'));
    mountpoint = join(folder, 'mnt');
    demo = new DebridfsProcess([mountpoint], {}, ['npm', 'run', '--silent', 'demo', '--']);
    await demo.line(`ready: ${mountpoint}`);
    // What it says to type comes after that.
    await demo.line('Ctrl-C unmounts');
  });
  afterAll(async () => {
    await demo.end('SIGTERM').catch(() => demo.end('SIGKILL'));
    if (await isMounted(mountpoint)) await run('fusermount3', '-uz', mountpoint);
    await rm(folder, { recursive: true });
  });

  const videos = async (below: string): Promise<string[]> => {
    const { stdout } = await run('find', join(mountpoint, below), '-regex', '.*\\.\\(mkv\\|mp4\\|ts\\)');
    return stdout.trim().split('\n').sort();
  };

  it('prints the tree before it says that it is ready', () => {
    expect(demo.output).toContain('Sintel (2010)');
    expect(demo.output.indexOf('Sintel (2010)')).toBeLessThan(demo.output.indexOf('ready: '));
  });

  it('shows a film that lies in an archive, and every hoster link that an account takes', async () => {
    const titles = (await readdir(join(mountpoint, 'movies'))).filter((title) =>
      /^(?:Hero|Coffee Run|Wing It|Sprite Fright|Charge) /.test(title),
    );
    expect(titles.sort()).toEqual([
      'Charge (2022)',
      'Coffee Run (2020)',
      'Hero (2018)',
      'Sprite Fright (2021)',
      'Wing It (2023)',
    ]);
    const holders = async (name: string): Promise<string[]> => {
      const { stdout } = await run('find', join(mountpoint, 'accounts'), '-name', name, '-type', 'f');
      return stdout
        .trim()
        .split('\n')
        .map((path) => path.slice(mountpoint.length).split('/')[2] ?? '')
        .sort();
    };
    expect(await holders('Sprite.Fright*')).toEqual(['ad', 'rd']);
    expect(await holders('Sintel*')).toEqual(['ad', 'rd']);
    expect(await holders('elephants-dream-extra.mkv')).toEqual(['rd']);
  });

  it('refuses a film of a portal at once, says how to buy it, and reads it once it is bought', async () => {
    const [charge = ''] = (await videos('movies')).filter((path) => path.includes('Charge'));
    const refused = await run('cat', charge);
    expect(refused.stderr).toContain('Permission denied');
    const buying = demo.output.split('\n').find((line) => line.includes('add --buy')) ?? '';
    const configuration = / --config (\S+) /.exec(buying)?.[1] ?? '';
    const told = await debridfs(['--config', configuration, 'explain', charge]);
    expect(told.output).toContain('debridfs add --buy');
    const bought = await debridfs([
      '--config',
      configuration,
      'add',
      '--buy',
      'https://vault.example/charge',
    ]);
    expect(bought.output).toContain('it is in the library');
    await expect
      .poll(async () => (await run('cmp', charge, join(media, 'charge.mkv'))).code, { timeout: 15_000 })
      .toBe(0);
  });

  it('shows an anime batch under its exact series, though its names alone would not tell; search and add bring the next episode', async (context) => {
    await needs(context, 'ffprobe', 'ffmpeg');
    const series = join('shows', 'Pepper & Carrot (2016) {tvdb-900016}', 'Season 02');
    const episodes = async (): Promise<string[]> => (await readdir(join(mountpoint, series))).sort();
    expect(await episodes()).toEqual(
      [1, 2, 3].map((n) => `Pepper & Carrot (2016) - S02E0${n} - [1080p-Marya].mkv`),
    );
    const configuration = / --config (\S+) /.exec(demo.output)?.[1] ?? '';
    const none = await debridfs(['--config', configuration, 'search', 'nothing', 'of', 'this', 'name']);
    expect(JSON.parse(none.output)).toMatchObject({ torrents: [] });
    const again = await debridfs(['--config', configuration, 'search', 'pepper & carrot']);
    const { torrents } = JSON.parse(again.output) as {
      torrents: { id: string; heldBy: string[]; cachedAt: string[] }[];
    };
    expect(torrents.map(({ heldBy, cachedAt }) => [heldBy, cachedAt])).toEqual([
      [['ad'], ['tb']],
      [[], ['tb']],
    ]);
    const added = await debridfs(['--config', configuration, 'add', torrents[1]?.id ?? '']);
    const episode = join(mountpoint, series, 'Pepper & Carrot (2016) - S02E04 - [1080p-Marya].mkv');
    expect(added.output).toContain(`it is in the library:\n  ${episode}`);
    expect(await episodes()).toHaveLength(4);
    const probe = await run(
      'ffprobe',
      '-v',
      'error',
      '-show_entries',
      'format=duration',
      '-of',
      'csv=p=0',
      episode,
    );
    expect(Number(probe.stdout)).toBeGreaterThan(1);
  });

  it('gives every byte of every sample', async () => {
    const known = new Set<string>();
    for (const name of await readdir(media)) {
      known.add(
        createHash('sha256')
          .update(await readFile(join(media, name)))
          .digest('hex'),
      );
    }
    const files = ['-type', 'f', '!', '-name', '.*', '!', '-name', '*.rar'];
    const { stdout } = await run('find', mountpoint, ...files, '-exec', 'sha256sum', '{}', '+');
    const sums = stdout.trim().split('\n');
    expect(sums.length).toBeGreaterThan(40);
    for (const line of sums) expect(known.has(line.slice(0, 64)), line).toBe(true);
  });

  it('is read by ffprobe, each video with its length', async (context) => {
    await needs(context, 'ffprobe', 'ffmpeg');
    for (const video of await videos('')) {
      const probe = await run(
        'ffprobe',
        '-v',
        'error',
        '-show_entries',
        'format=duration',
        '-of',
        'csv=p=0',
        video,
      );
      expect(probe.stderr).toBe('');
      expect(Number(probe.stdout), video).toBeGreaterThan(1);
    }
  });

  it('is read by mediainfo', async (context) => {
    await needs(context, 'mediainfo', 'mediainfo');
    for (const video of await videos('movies')) {
      const { stdout } = await run('mediainfo', '--Inform=Video;%Duration%', video);
      expect(Number(stdout.trim()), video).toBeGreaterThan(1000);
    }
  });

  it('is scanned by minidlna, which lists every movie and episode with its length', async (context) => {
    await needs(context, 'minidlnad', 'minidlna');
    const folders = ['movies', 'shows'].map((view) => join(mountpoint, view));
    const listed = await scanWithMinidlna(join(folder, 'minidlna'), folders);
    const shown = [...(await videos('movies')), ...(await videos('shows'))];
    expect(listed.map(({ path }) => path).sort()).toEqual(shown);
    for (const { path, seconds } of listed) {
      expect(seconds, path).toBeGreaterThan(1);
      expect(seconds, path).toBeLessThan(11);
    }
  });

  it('unmounts and ends with 0 on SIGINT', async () => {
    expect(await demo.end('SIGINT')).toBe(0);
    expect(await isMounted(mountpoint)).toBe(false);
  });
});

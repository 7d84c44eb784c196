import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { torrent } from '../../src/emulator/world.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { run } from '../support/mount-harness.js';
import type { DebridfsProcess } from '../support/debridfs-process.js';

const film = torrent('Wrong.Name.2010.1080p', [{ path: 'Wrong.Name.2010.1080p.mkv', size: 5_000_000 }]);

describe('what the user says of torrents', { timeout: 60_000 }, () => {
  let program: MountedProgram;
  let running: DebridfsProcess;
  beforeAll(async () => {
    program = await MountedProgram.create([{ service: 'torbox', items: [{ torrent: film }] }]);
    running = await program.start([], 'folders: [{ name: tens, year: 2010-2019 }]');
  });
  afterAll(() => program.end());

  const list = async (folder: string): Promise<string[]> =>
    (await run('ls', join(program.mountpoint, folder))).stdout.trim().split('\n');
  const overrides = (): string => join(program.stateDir, 'overrides.yaml');
  const explain = (...args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> =>
    run(
      process.execPath,
      'dist/main.js',
      '--config',
      join(program.folder, 'config.yaml'),
      'explain',
      ...args,
    );

  it('is followed in the mount without a restart, also by what was looked up before', async () => {
    const path = join(program.mountpoint, 'movies/Wrong Name (2010)');
    expect((await run('stat', path)).code).toBe(0);
    const set = await explain(join(path, 'Wrong Name (2010) - [1080p].mkv'), '--set', 'title=Right Name');
    expect(set).toMatchObject({ code: 0, stderr: '' });
    expect(set.stdout).toContain('it is now at /movies/Right Name (2010)/Right Name (2010) - [1080p].mkv');
    expect((await run('stat', path)).code).not.toBe(0);
    expect(await list('movies')).toEqual(['Right Name (2010)']);
    expect(await list('tens')).toEqual(['Right Name (2010)']);
  });

  it('is followed when the file is edited, and stays as it was while the file cannot be understood', async () => {
    await writeFile(overrides(), 'nonsense: [\n');
    await running.line('overrides stay as they were');
    expect(await list('movies')).toEqual(['Right Name (2010)']);
    await writeFile(overrides(), `${film.hash}:\n  kind: show\n  season: 2\n  episode: 3\n`);
    const episode = 'shows/Wrong Name (2010)/Season 02/Wrong Name (2010) - S02E03 - [1080p].mkv';
    await until('the episode', async () => (await run('stat', join(program.mountpoint, episode))).code === 0);
    // What is added is seen once it is looked up; what the kernel has listed before, once it was told.
    await until('the end of the film', async () => (await list('movies')).join() === '');
  });

  it('that cannot be understood at the start is told, and what was understood before holds', async () => {
    await running.end('SIGTERM');
    await writeFile(overrides(), `${film.hash}:\n  sesson: 2\n`);
    const again = await program.start();
    expect(again.output).toContain('overrides.yaml:2: Unknown key. Did you mean season?');
    expect(await list('shows')).toEqual(['Wrong Name (2010)']);
    const doctor = await run(
      process.execPath,
      'dist/main.js',
      '--config',
      join(program.folder, 'config.yaml'),
      'doctor',
    );
    expect(doctor.stdout).toContain('Did you mean season?');
  });

  it('is in a file that only the owner may read', async () => {
    expect((await stat(overrides())).mode & 0o077).toBe(0);
    expect(await readdir(program.stateDir)).not.toContain('overrides.yaml.new');
  });
});

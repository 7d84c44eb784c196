import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { untilSilent } from '../../src/fuse/mount-pulse.js';
import type { DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, MountWorld, run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { never } from '../support/never.js';

/** More than the kernel reads ahead at once, and more than an account has connections. */
const stuckReaders = 100;
const fileBytes = 1_000_000;
/** What service managers are promised, and a second for a busy machine. */
const promisedMs = 11_000;

const show = torrent(
  'Show.S01.1080p.WEB-DL.x264-GRP',
  Array.from({ length: stuckReaders }, (_, index) => ({
    path: `Show.S01E${String(index + 1).padStart(3, '0')}.1080p.WEB-DL.x264-GRP.mkv`,
    size: fileBytes,
  })),
);
const film = singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', fileBytes);
const filmSum = createHash('sha256')
  .update(contentBytes(film.hash, film.files[0]?.path ?? '', 0, fileBytes))
  .digest('hex');

describe('while a hundred readers wait for a host that is silent', { timeout: 60_000 }, () => {
  let program: MountedProgram;
  let running: DebridfsProcess;
  const readers: ChildProcess[] = [];

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.kill('SIGKILL');
    await program.end();
  });

  const path = (...names: string[]): string => join(program.mountpoint, ...names);

  const begin = async (): Promise<void> => {
    program = await MountedProgram.create([
      { service: 'real-debrid', items: [{ torrent: show }] },
      { service: 'alldebrid', items: [{ torrent: film }] },
    ]);
    running = await program.start();
    const season = path('shows', 'Show', 'Season 01');
    await until('the season', async () => {
      return (await run('ls', season)).stdout.trim().split('\n').length === stuckReaders;
    });
    await until('the film', async () => (await run('ls', path('movies'))).stdout.includes('Film'));
    program.emulator.faults.add({ at: 'rd-cdn', action: { kind: 'hang' } });
    const names = (await run('ls', season)).stdout.trim().split('\n');
    for (const name of names)
      readers.push(spawn('head', ['-c', '10', join(season, name)], { stdio: 'ignore' }));
    const open = async (): Promise<boolean> => {
      const fds = (await run('find', '/proc', '-maxdepth', '3', '-path', '*/fd/*', '-lname', `${season}/*`))
        .stdout;
      return fds.trim().split('\n').length >= stuckReaders;
    };
    await until('all readers', open);
  };

  it('others look up, list and read as if nothing was, and the process ends when it is asked to', async () => {
    await begin();
    const sum = await run(
      'sha256sum',
      path('movies', 'Film (2001)', 'Film (2001) - [1080p BluRay x264-GRP].mkv'),
    );
    expect(sum.stdout.split(' ')[0]).toBe(filmSum);
    const listed = await run('find', program.mountpoint, '-type', 'f');
    expect(listed.stdout.trim().split('\n').length).toBeGreaterThan(3 * stuckReaders);
    expect(readers.filter(({ exitCode }) => exitCode !== null)).toEqual([]);

    const askedMs = performance.now();
    expect(await running.end('SIGTERM'), running.output).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(promisedMs);
    expect(await isMounted(program.mountpoint)).toBe(false);
    await within(
      Promise.all(
        readers.map(async (reader) => {
          if (reader.exitCode === null) await once(reader, 'exit');
        }),
      ),
      'the end of the readers',
    );
  });

  it('they end at once when they are killed', async () => {
    await begin();
    for (const reader of readers) reader.kill('SIGKILL');
    await within(
      Promise.all(
        readers.map(async (reader) => {
          if (reader.signalCode === null) await once(reader, 'exit');
        }),
      ),
      'the end of the readers',
    );
    expect(await running.end('SIGTERM'), running.output).toBe(0);
  });
});

const apis = ['rd-api', 'ad-api', 'tb-api'] as const;

describe('a process that is asked to end', { timeout: 60_000 }, () => {
  let program: MountedProgram;
  afterEach(() => program.end());

  const endsInTime = async (running: DebridfsProcess): Promise<void> => {
    const askedMs = performance.now();
    expect(await running.end('SIGTERM'), running.output).toBe(0);
    expect(performance.now() - askedMs).toBeLessThan(promisedMs);
    expect(await isMounted(program.mountpoint)).toBe(false);
    expect(running.output).not.toContain('"level":50');
  };

  it('while every account hangs does so within ten seconds', async () => {
    program = await MountedProgram.create([
      { service: 'real-debrid', items: [{ torrent: film }] },
      { service: 'alldebrid', items: [{ torrent: film }] },
      { service: 'torbox', items: [{ torrent: film }] },
    ]);
    for (const at of apis) program.emulator.faults.add({ at, action: { kind: 'hang' } });
    const running = await program.launch([], '');
    await until('a call to each', () =>
      Promise.resolve(apis.every((role) => program.emulator.log.find({ role }).length > 0)),
    );
    await endsInTime(running);
  });

  it('while it takes over a huge library does so within ten seconds, and leaves nothing half done', async () => {
    const torrents = 2_000;
    const items = Array.from({ length: torrents }, (_, number) => {
      const name = `Show.${number}.S01.1080p.WEB-DL.x264-GRP`;
      const files = Array.from({ length: 20 }, (_file, index) => ({
        path: `${name}/Show.${number}.S01E${String(index + 1).padStart(2, '0')}.mkv`,
        size: fileBytes,
      }));
      return { torrent: torrent(name, files) };
    });
    // TorBox tells the files with the list, so that all is taken over at once.
    program = await MountedProgram.create([{ service: 'torbox', items }]);
    const running = await program.launch([], '');
    // What is being written is in there, long before it counts.
    const journal = join(program.stateDir, 'library.db-wal');
    await until('the middle of it', async () => (await stat(journal)).size > 2 ** 20);
    await endsInTime(running);
    expect(running.output).not.toContain('library changed');

    const db = new Database(join(program.stateDir, 'library.db'), { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare('SELECT count(*) AS items FROM item').get()).toEqual({ items: 0 });
    db.close();
  });
});

describe('a mount that', () => {
  let world: MountWorld;
  afterEach(() => world.end());
  const settings = { everyMs: 20, lookMs: 500, misses: 3 };

  it('does not answer any more is noticed', async () => {
    world = new MountWorld();
    const mount = await world.mount();
    mount.signal('SIGSTOP');
    expect(await within(untilSilent(mount.mountpoint, systemClock, never, settings), 'the silence')).toBe(
      true,
    );
  });

  it('answers is left alone', async () => {
    world = new MountWorld();
    const { mountpoint } = await world.mount();
    const enough = new AbortController();
    const watched = untilSilent(mountpoint, systemClock, enough.signal, settings);
    // Longer than all looks take together at one that is silent.
    setTimeout(() => enough.abort(), 2_000);
    expect(await watched).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile } from '../../src/emulator/world.js';
import { abortConnection } from '../../src/fuse/kernel/abort.js';
import { readMounts, topMount } from '../../src/fuse/mountinfo.js';
import { debridfs, DebridfsProcess } from '../support/debridfs-process.js';
import { isMounted, MountWorld, run, within, type Reader } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { OpenFolder } from '../support/open-folder.js';

// Titles with a heading in docs/SEMANTICS.md show what it promises.

const films = Array.from({ length: 8 }, (_, index) =>
  singleFile(`Film.${index}.2001.1080p.BluRay.x264-GRP.mkv`, 300_000_000 + index),
);

let program: MountedProgram;
let world: MountWorld;
const folders: OpenFolder[] = [];

beforeEach(async () => {
  world = new MountWorld();
  program = await MountedProgram.create([
    { service: 'torbox', items: films.map((torrent) => ({ torrent })) },
  ]);
});
afterEach(async () => {
  for (const folder of folders.splice(0)) folder.end();
  await program.end();
  await world.end();
});

const inMount = (index: number): string =>
  `movies/Film ${index} (2001)/Film ${index} (2001) - [1080p BluRay x264-GRP].mkv`;
const pathOf = (index: number): string => join(program.mountpoint, inMount(index));

/** What is read at a place, against what is there. */
async function readRight(reader: Reader, fd: unknown, index: number, offset: number): Promise<void> {
  const length = 200_000;
  const film = films[index];
  const bytes = await reader.call('readAt', fd, offset, length);
  const right = contentBytes(film?.hash ?? '', film?.files[0]?.path ?? '', offset, offset + length);
  expect(bytes, `${length} bytes at ${offset} of film ${index}`).toEqual({
    length,
    sha256: createHash('sha256').update(right).digest('hex'),
  });
}

test('With a keeper, a crash is a pause: what was being read is read on', async () => {
  const running = await program.start(['--keeper']);
  let isOver = false as boolean;
  let longestMs = 0;
  let reads = 0;
  const readers = films.map(async (_, index) => {
    const reader = world.reader();
    const fd = await reader.call('open', pathOf(index), 'r');
    for (let n = 0; !isOver; n += 1) {
      const startMs = performance.now();
      await readRight(reader, fd, index, (n * 200_000) % 290_000_000);
      const tookMs = performance.now() - startMs;
      // The first read waits for a link, which the service's hosts take after a second only.
      if (n > 0) longestMs = Math.max(longestMs, tookMs);
      reads += 1;
      if (n % 5 === 0)
        expect(await reader.call('stat', pathOf(index))).toMatchObject({ size: 300_000_000 + index });
    }
  });
  const readAll = Promise.all(readers);
  for (let kills = 0; kills < 12; kills += 1) {
    const before = reads;
    await until('reads', () => Promise.resolve(reads > before + 20));
    // A crash before that costs no error either, but the time of a start.
    const ready = (): number => running.output.match(/ready to take over/g)?.length ?? 0;
    await until('standby', () => Promise.resolve(ready() > kills));
    const pid = await program.servingPid();
    process.kill(pid, 'SIGKILL');
    await until('another worker', async () => (await program.servingPid()) !== pid);
  }
  isOver = true;
  await readAll;
  console.info(`${reads} reads over 12 crashes, the longest of ${Math.round(longestMs)} ms`);
  expect(running.output.match(/another takes over/g)).toHaveLength(12);
  expect(await running.end('SIGTERM')).toBe(0);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

/** Gives a film another title, by a process on the same library that has a mount of its own. */
async function publishElsewhere(index: number, title: string): Promise<void> {
  const elsewhere = join(program.folder, 'elsewhere');
  const other = new DebridfsProcess(['--config', program.configFile, 'mount', elsewhere]);
  try {
    await other.line('"msg":"mounted"');
    const path = join(elsewhere, inMount(index));
    const set = await debridfs(['--config', program.configFile, 'explain', path, '--set', `title=${title}`]);
    expect(set.output).toContain('it is now at');
    expect(await other.end('SIGTERM')).toBe(0);
  } finally {
    await other.end('SIGKILL');
    if (await isMounted(elsewhere)) await run('fusermount3', '-uz', elsewhere);
  }
}

test('What came or went just before a crash is seen at once, with a keeper', async () => {
  const running = await program.start(['--keeper']);
  const movies = join(program.mountpoint, 'movies');
  const [gone, came] = ['Film 7 (2001)', 'Renamed (2001)'];
  const reader = world.reader();
  const open = new OpenFolder(movies);
  folders.push(open);
  // The kernel may keep all of this for an hour.
  expect(await reader.call('stat', join(movies, came))).toBe('ENOENT');
  expect(await reader.call('stat', pathOf(7))).toMatchObject({ size: 300_000_007 });
  expect(await reader.call('readdir', movies)).toContain(gone);
  expect(await open.list()).toContain(gone);

  const pid = await program.servingPid();
  // The next process begins once the change is published, by one that does not tell this mount of it.
  running.child.kill('SIGSTOP');
  process.kill(pid, 'SIGKILL');
  await until('its end', async () => / Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
  await publishElsewhere(7, 'Renamed');
  running.child.kill('SIGCONT');

  await until('takeover', () => Promise.resolve(running.output.match(/"msg":"mounted"/g)?.length === 2));
  // First the folder that a program has open: who looks it up by its path makes the kernel list it anew.
  const listed = [...films.slice(0, 7).map((_, index) => `Film ${index} (2001)`), came];
  await until('the open folder', async () => (await open.list()).sort().join() === listed.join());
  const isGone = async (): Promise<boolean> => (await reader.call('stat', pathOf(7))) === 'ENOENT';
  await until('the old name', isGone);
  expect(await reader.call('stat', join(movies, came))).toBeTypeOf('object');
  expect((await run('ls', movies)).stdout.trim().split('\n')).toEqual(listed);
});

test('Without its keeper a mount goes on, and ends when it is unmounted', async () => {
  const running = await program.start(['--keeper']);
  const reader = world.reader();
  const fd = await reader.call('open', pathOf(0), 'r');
  await readRight(reader, fd, 0, 0);
  const pid = await program.servingPid();
  await running.end('SIGKILL');
  await readRight(reader, fd, 0, 100_000_000);
  expect(await program.servingPid()).toBe(pid);
  const { code } = await debridfs(['--state-dir', program.stateDir, 'unmount', program.mountpoint]);
  expect(code).toBe(0);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test('A worker that is asked to end unmounts, and its keeper ends with it', async () => {
  const running = await program.start(['--keeper']);
  process.kill(await program.servingPid(), 'SIGTERM');
  expect(await within(running.exited, 'end of the keeper')).toBe(0);
  expect(await isMounted(program.mountpoint)).toBe(false);
});

test.each([['--keeper'], []])(
  'A mount that is aborted is taken away, and the process ends (%s)',
  async (...flags) => {
    const running = await program.start(flags);
    const reader = world.reader();
    const fd = await reader.call('open', pathOf(0), 'r');
    await readRight(reader, fd, 0, 0);
    const mount = topMount(await readMounts(), program.mountpoint);
    abortConnection(mount?.device ?? '');
    expect(await within(running.exited, 'end of debridfs')).toBe(1);
    expect(await isMounted(program.mountpoint)).toBe(false);
    expect(await reader.call('readAt', fd, 200_000_000, 1000)).toMatch(/^(ENOTCONN|ECONNABORTED|EIO)$/);
  },
);

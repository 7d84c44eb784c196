import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';
import { Prng } from '../../src/emulator/prng.js';
import { singleFile, torrent, type WorldItem, type WorldTorrent } from '../../src/emulator/world.js';
import { databasePath } from '../../src/store/database.js';
import { copyLibrary } from '../../src/store/library-copy.js';
import type { DebridfsProcess } from '../support/debridfs-process.js';
import { run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

/** To see a failure again: `CRASH_SEED=… npx vitest run --project mount test/mount/crash.test.ts`. */
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
/** How long programs are killed, in milliseconds. */
const killingMs = 20_000;

const token = 'real-debrid-token';
const film = (index: number): WorldTorrent =>
  singleFile(`Film.${index}.2001.1080p.BluRay.x264-GRP.mkv`, 700_000 + index);
const show = (index: number): WorldTorrent =>
  torrent(
    `Show.${index}.S01.1080p.WEB-DL.x264-GRP`,
    Array.from({ length: 6 }, (_, at) => ({
      path: `Show.${index}.S01.1080p.WEB-DL.x264-GRP/Show.${index}.S01E0${at + 1}.mkv`,
      size: 300_000 + at,
    })),
  );
const items = (count: number, from = 0): WorldItem[] =>
  Array.from({ length: count }, (_, index) => ({ torrent: (index % 8 === 0 ? show : film)(from + index) }));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What was shown and is not any more, or is another. */
function lost(before: readonly string[], after: readonly string[]): string[] {
  const kept = new Set(after);
  return before.filter((line) => !kept.has(line));
}

describe('a program that is killed', { timeout: 120_000 }, () => {
  let program: MountedProgram;
  afterEach(() => program.end());

  /** Every file: where it is, its inode, its size and its time. */
  const shown = async (triesLeft = 3): Promise<string[]> => {
    const format = '%P %i %s %T@\n';
    const { stdout, stderr } = await run('find', program.mountpoint, '-type', 'f', '-printf', format);
    // A folder that is empty by the new settings goes, also while it is walked.
    if (stderr.includes('No such file') && triesLeft > 0) return shown(triesLeft - 1);
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  };
  const requireSound = (): void => {
    const db = new Database(databasePath(program.stateDir), { readonly: true });
    try {
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
      expect(db.pragma('foreign_key_check')).toEqual([]);
    } finally {
      db.close();
    }
  };
  const readRight = async ({ torrent: of }: WorldItem): Promise<void> => {
    const [first] = of.files;
    if (first === undefined) return;
    const inside = first.path.replace(`${of.name}/`, '');
    const folder = of.name.replace(/\.mkv$/, '');
    const { stdout, stderr } = await run('sha256sum', join(program.mountpoint, 'all', folder, inside));
    expect(stderr).toBe('');
    const bytes = contentBytes(of.hash, first.path, 0, first.size);
    expect(stdout.split(' ')[0]).toBe(createHash('sha256').update(bytes).digest('hex'));
  };

  it('at any moment shows every entry that it had, with its inode and time, and reads right, from the next start on', async () => {
    const prng = new Prng(`crash ${seed}`);
    const random = (): number => prng.fraction();
    const held = items(150);
    program = await MountedProgram.create([{ service: 'real-debrid', items: held }]);
    const killedAt: string[] = [];
    const told = (): string => `seed ${seed}, kills: ${killedAt.join(', ')}`;
    const untilMs = Date.now() + killingMs;
    let before: string[] = [];
    const last = { wasMounted: false, wasPublished: false };

    const kill = async (running: DebridfsProcess, what: string, afterMs: number): Promise<void> => {
      await sleep(afterMs);
      killedAt.push(`${what} ${Math.round(afterMs)} ms`);
      await running.end('SIGKILL');
      last.wasMounted = running.output.includes('"msg":"mounted"');
      last.wasPublished ||= last.wasMounted;
    };
    const placing = (): string => `tree: { anime: ${random() < 0.5 ? 'shows' : 'separate'} }`;
    const args = ['--poll-interval', '1s'];

    for (let round = 0; round < 4; round += 1) {
      const running = await program.launch(args, placing());
      await kill(running, 'first start', 300 + random() * 900);
    }
    while (Date.now() < untilMs) {
      const running = await program.launch(args, placing());
      if (random() < 0.3 && last.wasPublished) {
        await kill(running, 'start', random() * 600);
        continue;
      }
      await running.line('"msg":"mounted"');
      if (last.wasMounted)
        expect(running.output, told()).toContain('A dead mount of an earlier run is cleared');
      const after = await shown();
      expect(lost(before, after), told()).toEqual([]);
      requireSound();
      before = after;
      const readable = held.filter(({ torrent: of }) => before.some((line) => line.includes(of.name)));
      const picked = readable[Math.floor(random() * readable.length)];
      if (picked !== undefined) await readRight(picked);
      if (random() < 0.5) {
        const added = items(30, held.length);
        for (const item of added) program.emulator.world.addItem(token, item);
        held.push(...added);
        await kill(running, 'sync', random() * 1_300);
      } else {
        const folder = join(program.mountpoint, random() < 0.5 ? 'movies' : 'shows');
        const reading = run('sh', '-c', `find '${folder}' -type f -exec cat {} + > /dev/null`);
        await kill(running, 'reading', random() * 500);
        await within(reading, 'end of the readers');
      }
    }

    const ending = await program.start(args);
    // Shows come one by one, as fast as Real-Debrid may be asked for their files.
    const films = held.filter(({ torrent: of }) => of.files.length === 1);
    await until('every film', async () => {
      const lines = await shown();
      return films.every(({ torrent: of }) => lines.some((line) => line.includes(of.name)));
    });
    expect(lost(before, await shown()), told()).toEqual([]);
    for (const item of films.slice(0, 20)) await readRight(item);
    requireSound();
    expect(program.emulator.log.destructive()).toEqual([]);
    expect(await ending.end('SIGTERM')).toBe(0);
  });

  it('by a damaged library answers with errors, never as if files were gone, and its next start shows all from the copy', async () => {
    program = await MountedProgram.create([{ service: 'real-debrid', items: items(60) }]);
    const first = await program.start();
    await until('the library', async () => (await shown()).length > 150);
    const before = await shown();
    expect(await first.end('SIGTERM')).toBe(0);
    copyLibrary(program.stateDir);

    const second = await program.start();
    const path = databasePath(program.stateDir);
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(size - 4096, 0xa5), 0, size - 4096, 4096);
    await file.close();
    const { stderr } = await run('find', join(program.mountpoint, 'movies'), '-type', 'f');
    expect(stderr).not.toContain('No such file');
    expect(await within(second.exited, 'end of it')).toBe(1);
    expect(second.output.match(/"level":50.*"msg":"The library is damaged/g)).toHaveLength(1);

    const third = await program.start();
    expect(third.output).toMatch(/library\.db is damaged .* took its place, .* What was there is kept as /);
    expect(lost(before, await shown())).toEqual([]);
    requireSound();
  });
});

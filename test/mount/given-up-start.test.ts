import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { singleFile } from '../../src/emulator/world.js';
import { isMounted } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';
import { oldLibrary } from '../support/old-library.js';

const items = [{ torrent: singleFile('Film.2001.1080p.BluRay.x264-GRP.mkv', 3_000_000) }];
const films = 200_000;

let program: MountedProgram;
beforeEach(async () => {
  program = await MountedProgram.create([{ service: 'real-debrid', items }]);
});
afterEach(() => program.end());

/** The processes that a process has started and that still run, zombies left out. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // After the name in parentheses, which may hold anything, come the state and the parent (proc_pid_stat(5), documented).
        const [, state, parent] =
          /\) (\S) (\d+) [^)]*$/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
        return state !== 'Z' && Number(parent) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('a start that is given up by SIGTERM', () => {
  it('amid a migration mounts nothing, and the next shows the library', async () => {
    mkdirSync(program.stateDir, { mode: 0o700 });
    oldLibrary(program.stateDir, 2, films);
    const given = await program.launch([], '');
    await until('the migration', () =>
      Promise.resolve(existsSync(join(program.stateDir, 'library.db.bak.new'))),
    );
    expect(await given.end('SIGTERM')).toBe(0);
    expect(given.output).not.toContain('"msg":"mounted"');
    expect(given.output).not.toContain('by force');
    expect(await isMounted(program.mountpoint)).toBe(false);
    const next = await program.start();
    expect(readdirSync(program.mountpoint)).toContain('film 7.mkv');
    expect(await next.end('SIGTERM')).toBe(0);
  });

  it('at a mountpoint that does not answer ends at once', async () => {
    const first = await program.start();
    const other = await MountedProgram.create([{ service: 'real-debrid', items }]);
    first.child.kill('SIGSTOP');
    try {
      const given = await other.launch([program.mountpoint], '');
      const pid = given.child.pid ?? 0;
      await until('the look at the mountpoint', () => Promise.resolve(childrenOf(pid).length > 0));
      const [looker = 0] = childrenOf(pid);
      const askedMs = performance.now();
      expect(await given.end('SIGTERM')).toBe(0);
      expect(performance.now() - askedMs).toBeLessThan(4_000);
      await until('the end of who looked', () => Promise.resolve(!existsSync(`/proc/${looker}`)));
    } finally {
      first.child.kill('SIGCONT');
      await other.end();
    }
    expect(await isMounted(program.mountpoint)).toBe(true);
    expect(await first.end('SIGTERM')).toBe(0);
  });
});

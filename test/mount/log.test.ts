import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { singleFile, type WorldItem } from '../../src/emulator/world.js';
import { debridfs } from '../support/debridfs-process.js';
import { isMounted, run, within } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const token = 'real-debrid-token';
const item = (index: number): WorldItem => ({ torrent: singleFile(`Film.${index}.2001.mkv`, 100_000) });

describe('the mount goes on', () => {
  let program: MountedProgram;
  let config: string;
  let shell: ChildProcess | null = null;
  beforeEach(async () => {
    program = await MountedProgram.create([{ service: 'real-debrid', items: [item(1)] }]);
    config = join(program.folder, 'config.yaml');
    // The first start writes the configuration and has the first tree.
    expect(await (await program.start()).end('SIGTERM')).toBe(0);
  });
  afterEach(async () => {
    if (shell?.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, 'SIGKILL');
    shell = null;
    await program.end();
  });

  /** Runs it with its outputs as a shell has them. `MOUNT` stands for the program. */
  const start = async (line: string): Promise<ChildProcess> => {
    const mount = `exec ${process.execPath} ${main} --config ${config} mount`;
    shell = spawn('sh', ['-c', line.replace('MOUNT', mount)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    await until('the mount', () => isMounted(program.mountpoint));
    return shell;
  };
  const listed = async (): Promise<number> => {
    const { stdout } = await run('find', join(program.mountpoint, 'movies'), '-name', '*.mkv');
    return stdout.split('\n').filter((line) => line !== '').length;
  };
  /** Has it log something, and show what it logged. */
  const logMore = async (): Promise<void> => {
    const before = await listed();
    for (let round = 1; round <= 2; round += 1) {
      program.emulator.world.addItem(token, item(before + round));
      expect(await debridfs(['--config', config, 'sync'])).toMatchObject({ code: 0 });
      expect(await listed()).toBe(before + round);
    }
  };
  const end = async (running: ChildProcess): Promise<unknown> => {
    const exited = once(running, 'exit');
    process.kill(await program.servingPid(), 'SIGTERM');
    const [code] = (await within(exited, 'its end')) as [number | null];
    expect(await isMounted(program.mountpoint)).toBe(false);
    return code;
  };

  it('when its log is on a full disk, and says so by its exit code', async () => {
    const running = await start('MOUNT >/dev/full 2>&1');
    await logMore();
    expect(await end(running)).toBe(1);
  });

  it('without outputs', async () => {
    const running = await start('MOUNT >&- 2>&-');
    await logMore();
    expect(await end(running)).toBe(0);
  });

  it('when whoever reads its log ends', async () => {
    const running = await start('MOUNT');
    running.stdout?.destroy();
    running.stderr?.destroy();
    await logMore();
    expect(await end(running)).toBe(0);
  });

  it('when whoever reads its log stands still', async () => {
    // A pipe holds 64 KiB (pipe(7)): it is full from the start.
    await start('(head -c 65536 /dev/zero >&2; MOUNT) 2>&1 >/dev/null | sleep 100');
    await logMore();
  });
});

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { singleFile } from '../../src/emulator/world.js';
import { DebridfsProcess } from '../support/debridfs-process.js';
import { MountedProgram, until } from '../support/mounted-program.js';

it('a mount without a login says so, goes on after one without a restart, and so it does after a rotated key', async () => {
  const first = singleFile('First.Film.2001.1080p.mkv', 1_000);
  const second = singleFile('Second.Film.2002.1080p.mkv', 1_000);
  const token = 'torbox-token';
  const program = await MountedProgram.create(
    [{ service: 'torbox', items: [{ torrent: first }] }],
    'mnt',
    false,
  );
  onTestFinished(() => program.end());
  const { emulator } = program;
  emulator.knobs.torBox.listCacheMs = 0;

  const running = await program.launch([], 'read: { patience: 5s }');
  await running.line('run `debridfs login torbox`');
  expect(emulator.log.entries).toEqual([]);

  const login = new DebridfsProcess(['--config', program.configFile, 'login', 'torbox']);
  const line = await login.line('type the code');
  const code = /type the code (\w+)/.exec(line)?.[1] ?? '';
  expect(emulator.torBox.deviceLogin.approve(code, token)).toBe(true);
  expect(await login.exited).toBe(0);
  await running.line('"msg":"mounted"');
  const all = join(program.mountpoint, 'all');
  await until('the first film', async () => (await readdir(all)).length === 1);

  emulator.world.rotateKey(token, 'another-token');
  emulator.world.addItem('another-token', { torrent: second });
  await writeFile(join(program.stateDir, 'secrets', 'torbox'), 'another-token\n');
  // Far sooner than the interval of a minute.
  await until('the second film', async () => (await readdir(all)).length === 2);
  expect(running.output).not.toMatch(/torbox-token|another-token/);
});

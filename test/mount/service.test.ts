import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { torrent } from '../../src/emulator/world.js';
import { needs } from '../support/clients.js';
import { isMounted, run } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

const root = join(import.meta.dirname, '../..');
const film = torrent('A.Film.2020.1080p.WEB.x264-GRP', [
  { path: 'A.Film.2020.1080p.WEB.x264-GRP.mkv', size: 5_000_000 },
]);

/** What systemd hears: a datagram socket, which Node has not. */
const listen = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("bound",flush=True)
while True: print(s.recv(65536).decode().replace("\\n"," | "),flush=True)`;

let program: MountedProgram;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'debridfs-service-'));
  program = await MountedProgram.create([{ service: 'real-debrid', items: [{ torrent: film }] }]);
});
afterEach(async () => {
  await program.end();
  await rm(folder, { recursive: true });
});

describe('as a service of systemd', { timeout: 90_000 }, () => {
  let manager: ChildProcess | null = null;
  afterEach(() => manager?.kill('SIGKILL'));

  it('it is ready once the mount can be read, tells its state and that it lives, and that it ends', async (context) => {
    await needs(context, 'systemd-notify', 'systemd');
    const socket = join(folder, 'notify');
    const said: string[] = [];
    manager = spawn('python3', ['-c', listen, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (manager.stdout !== null)
      createInterface({ input: manager.stdout }).on('line', (line) => said.push(line));
    const heard = (text: string): Promise<void> =>
      until(text, () => Promise.resolve(said.some((line) => line.includes(text))));
    await heard('bound');
    program.emulator.faults.add({ at: 'rd-api', action: { kind: 'status', code: 503 } });
    process.env['NOTIFY_SOCKET'] = socket;
    process.env['WATCHDOG_USEC'] = '1000000';
    let running;
    try {
      running = await program.launch([], '');
    } finally {
      delete process.env['NOTIFY_SOCKET'];
      delete process.env['WATCHDOG_USEC'];
    }
    await heard('STATUS=Nothing is mounted until one account has answered');
    expect(said.some((line) => line.includes('READY=1'))).toBe(false);
    program.emulator.faults.clear();
    await run(process.execPath, 'dist/main.js', '--config', join(program.folder, 'config.yaml'), 'sync');
    await heard('READY=1');
    const ready = said.find((line) => line.includes('READY=1'));
    expect(ready).toContain(`STATUS=mounted at ${program.mountpoint}; 1 account`);
    await heard('WATCHDOG=1');
    expect(await running.end('SIGTERM')).toBe(0);
    await heard('STOPPING=1');
    expect(said.filter((line) => line.includes('READY=1'))).toHaveLength(1);
  });

  it.each(['debridfs.service', 'debridfs.user.service'])('%s is what systemd understands', async (name) => {
    const unit = await readFile(join(root, 'systemd', name), 'utf8');
    // Nothing is installed here: another program stands for it.
    const file = join(folder, 'debridfs.service');
    await writeFile(file, unit.replaceAll('/usr/local/bin/debridfs', '/bin/true'));
    const verified = await run('systemd-analyze', 'verify', '--man=no', file);
    expect({ code: verified.code, said: verified.stdout + verified.stderr }).toEqual({ code: 0, said: '' });
  });
});

describe('from /etc/fstab', { timeout: 90_000 }, () => {
  const helper = join(root, 'systemd/mount.debridfs');
  let config: string;
  let debridfs: string;
  beforeEach(async () => {
    config = join(program.folder, 'config.yaml');
    debridfs = join(folder, 'debridfs');
    await writeFile(debridfs, `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/main.js" "$@"\n`);
    await chmod(debridfs, 0o755);
    const first = await program.start();
    await first.end('SIGTERM');
  });
  const mount = (...args: readonly string[]): ReturnType<typeof run> =>
    run('env', `DEBRIDFS=${debridfs}`, helper, ...args);

  it('it is mounted when the helper ends, with the options of the line, and goes on', async () => {
    const options =
      'rw,noauto,allow_other,uid=1234,gid=1234,umask=027,_netdev,x-systemd.automount,env.DEBRIDFS_READ_PATIENCE=5s';
    expect(await mount(config, program.mountpoint, '-o', options)).toMatchObject({ code: 0, stderr: '' });
    expect(await isMounted(program.mountpoint)).toBe(true);
    const { stdout } = await run('stat', '-c', '%u %g %a', join(program.mountpoint, '.debridfs-mounted'));
    expect(stdout.trim()).toBe('1234 1234 640');
    const pid = await program.servingPid();
    const unmounted = await run(debridfs, '--config', config, 'unmount');
    expect(unmounted.code).toBe(0);
    await until('the end of the process', async () => (await run('kill', '-0', String(pid))).code !== 0);
  });

  it('what it says after it is mounted is in syslog, and what it said before too', async () => {
    const syslog = join(folder, 'syslog');
    await writeFile(join(folder, 'logger'), `#!/bin/sh\necho "$@" >>${syslog}\nexec cat >>${syslog}\n`);
    await chmod(join(folder, 'logger'), 0o755);
    const path = `PATH=${folder}:${process.env['PATH'] ?? ''}`;
    const mounted = await run(
      'env',
      path,
      `DEBRIDFS=${debridfs}`,
      helper,
      config,
      program.mountpoint,
      '-o',
      'relatime,lazytime,comment=*',
    );
    expect(mounted).toMatchObject({ code: 0, stderr: '' });
    expect((await run(debridfs, '--config', config, 'unmount')).code).toBe(0);
    await until('the last words', async () => (await readFile(syslog, 'utf8')).includes('"msg":"unmounted"'));
    const told = await readFile(syslog, 'utf8');
    expect(told).toMatch(/^-t debridfs\n/);
    expect(told).toContain('"msg":"mounted"');
  });

  it('without a syslog it is mounted, and what does not work is said', async () => {
    await writeFile(join(folder, 'logger'), '#!/bin/sh\nexit 1\n');
    await chmod(join(folder, 'logger'), 0o755);
    const path = `PATH=${folder}:${process.env['PATH'] ?? ''}`;
    const mounted = await run('env', path, `DEBRIDFS=${debridfs}`, helper, config, program.mountpoint);
    expect(mounted).toMatchObject({ code: 0, stderr: '' });
    expect((await run(debridfs, '--config', config, 'unmount')).code).toBe(0);
    await writeFile(config, 'accounts: nonsense\n');
    const refused = await run('env', path, `DEBRIDFS=${debridfs}`, helper, config, program.mountpoint);
    expect(refused.code).toBe(32);
    expect(refused.stderr).toContain('accounts');
  });

  it('what does not work is said, and an option that nobody knows is refused', async () => {
    await writeFile(config, 'accounts: nonsense\n');
    const refused = await mount(config, program.mountpoint);
    expect(refused.code).toBe(32);
    expect(refused.stderr).toContain('accounts');
    expect(await mount(config, program.mountpoint, '-o', 'alow_other')).toMatchObject({
      code: 1,
      stderr: 'mount.debridfs: it does not know the option alow_other\n',
    });
  });

  it('where a library is mounted already it ends with 32, says so, and leaves that alone', async () => {
    const options = 'env.DEBRIDFS_READ_PATIENCE=5s';
    const spaced = join(program.folder, 'a library');
    await mkdir(spaced);
    for (const place of [program.mountpoint, spaced]) {
      expect(await mount(config, place, '-o', options)).toMatchObject({ code: 0, stderr: '' });
      expect(await mount(config, place, '-o', options)).toMatchObject({
        code: 32,
        stderr: `mount.debridfs: a library is mounted on ${place} already; unmount it first\n`,
      });
      expect(await isMounted(place)).toBe(true);
      expect((await run(debridfs, '--config', config, 'unmount', place)).code).toBe(0);
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'that is given up (%s) it ends the process, and leaves no log behind',
    async (signal) => {
      const temporary = join(folder, 'temporary');
      const started = join(folder, 'started');
      await mkdir(temporary);
      await writeFile(debridfs, `#!/bin/sh\necho a word\necho $$ >${started}\nexec sleep 1000\n`);
      const env = { ...process.env, DEBRIDFS: debridfs, TMPDIR: temporary };
      const helping = spawn(helper, [config, program.mountpoint], { env, stdio: 'ignore' });
      const ended = new Promise((resolve) => helping.on('exit', resolve));
      await until('the process', async () => (await readFile(started, 'utf8')).endsWith('\n'));
      const pid = (await readFile(started, 'utf8')).trim();
      expect((await run('kill', '-0', pid)).code).toBe(0);
      helping.kill(signal);
      expect(await ended).toBe(8);
      expect((await run('kill', '-0', pid)).code).not.toBe(0);
      expect(await readdir(temporary)).toEqual([]);
    },
  );

  it('leaves no log behind when it is killed, and none when the process fails', async () => {
    const temporary = join(folder, 'temporary');
    await mkdir(temporary);
    await writeFile(debridfs, '#!/bin/sh\necho a word\nexit 1\n');
    const failed = await run(
      'env',
      `DEBRIDFS=${debridfs}`,
      `TMPDIR=${temporary}`,
      helper,
      config,
      program.mountpoint,
    );
    expect(failed).toMatchObject({ code: 32, stderr: 'a word\n' });
    expect(await readdir(temporary)).toEqual([]);
    const started = join(folder, 'started');
    await writeFile(debridfs, `#!/bin/sh\necho $$ >${started}\nexec sleep 1000\n`);
    const env = { ...process.env, DEBRIDFS: debridfs, TMPDIR: temporary };
    const helping = spawn(helper, [config, program.mountpoint], { env, stdio: 'ignore' });
    const ended = new Promise((resolve) => helping.on('exit', resolve));
    await until('the process', async () => (await readFile(started, 'utf8')).endsWith('\n'));
    helping.kill('SIGKILL');
    await ended;
    await run('kill', (await readFile(started, 'utf8')).trim());
    expect(await readdir(temporary)).toEqual([]);
  });

  it.each([
    [['-t'], 'nothing is given after -t'],
    [['-o'], 'nothing is given after -o'],
    [['-o', 'env.FOO BAR=1'], 'an environment variable cannot be named "FOO BAR"'],
    [['-o', 'env.=1'], 'an environment variable cannot be named ""'],
  ])('the words %j are refused with a sentence', async (words, told) => {
    expect(await mount(config, program.mountpoint, ...words)).toMatchObject({
      code: 1,
      stderr: `mount.debridfs: ${told}\n`,
    });
  });

  it('options that are empty are passed over', async () => {
    await writeFile(debridfs, '#!/bin/sh\necho "$@"\n');
    const { code, stderr } = await mount(config, '/nowhere', '-t', 'debridfs', '-o', ',rw,,allow_other,');
    expect({ code, stderr }).toEqual({
      code: 32,
      stderr: `--config ${config} mount /nowhere --allow-other\n`,
    });
  });
});

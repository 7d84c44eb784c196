import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { torrent } from '../../src/emulator/world.js';
import { run } from '../support/mount-harness.js';
import { until } from '../support/mounted-program.js';

const root = join(import.meta.dirname, '../..');
const film = torrent('A.Film.2020.1080p.WEB.x264-GRP', [
  { path: 'A.Film.2020.1080p.WEB.x264-GRP.mkv', size: 5_000_000 },
]);
const user = 65_534;

/** Containers are mount namespaces here: `docker run -v FOLDER:FOLDER:rshared`, without the image. */
describe('in a container', { timeout: 120_000 }, () => {
  let folder: string;
  let media: string;
  let emulator: Emulator;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debridfs-container-'));
    await chmod(folder, 0o755);
    media = join(folder, 'media');
    for (const name of ['media', 'bin', 'config']) await mkdir(join(folder, name));
    await symlink(join(root, 'dist/main.js'), join(folder, 'bin/debridfs'));
    await run('mount', '--bind', media, media);
    await run('mount', '--make-rshared', media);
    const token = 'token';
    emulator = await startEmulator({
      realtime: true,
      world: { accounts: [{ service: 'real-debrid', token, items: [{ torrent: film }] }] },
    });
    await writeFile(
      join(folder, 'config/config.yaml'),
      `mountpoint: ${media}/debrid
mount: { allowOther: true }
server: { listen: off }
accounts: [{ name: rd, service: real-debrid, token: ${token}, apiUrl: "${emulator.apiUrl('real-debrid')}" }]
`,
    );
  });
  afterEach(async () => {
    for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    await run('umount', '-l', `${media}/debrid`);
    await run('umount', '-l', media);
    await emulator.stop();
    await rm(folder, { recursive: true });
  });

  const environment = (): NodeJS.ProcessEnv => ({
    PATH: `${join(folder, 'bin')}:${String(process.env['PATH'])}`,
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'config/state'),
    XDG_CACHE_HOME: join(folder, 'config/cache'),
    DEBRIDFS_CONFIG: join(folder, 'config/config.yaml'),
  });
  /** Runs in a mount namespace of its own, as a container does. */
  const inNamespace = (env: NodeJS.ProcessEnv, ...command: readonly string[]): ChildProcess => {
    const child = spawn('unshare', ['-m', '--propagation', 'unchanged', ...command], {
      env: { ...environment(), ...env },
      stdio: 'ignore',
    });
    running.push(child);
    return child;
  };
  const start = (env: NodeJS.ProcessEnv): ChildProcess =>
    inNamespace(env, join(root, 'scripts/container.sh'), 'mount');
  const healthcheck = async (): Promise<number> => {
    const set = Object.entries(environment()).map(([name, value]) => `${name}=${String(value)}`);
    return (await run('env', ...set, 'debridfs', 'healthcheck')).code;
  };
  const healthy = (): Promise<void> => until('health', async () => (await healthcheck()) === 0, 20_000);
  const ended = (child: ChildProcess): Promise<void> =>
    until('the end', () => Promise.resolve(child.exitCode !== null || child.signalCode !== null), 15_000);

  it('it works as PUID, and a media server sees the library, also after either was started anew', async () => {
    expect(await healthcheck()).toBe(1);
    const first = start({ PUID: String(user), PGID: String(user), UMASK: '027' });
    await healthy();
    const path = join(media, 'debrid/movies/A Film (2020)/A Film (2020) - [1080p WEB x264-GRP].mkv');
    expect((await run('stat', '-c', '%u %g %a %s', path)).stdout.trim()).toBe(`${user} ${user} 640 5000000`);
    expect((await stat(join(folder, 'config/state/debridfs/library.db'))).uid).toBe(user);

    // A media server's container, which took the folder above as `rslave`, and writes down what it sees.
    const seen = join(folder, 'seen');
    const look = `mount --make-rslave "$1"; while :; do [ -e "$1/debrid/.debridfs-mounted" ] && echo yes >"$2.new" || echo no >"$2.new"; mv "$2.new" "$2"; sleep 0.1; done`;
    const server = inNamespace({}, 'sh', '-c', look, 'sh', media, seen);
    const sees = (what: string): Promise<void> =>
      until(what, async () => (await run('cat', seen)).stdout.trim() === what, 10_000);
    await sees('yes');

    first.kill('SIGTERM');
    await ended(first);
    expect(first.exitCode).toBe(0);
    await sees('no');
    expect(await healthcheck()).toBe(1);
    const second = start({ PUID: String(user) });
    await healthy();
    await sees('yes');

    // Killed: the mount is dead until the next start clears it.
    second.kill('SIGKILL');
    await ended(second);
    await until('ill health', async () => (await healthcheck()) === 1, 20_000);
    start({ PUID: String(user) });
    await healthy();
    await sees('yes');
    server.kill('SIGKILL');
    await ended(server);
    const again = inNamespace({}, 'sh', '-c', look, 'sh', media, seen);
    await sees('yes');
    again.kill('SIGKILL');
  });

  it('without PUID it stays root, and changes nobody’s files', async () => {
    start({});
    await healthy();
    expect((await stat(join(folder, 'config/state/debridfs/library.db'))).uid).toBe(0);
  });

  it('with PUID=0 it stays root, where it was started anew without end', async () => {
    start({ PUID: '0', PGID: '0' });
    await healthy();
    expect((await stat(join(folder, 'config/state/debridfs/library.db'))).uid).toBe(0);
  });

  it('on a share that refuses to give files away (NFS with root_squash) it starts all the same', async () => {
    await writeFile(join(folder, 'bin/chown'), '#!/bin/sh\necho refused >&2\nexit 1\n');
    await chmod(join(folder, 'bin/chown'), 0o755);
    const below = ['state/debridfs', 'cache/debridfs'].map((name) => join(folder, 'config', name));
    for (const path of below) {
      await mkdir(path, { recursive: true });
      await chown(path, user, user);
    }
    start({ PUID: String(user), PGID: String(user) });
    await healthy();
  });
});

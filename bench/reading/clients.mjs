/**
 * The ways to read that are compared. `start` gives one that runs: `target(file)` is where a reader finds a file, `process` the one that
 * serves its mount, null where there is none; `restart` ends it and starts it again with what it has kept.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../../scripts/run.mjs';
import { torrentName } from './account.mjs';
import { MountProcess } from './mount-process.mjs';

/** Of debridfs; what a user has who says nothing. */
export const memoryCacheBytes = 256 * 2 ** 20;

async function startMount({ folder, mountFolder, signal, readyFile }, plan) {
  const own = await mkdtemp(join(folder, 'client-'));
  const mountpoint = join(mountFolder, basename(own));
  const { command, env, pathOf } = await plan(own, mountpoint);
  const start = async () => {
    await mkdir(mountpoint, { recursive: true });
    return await MountProcess.start(command, { env, mountpoint, ready: pathOf(readyFile), signal });
  };
  const running = {
    process: null,
    target: (file) => ({ ...file, path: pathOf(file) }),
    async restart() {
      await running.process.stop();
      running.process = await start();
    },
    async stop() {
      await running.process?.stop();
      await rm(own, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  try {
    running.process = await start();
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    throw error;
  }
  return running;
}

function startBare({ origin }) {
  return {
    process: null,
    target: (file) => ({ ...file, url: `${origin}/${file.name}` }),
    async stop() {},
  };
}

function startRclone({ origin, ...context }) {
  return startMount(context, (own, mountpoint) => ({
    command: [
      ...['rclone', 'mount', ':http:', mountpoint, '--http-url', `${origin}/`],
      ...['--vfs-cache-mode', 'full', '--cache-dir', join(own, 'cache')],
    ],
    env: { RCLONE_CONFIG: join(own, 'rclone.conf') },
    pathOf: ({ name }) => join(mountpoint, name),
  }));
}

function startDebridfs({ account, nodeOptions, ...context }) {
  return startMount(context, async (own, mountpoint) => {
    const config = {
      ...{ mountpoint, stateDir: join(own, 'state'), accounts: [account] },
      cache: { dir: join(own, 'cache'), maxSize: '10GiB', memory: `${memoryCacheBytes / 2 ** 20}MiB` },
      // Nothing changes: the calls that are counted are those of reads.
      sync: { interval: '1h' },
      mount: { binding: 'kernel' },
      server: { listen: 'off' },
      log: { level: 'warn' },
    };
    const file = join(own, 'config.yaml');
    await writeFile(file, JSON.stringify(config), { mode: 0o600 });
    const hook = join(import.meta.dirname, 'loop-watch.mjs');
    return {
      command: [
        ...[process.execPath, '--import', hook, ...nodeOptions],
        ...[join(root, 'dist', 'main.js'), '--config', file, 'mount'],
      ],
      pathOf: ({ name }) => join(mountpoint, 'all', torrentName, name),
    };
  });
}

export const clients = [
  { name: 'bare', title: 'bare HTTP client', start: startBare },
  { name: 'rclone', title: 'rclone mount', start: startRclone, program: 'rclone' },
  { name: 'debridfs', title: 'debridfs mount', start: startDebridfs, isOurs: true },
];

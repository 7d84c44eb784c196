import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppMount } from '../app.js';
import { loadConfig } from '../config/load.js';
import { AppError } from '../core/errors.js';
import { demoAccounts, demoLinks, demoOffer, demoWorld } from '../emulator/demo-world.js';
import { startEmulator, type Emulator } from '../emulator/emulator.js';
import { demoStateDir, makeDemoFolder, removeDeadDemos } from './demo-folders.js';
import type { DemoOptions, RunningDemo } from './dependencies.js';
import type { StartContext } from '../start-context.js';
import { startMount } from '../start-mount.js';
import { emulatedConfiguration } from './emulated-services.js';

/**
 * Mounts the sample library: the whole program as for an account, on stand-ins of the services in this process. Its state
 * lives in a folder of its own that goes with it, or with the next demo where this one is killed.
 * @throws {AppError} `aborted` when the signal fires first; what `startMount` throws. Nothing is left behind then.
 */
export async function startDemo(options: DemoOptions, context: StartContext): Promise<RunningDemo> {
  removeDeadDemos(tmpdir());
  const folder = await makeDemoFolder(tmpdir());
  let emulator: Emulator | null = null;
  let mount: AppMount | null = null;
  const stop = async (): Promise<void> => {
    await mount?.stop();
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    emulator = await startEmulator({ world: demoWorld, realtime: true });
    const file = join(folder, 'config.yaml');
    const links = join(folder, 'links.txt');
    const places = { mountpoint: options.mountpoint, stateDir: demoStateDir(folder), links };
    await writeFile(links, demoLinks, { mode: 0o600 });
    await writeFile(file, emulatedConfiguration(emulator, demoAccounts, places), { mode: 0o600 });
    const config = loadConfig({
      flags: options.allowOther
        ? [{ path: ['mount', 'allowOther'], text: 'true', flag: '--allow-other' }]
        : [],
      env: {},
      cwd: folder,
      home: folder,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      file,
      need: 'mount',
    });
    mount = await startMount(config, context);
    await untilComplete(mount, context.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const { mountpoint, tree, stopped } = mount;
  let stopping: Promise<void> | null = null;
  const stopOnce = (): Promise<void> => (stopping ??= stop());
  return {
    mountpoint,
    tree,
    configuration: join(folder, 'config.yaml'),
    offer: demoOffer,
    stop: stopOnce,
    stopped: stopped.then(async (exitCode) => {
      await stopOnce();
      return exitCode;
    }),
  };
}

/** Waits until the tree is mounted and every file is in it. */
async function untilComplete(mount: AppMount, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    const leave = (): void => reject(new AppError('aborted', 'The start was given up.'));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
  });
  const ended = mount.stopped.then(() => {
    throw new AppError('internal', 'The demo ended before it was mounted; the log says why.');
  });
  const complete = mount.mounted
    .then(() => mount.engine.settled())
    .then(() => mount.engine.archivesSettled())
    .then(() => mount.identified());
  await Promise.race([complete, ended, aborted]);
}

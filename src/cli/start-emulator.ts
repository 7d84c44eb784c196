import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoAccounts, demoLinks, demoWorld } from '../emulator/demo-world.js';
import { codeOf } from '../core/errors.js';
import { startEmulator as startStandIns } from '../emulator/emulator.js';
import { parseFaultRule } from '../emulator/fault-text.js';
import type { EmulatorOptions, RunningEmulator } from './dependencies.js';
import { emulatedConfiguration } from './emulated-services.js';

/** Long enough to see what a login looks like, and short enough to wait for. */
const approveAfterMs = 5_000;

/**
 * Starts the stand-ins alone, with the sample library and the faults asked for. The printed configuration mounts and keeps
 * its library in a folder made for this run, which goes with it unless something is still mounted there.
 * @throws {AppError} `config` when a fault cannot be understood.
 */
export async function startEmulator({ faults, logins }: EmulatorOptions): Promise<RunningEmulator> {
  const rules = faults.map(parseFaultRule);
  const emulator = await startStandIns({
    world: demoWorld,
    realtime: true,
    knobs: { approveLoginsAfterMs: logins ? approveAfterMs : null },
  });
  for (const rule of rules) emulator.faults.add(rule);
  const folder = await mkdtemp(join(tmpdir(), 'debridfs-emulate-'));
  const links = join(folder, 'links.txt');
  const places = { mountpoint: join(folder, 'mount'), stateDir: join(folder, 'state'), links };
  await writeFile(links, demoLinks, { mode: 0o600 });
  const accounts = demoAccounts.map((account) => ({
    ...account,
    token: logins && account.service !== 'storage-portal' ? null : account.token,
  }));
  let settle: (exitCode: number) => void = () => undefined;
  const stopped = new Promise<number>((resolve) => (settle = resolve));
  return {
    configuration: emulatedConfiguration(emulator, accounts, places),
    stopped,
    stop: async () => {
      await emulator.stop();
      await removeUnlessMounted(folder, places.mountpoint);
      settle(0);
    },
  };
}

async function removeUnlessMounted(folder: string, mountpoint: string): Promise<void> {
  try {
    await rmdir(mountpoint);
  } catch (error) {
    // Not ENOENT: it is a mount, whose process still uses the folder.
    if (codeOf(error) !== 'ENOENT') return;
  }
  await rm(folder, { recursive: true, force: true });
}

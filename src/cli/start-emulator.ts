import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoAccounts, demoWorld } from '../emulator/demo-world.js';
import { startEmulator as startStandIns } from '../emulator/emulator.js';
import { parseFaultRule } from '../emulator/fault-text.js';
import type { EmulatorOptions, RunningEmulator } from './dependencies.js';
import { emulatedConfiguration } from './emulated-services.js';

/**
 * Starts the stand-ins alone, with the sample library and the faults asked for.
 * @throws {AppError} `config` when a fault cannot be understood.
 */
export async function startEmulator({ faults }: EmulatorOptions): Promise<RunningEmulator> {
  const rules = faults.map(parseFaultRule);
  const emulator = await startStandIns({ world: demoWorld, realtime: true });
  for (const rule of rules) emulator.faults.add(rule);
  const places = { mountpoint: join(tmpdir(), 'debridfs'), stateDir: join(tmpdir(), 'debridfs-state') };
  let settle: (exitCode: number) => void = () => undefined;
  const stopped = new Promise<number>((resolve) => (settle = resolve));
  return {
    configuration: emulatedConfiguration(emulator, demoAccounts, places),
    stopped,
    stop: async () => {
      await emulator.stop();
      settle(0);
    },
  };
}

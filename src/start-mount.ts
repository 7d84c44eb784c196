import type { AppMount } from './app.js';
import { Closers } from './closers.js';
import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import { openFirstParts } from './first-parts.js';
import { tellServiceManager } from './service-manager.js';
import { startWatchdog } from './watchdog.js';
import type { StartContext } from './start-context.js';

/** How long after the start the rest of the program is loaded, in milliseconds: who waits for the mount looks at it first. */
const restAfterMs = 2_000;

/**
 * Starts a mount. Most of the program is loaded while the first parts wait for other processes and threads.
 * @returns once the control socket is served.
 * @throws {AppError} `config` or `storage` with the remedy when it cannot start; nothing is left behind then.
 */
export async function startMount(config: Config, context: StartContext): Promise<AppMount> {
  const closers = new Closers(systemClock, context.logger);
  closers.add(startWatchdog());
  try {
    const [first, { startParts }] = await Promise.all([
      openFirstParts(config, context, closers),
      import('./app.js'),
    ]);
    const mount = await startParts(config, context, first, closers);
    const { logger } = context;
    closers.add(tellServiceManager(mount, { env: process.env, clock: systemClock, logger }));
    closers.add(systemClock.after(restAfterMs, () => void loadRest()));
    return mount;
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

/** So that a process that runs for months answers by the program that it was started as, whatever is installed meanwhile. */
async function loadRest(): Promise<void> {
  // What cannot be loaded is told of by who needs it.
  await import('./whole-program.js').catch(() => undefined);
}

import type { AppMount } from './app.js';
import { Closers } from './closers.js';
import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import { toAppError, type AppError } from './core/errors.js';
import { openFirstParts } from './first-parts.js';
import { ProcessEnd } from './process-end.js';
import { tellServiceManager } from './service-manager.js';
import type { StartContext } from './start-context.js';
import { startWatchdog } from './watchdog.js';

/** How long after the start the rest of the program is loaded, in milliseconds: who waits for the mount looks at it first. */
const restAfterMs = 2_000;

/**
 * Starts a mount. Most of the program is loaded while the first parts wait for other processes and threads.
 * @returns once the control socket is served.
 * @throws {AppError} `config` or `storage` with the remedy when it cannot start; `aborted` when it was asked to end meanwhile; what it
 * cannot go on for. Nothing is left behind then.
 */
export async function startMount(config: Config, context: StartContext): Promise<AppMount> {
  const closers = new Closers(systemClock, context.logger);
  const end = new ProcessEnd(closers);
  const stop = (): void => void end.stop();
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  try {
    closers.add(startWatchdog());
    // Whoever asks for the end, all that is still starting hears of it.
    const mount = await start(config, { ...context, signal: end.signal }, closers, end);
    end.signal.throwIfAborted();
    return mount;
  } catch (thrown) {
    void end.fail(toAppError(thrown));
    // Also what was started since the end began.
    await closers.closeAll();
    throw end.signal.reason as AppError;
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

async function start(
  config: Config,
  context: StartContext,
  closers: Closers,
  end: ProcessEnd,
): Promise<AppMount> {
  const [first, { serve }] = await Promise.all([
    openFirstParts(config, context, closers),
    import('./app.js'),
  ]);
  const mount = await serve(config, context, first, closers, end);
  const { logger } = context;
  closers.add(tellServiceManager(mount, { env: process.env, clock: systemClock, logger }));
  closers.add(systemClock.after(restAfterMs, () => void loadRest()));
  return mount;
}

/** So that a process that runs for months answers by the program that it was started as, whatever is installed meanwhile. */
async function loadRest(): Promise<void> {
  // What cannot be loaded is told of by who needs it.
  await import('./whole-program.js').catch(() => undefined);
}

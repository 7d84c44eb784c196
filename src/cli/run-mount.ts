import { inspect } from 'node:util';
import type { Config, MountConfig } from '../config/config.js';
import { createLearningScrubber, secretsOf } from '../config/scrub.js';
import { AppError } from '../core/errors.js';
import type { CliDependencies } from './dependencies.js';
import { createLogger } from './logger.js';
import { runUntilSignal } from './run-until-signal.js';
import { SyncScreen } from './sync-screen.js';

/**
 * Mounts, syncs and serves until a signal ends it.
 * @param keeper whether another process takes over where this one crashes. @returns the exit code.
 * @throws {AppError} `config` or `storage` with the remedy when it cannot start.
 */
export async function runMount(
  config: Config,
  dependencies: CliDependencies,
  keeper: boolean,
): Promise<number> {
  const { scrub, learn } = createLearningScrubber(secretsOf(config));
  const screen = new SyncScreen(dependencies.stderr, dependencies.clock);
  const logger = await createLogger(config.log, screen, scrub);
  // Node itself would print whatever the error holds.
  dependencies.onCrash((thrown) => {
    screen.write(`debridfs: It crashed: ${scrub(inspect(thrown))}\n`);
  });
  for (const warning of config.warnings) logger.warn({}, warning);
  const { version, app, kept } = dependencies;
  if (keeper && kept === undefined) {
    requireKeepable(dependencies.uid, config.mount.binding);
    return runUntilSignal(
      dependencies,
      () => app.startKeeper(logger),
      () => undefined,
    );
  }
  return runUntilSignal(
    dependencies,
    (signal) => app.startMount(config, { logger, scrub, learn, version, signal, kept }),
    ({ mountpoint, progress }) => {
      logger.info({ mountpoint }, 'started');
      screen.follow(progress, logger);
    },
  ).finally(() => screen.close());
}

/** @throws {AppError} `config` with the remedy where a keeper could not keep the mount. */
function requireKeepable(uid: number, binding: MountConfig['binding']): void {
  if (uid !== 0) {
    throw new AppError(
      'config',
      '--keeper needs root: leave it out, or start it as root. With mount.dropPrivileges another user serves then.',
    );
  }
  if (binding === 'fuse-native') {
    throw new AppError(
      'config',
      '--keeper cannot protect a mount through fuse-native: leave it out, or leave mount.binding (--fuse-binding) at auto.',
    );
  }
}

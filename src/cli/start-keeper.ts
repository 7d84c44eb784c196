import { systemClock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import { Keeper } from '../fuse/keeper/keeper.js';

/**
 * Keeps the mount of this process's own command line: the workers are run as this process was.
 * @throws {AppError} `config` when the device cannot be opened.
 */
export function startKeeper(logger: Logger): Promise<Keeper> {
  const worker = { program: process.execPath, args: [...process.execArgv, ...process.argv.slice(1)] };
  return Promise.resolve(new Keeper({ worker, clock: systemClock, logger }));
}

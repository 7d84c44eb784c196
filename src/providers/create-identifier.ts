import type { NekobtConfig } from '../config/config.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Identifier } from '../core/identification.js';
import type { Logger } from '../core/logger.js';

/** Makes the client of the catalogue that is configured. @throws {AppError} `config`: there is none in this version. */
export function createIdentifier(_config: NekobtConfig, _clock: Clock, _logger: Logger): Identifier {
  throw new AppError('config', 'identify.nekobt: not yet. Leave it out, or set `enabled: false`.');
}

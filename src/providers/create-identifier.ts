import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Identifier } from '../core/identification.js';
import type { Logger } from '../core/logger.js';

export interface IdentifierOptions {
  readonly apiUrl: string;
  /** Null: asked without one. */
  readonly apiKey: { reveal(): string } | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Makes the client of the catalogue that is configured. @throws {AppError} `config`: there is none in this version. */
export function createIdentifier({ apiUrl }: IdentifierOptions): Identifier {
  throw new AppError(
    'config',
    `identify.nekobt (${apiUrl}): not yet. Leave it out, or set \`enabled: false\`.`,
  );
}

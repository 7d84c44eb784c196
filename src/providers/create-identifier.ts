import type { Clock } from '../core/clock.js';
import type { Identifier } from '../core/identification.js';
import { userAgent } from './create-provider.js';
import { NekobtApi } from './nekobt/nekobt-api.js';
import { NekobtIdentifier } from './nekobt/nekobt-identifier.js';

export interface CatalogueOptions {
  readonly apiUrl: string;
  /** Null: asked without one. */
  readonly apiKey: { reveal(): string } | null;
  readonly clock: Clock;
}

/** The client of nekoBT, which asks nobody before it is used. The caller closes it. */
export function createNekobt({ apiUrl, apiKey, clock }: CatalogueOptions): NekobtApi {
  return new NekobtApi({
    apiUrl: apiUrl.replace(/\/+$/, ''),
    apiKey: apiKey?.reveal() ?? null,
    clock,
    userAgent,
  });
}

/** Who knows torrents by their infohash. */
export function createIdentifier(options: CatalogueOptions): Identifier {
  return new NekobtIdentifier(createNekobt(options));
}

import type { AccountConfig } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { Logger } from './core/logger.js';
import type { Provider } from './core/provider.js';
import { createProvider, type ProviderOptions } from './providers/create-provider.js';

/**
 * The client of a configured account.
 * @param told what a running mount knows of earlier requests and of the user's own links.
 */
export function providerOf(
  account: AccountConfig,
  logger: Logger,
  told: Pick<ProviderOptions, 'recentLinkTimesMs' | 'madeDownloads' | 'ownLinks' | 'meter'> = {},
): Provider {
  return createProvider({
    service: account.service,
    account: account.name,
    token: account.token?.reveal() ?? '',
    apiUrl: account.apiUrl,
    proxyUrl: account.proxy?.reveal() ?? null,
    clock: systemClock,
    logger,
    history: account.history,
    mayRepair: account.repair,
    ...told,
  });
}

/** Clients of single accounts, made of the configuration. */
import type { AccountConfig } from './config/config.js';
import { SecretFile } from './config/secret-store.js';
import type { AccountState } from './core/account.js';
import { systemClock } from './core/clock.js';
import { silentLogger, type Logger } from './core/logger.js';
import type { Login } from './core/login.js';
import type { Provider } from './core/provider.js';
import type { TokenSource } from './core/token-source.js';
import { createLogin as createServiceLogin } from './providers/create-login.js';
import { createProvider, userAgent, type ProviderOptions } from './providers/create-provider.js';
import { StoredToken } from './providers/stored-token.js';
import type { StartContext } from './start-context.js';

/** Asks an account's service how it is, apart from any running mount. */
export async function accountState(account: AccountConfig, signal: AbortSignal): Promise<AccountState> {
  const provider = providerOf(account, silentLogger);
  try {
    return await provider.state(signal);
  } finally {
    await provider.close();
  }
}

/** What logs in to an account, by the same address and proxy as its calls. */
export function createLogin({ name, service, apiUrl, proxy }: AccountConfig): Login {
  const proxyUrl = proxy?.reveal() ?? null;
  return createServiceLogin({ service, account: name, apiUrl, proxyUrl, clock: systemClock });
}

/** What a running mount knows of earlier requests and of the user's own links, and who takes secrets out of its texts. */
interface MountedProvider extends Pick<
  ProviderOptions,
  'recentLinkTimesMs' | 'madeDownloads' | 'ownLinks' | 'meter'
> {
  readonly learn?: StartContext['learn'];
}

export function providerOf(
  account: AccountConfig,
  logger: Logger,
  { learn, ...told }: MountedProvider = {},
): Provider {
  return createProvider({
    service: account.service,
    account: account.name,
    token: tokenOf(account, logger, learn),
    apiUrl: account.apiUrl,
    proxyUrl: account.proxy?.reveal() ?? null,
    clock: systemClock,
    logger,
    history: account.history,
    mayRepair: account.repair,
    ...told,
  });
}

/** As it is written, or out of the file that it is kept in, whenever another is put there. */
function tokenOf(account: AccountConfig, logger: Logger, learn: StartContext['learn']): string | TokenSource {
  const { name, service, token, keptIn, apiUrl, proxy } = account;
  if (keptIn === null) return token?.reveal() ?? '';
  return new StoredToken({
    service,
    account: name,
    place: secretPlace(account, keptIn),
    apiUrl,
    proxyUrl: proxy?.reveal() ?? null,
    userAgent,
    clock: systemClock,
    logger,
    onSecrets: (secrets) => learn?.(secrets, name),
  });
}

function secretPlace({ name, token }: AccountConfig, file: string): SecretFile {
  return new SecretFile({ file, account: name, atStart: token?.reveal() ?? null, clock: systemClock });
}

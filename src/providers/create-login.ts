/** Makes what logs in to an account. */
import type { AccountName, ServiceName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { silentLogger } from '../core/logger.js';
import type { Login, LoginScreen } from '../core/login.js';
import { isToken } from '../core/oauth-secret.js';
import { confirmAllDebridKey, logInToAllDebrid } from './alldebrid/login.js';
import { createProvider, userAgent } from './create-provider.js';
import { LoginClient } from './login-client.js';
import { logInToRealDebrid } from './real-debrid/login.js';
import { logInToTorBox } from './torbox/login.js';

export interface LoginOptions {
  readonly service: ServiceName;
  readonly account: AccountName;
  /** As the account's, without a `/` at its end. */
  readonly apiUrl: string;
  readonly proxyUrl: string | null;
  readonly clock: Clock;
}

const displayNames: Readonly<Record<ServiceName, string>> = {
  'real-debrid': 'Real-Debrid',
  alldebrid: 'AllDebrid',
  torbox: 'TorBox',
  'storage-portal': 'the storage portal',
};

type ByCode = (client: LoginClient, screen: LoginScreen, signal: AbortSignal) => Promise<string>;

const byCode: Readonly<Record<ServiceName, ByCode | null>> = {
  'real-debrid': logInToRealDebrid,
  alldebrid: logInToAllDebrid,
  torbox: logInToTorBox,
  'storage-portal': null,
};

/** The caller closes it. */
export function createLogin(options: LoginOptions): Login {
  const { service } = options;
  const client = new LoginClient({ ...options, service: displayNames[service], userAgent });
  const codeFlow = byCode[service];
  return {
    service: displayNames[service],
    byCode: codeFlow === null ? null : (screen, signal) => codeFlow(client, screen, signal),
    oddity: (key) => oddityOf(service, key),
    byKey: async (key, screen, signal) => {
      if (!isToken(key)) throw refused(client.service, 'it is empty or holds characters that no key has');
      return service === 'alldebrid'
        ? confirmAllDebridKey(client, key, screen, signal)
        : confirmKey(options, client.service, key, signal);
    },
    close: () => client.close(),
  };
}

/** Documented for storage-portal alone; a portal of its own may have others. */
function oddityOf(service: ServiceName, key: string): string | null {
  if (service !== 'storage-portal' || /^obb_[A-Za-z0-9]{32}$/.test(key)) return null;
  return 'Keys of storage-portal are obb_ and 32 letters and digits; this one is not.';
}

async function confirmKey(
  options: LoginOptions,
  service: string,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const provider = createProvider({ ...options, token: key, logger: silentLogger });
  try {
    const { condition, detail } = await provider.state(signal);
    if (condition === 'rejected') throw refused(service, 'it does not know it');
    if (condition === 'blocked') throw new AppError('account-blocked', detail);
    return key;
  } finally {
    await provider.close();
  }
}

function refused(service: string, why: string): AppError {
  return new AppError('token-rejected', `The key is not taken by ${service}: ${why}. Nothing was kept.`);
}

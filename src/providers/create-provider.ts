/** Makes the client of an account. */
import type { ServiceName } from '../core/account.js';
import { AppError } from '../core/errors.js';
import { noDownloads, type MadeDownloads } from '../core/made-downloads.js';
import { noOwnLinks, type OwnLinks } from '../core/own-links.js';
import type { Provider } from '../core/provider.js';
import { isPublicHost } from '../core/public-address.js';
import { AllDebrid } from './alldebrid/provider.js';
import { asUrl } from './decode.js';
import { RealDebrid } from './real-debrid/provider.js';
import type { ProviderSetup } from './setup.js';
import { StoragePortal } from './storage-portal/provider.js';
import { TorBox } from './torbox/provider.js';

type Settled = 'apiUrl' | 'egress' | 'userAgent' | 'ownLinks' | 'madeDownloads' | 'history' | 'mayRepair';

export interface ProviderOptions extends Omit<ProviderSetup, Settled> {
  readonly service: ServiceName;
  /** Origin and path prefix before the documented path; null for the service's own, which storage-portal has not. */
  readonly apiUrl: string | null;
  /** Name and version by which services know who asks; TorBox bars clients without (said by its staff). */
  readonly userAgent?: string;
  /** None unless told. */
  readonly ownLinks?: OwnLinks;
  /** None unless told. */
  readonly madeDownloads?: MadeDownloads;
  /** False unless told. */
  readonly history?: boolean;
  /** False unless told. */
  readonly mayRepair?: boolean;
}

/** The name by which services know this program. */
export const userAgent = 'debridfs';

/** storage-portal is software of its own, so its address is the user's. */
const publicUrls: Readonly<Record<ServiceName, string | null>> = {
  'real-debrid': 'https://api.real-debrid.com',
  alldebrid: 'https://api.alldebrid.com',
  torbox: 'https://api.torbox.app',
  'storage-portal': null,
};

/**
 * A client of one account, which asks nobody before it is used. The caller closes it.
 * @throws {AppError} `config` when `apiUrl` or `proxyUrl` cannot be used, or `apiUrl` is needed.
 */
export function createProvider(options: ProviderOptions): Provider {
  const { service, account, proxyUrl } = options;
  const toldUrl = options.apiUrl ?? publicUrls[service];
  if (toldUrl === null)
    throw new AppError('config', `Account "${account}" needs the address of its portal as \`apiUrl\`.`);
  const apiUrl = checkUrl(account, 'apiUrl', toldUrl).replace(/\/+$/, '');
  const setup: ProviderSetup = {
    ...options,
    apiUrl,
    egress: { proxyUrl, reach: isPublicHost(new URL(apiUrl).hostname) ? 'public' : 'any' },
    userAgent: options.userAgent ?? userAgent,
    ownLinks: options.ownLinks ?? noOwnLinks,
    madeDownloads: options.madeDownloads ?? noDownloads,
    history: options.history ?? false,
    mayRepair: options.mayRepair ?? false,
  };
  if (proxyUrl !== null && !/^https?:$/.test(protocolOf(proxyUrl))) {
    throw new AppError('config', `\`proxy\` of account "${account}" must be an http:// or https:// URL.`);
  }
  switch (service) {
    case 'real-debrid':
      return new RealDebrid(setup);
    case 'alldebrid':
      return new AllDebrid(setup);
    case 'torbox':
      return new TorBox(setup);
    case 'storage-portal':
      return new StoragePortal(setup);
  }
}

function checkUrl(account: string, key: string, url: string): string {
  if (asUrl(url) !== null && !/[?#]/.test(url)) return url;
  throw new AppError(
    'config',
    `\`${key}\` of account "${account}" must be an http:// or https:// URL without more.`,
  );
}

/** Of a URL, which is not shown: a proxy's may hold a password. */
function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Meter } from '../core/meter.js';
import type { MadeDownloads } from '../core/made-downloads.js';
import type { OwnLinks } from '../core/own-links.js';
import type { Egress } from '../core/provider.js';
import type { TokenSource } from '../core/token-source.js';

/** What one account's client is made of, checked. */
export interface ProviderSetup {
  readonly account: AccountName;
  /** The secret itself, or where to get the one that is good now, which is closed with the client. */
  readonly token: string | TokenSource;
  /** Origin and path prefix before the documented path, without a `/` at its end. */
  readonly apiUrl: string;
  /** For the API and the downloads alike; null for none. */
  readonly proxyUrl: string | null;
  /** The same for the downloads, and where they may come from. */
  readonly egress: Egress;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  /** Hears of every call. */
  readonly meter?: Meter | undefined;
  readonly ownLinks: OwnLinks;
  readonly madeDownloads: MadeDownloads;
  /** Whether the service's history is shown too (AllDebrid). */
  readonly history: boolean;
  /** Whether what has aged out may be added again (Real-Debrid). */
  readonly mayRepair: boolean;
  /**
   * When links of this account were made before the start, wall clock milliseconds in any order. Those of the last five
   * minutes count against its budget of links, where its service has one (TorBox).
   */
  readonly recentLinkTimesMs?: readonly number[];
}

/** A Real-Debrid account. */
import type { AccountState } from '../../core/account.js';
import type { Source } from '../../core/content.js';
import type { Limits } from '../../core/limiter.js';
import type { Budget, Egress, Link, LinkPolicy, ListMode, Provider } from '../../core/provider.js';
import type { ItemDetails, ListName, Listing } from '../../core/torrent.js';
import { AccountApi } from '../account-api.js';
import { asNumber, asObject, asText } from '../decode.js';
import { ItemFailures } from '../item-failures.js';
import type { ProviderSetup } from '../setup.js';
import { fetchDetails } from './details.js';
import { realDebridDialect } from './errors.js';
import { unrestrict } from './link.js';
import { TorrentList } from './list.js';
import { ParisTime } from './paris-time.js';

/**
 * 250 requests a minute are documented, refused ones count, and who goes on is locked out. 200 leave room for other
 * programs on the same token; 50 of them are kept for readers. 10 at once is what careful clients do.
 */
const limits: Limits = {
  windows: [
    { lengthMs: 60_000, maxStarts: 200, keptForLinks: 50 },
    { lengthMs: 1_000, maxStarts: 10, keptForLinks: 3 },
  ],
  linkBucket: null,
};

export class RealDebrid implements Provider {
  readonly account: string;
  readonly service = 'real-debrid';
  readonly lists: readonly ListName[] = ['torrents'];
  /** Links serve for about seven days (observed). */
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 6 * 24 * 3_600_000, settleMs: 0, connectionsPerFile: 4 };
  readonly egress: Egress;
  readonly #setup: ProviderSetup;
  readonly #api: AccountApi;
  readonly #time = new ParisTime();
  readonly #list: TorrentList;

  constructor(setup: ProviderSetup) {
    this.account = setup.account;
    this.egress = setup.egress;
    this.#setup = setup;
    this.#api = new AccountApi(setup, '/rest/1.0', realDebridDialect, limits);
    this.#list = new TorrentList(this.#api, setup.account, setup.logger, this.#time);
  }

  list(_list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    return this.#list.read(mode, signal);
  }

  async *details(
    _list: ListName,
    itemIds: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const { logger } = this.#setup;
    const failures = new ItemFailures(this.account, logger);
    for (const itemId of itemIds) {
      const details = await fetchDetails(this.#api, itemId, logger, signal).catch((thrown: unknown) =>
        failures.passOver(itemId, thrown),
      );
      if (details === null) continue;
      failures.succeeded();
      yield details;
    }
  }

  link(source: Source, signal: AbortSignal): Promise<Link> {
    return unrestrict(this.#api, source.ref, this.#setup.clock, signal);
  }

  state(signal: AbortSignal): Promise<AccountState> {
    return this.#api.state(async () => {
      const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: '/user', signal });
      const user = asObject(answer.json);
      const secondsLeft = asNumber(user?.['premium']);
      const type = asText(user?.['type']);
      if (user === null || (secondsLeft === null && type === null)) {
        throw this.#api.badAnswer('the account is not described');
      }
      return this.#readState(user, type === 'premium' || (secondsLeft ?? 0) > 0);
    });
  }

  budgets(): readonly Budget[] {
    return this.#api.budgets();
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  #readState(user: Readonly<Record<string, unknown>>, isPremium: boolean): AccountState {
    const untilMs = this.#time.toUtcMs(user['expiration']);
    const premiumUntilMs = untilMs === 0 ? null : untilMs;
    if (isPremium) return { condition: 'ok', detail: '', premiumUntilMs };
    const detail = `Account "${this.account}" is not premium any more; Real-Debrid makes no links until it is renewed.`;
    return { condition: 'expired', detail, premiumUntilMs };
  }
}

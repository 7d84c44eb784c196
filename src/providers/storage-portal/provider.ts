/** An account at a storage portal: prepaid traffic for hoster links of the user's own, and no library. */
import type { AccountState } from '../../core/account.js';
import type { Source } from '../../core/content.js';
import type { AppError } from '../../core/errors.js';
import type { Limits } from '../../core/limiter.js';
import type { OwnLink } from '../../core/own-links.js';
import type { Budget, Egress, Link, LinkPolicy, ListMode, Provider } from '../../core/provider.js';
import type { ItemDetails, ItemFile, ListName, Listing } from '../../core/torrent.js';
import { AccountApi } from '../account-api.js';
import { asNumber } from '../decode.js';
import { ItemFailures } from '../item-failures.js';
import { lastPieceOf, OwnLinkList, type LinkTeller } from '../own-link-list.js';
import type { ProviderSetup } from '../setup.js';
import { storagePortalDialect } from './errors.js';
import { readHosts } from './hosts.js';
import { boughtRef, linkOf, offerRef } from './link.js';
import { readData } from './portal-link.js';
import { Purchases } from './purchases.js';

/**
 * The service documents no limits; these are a choice. A file that is waited for is asked for every two seconds, 30 times a
 * minute, which leaves half of the requests for others.
 */
const limits: Limits = {
  windows: [
    { lengthMs: 1_000, maxStarts: 4, keptForLinks: 1 },
    { lengthMs: 60_000, maxStarts: 60, keptForLinks: 15 },
  ],
  linkBucket: null,
};

export class StoragePortal implements Provider {
  readonly account: string;
  readonly service = 'storage-portal';
  readonly lists: readonly ListName[] = ['links'];
  /** Documented: a link is to be used again for as long as it works. A month is longer than any is known to. */
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 30 * 24 * 3_600_000, settleMs: 0, connectionsPerFile: 4 };
  readonly egress: Egress;
  readonly #setup: ProviderSetup;
  readonly #api: AccountApi;
  readonly #links: OwnLinkList;
  readonly #purchases: Purchases;

  constructor(setup: ProviderSetup) {
    this.account = setup.account;
    this.egress = setup.egress;
    this.#setup = setup;
    this.#api = new AccountApi(setup, '/api/external/v1', storagePortalDialect, limits);
    this.#purchases = new Purchases(this.#api, setup.clock);
    const teller: LinkTeller = {
      rules: (signal) => readHosts(this.#api, signal),
      filesTold: offerOf,
      filesOf: (link, _kind, signal) => this.#filesOf(link, signal),
      // To ask for what was bought would be to buy it again, after a restart: only a new order does.
      revisionFacts: ({ mayBuy, order, name, size }) => (mayBuy ? [mayBuy, order] : [mayBuy, name, size]),
    };
    this.#links = new OwnLinkList(setup.ownLinks, teller, setup.clock);
  }

  list(_list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    return this.#links.list(mode, signal);
  }

  /** Buys what a line says may be bought. */
  details(
    _list: ListName,
    itemIds: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const failures = new ItemFailures(this.account, this.#setup.logger);
    return this.#links.details(itemIds, failures, signal);
  }

  linkRefusal(url: string): AppError | null {
    return this.#links.refusalOf(url);
  }

  /** Buys nothing. */
  link(source: Source, signal: AbortSignal): Promise<Link> {
    return linkOf(this.#api, source.ref, this.#setup.clock, signal);
  }

  state(signal: AbortSignal): Promise<AccountState> {
    return this.#api.state(async () => {
      const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: '/account', signal });
      const account = readData(this.#api, answer);
      const bought = asNumber(account['trafficmax']);
      if (bought === null) throw this.#api.badAnswer('the account is not described');
      return this.#stateOf(bought, asNumber(account['trafficleft']));
    });
  }

  budgets(): readonly Budget[] {
    return this.#api.budgets();
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  async #filesOf(link: OwnLink, signal: AbortSignal): Promise<readonly ItemFile[] | null> {
    if (!link.mayBuy) return null;
    const purchase = await this.#purchases.of(link, signal);
    const size = purchase?.size ?? link.size;
    if (purchase === null || size === null) return null;
    return [fileOf(link.name ?? purchase.name ?? lastPieceOf(link.url), size, boughtRef(purchase.id))];
  }

  /** Documented: an account is premium where it has bought traffic. In what `timeleft` counts is not. */
  #stateOf(bought: number, left: number | null): AccountState {
    const traffic = { name: 'traffic', unit: 'bytes', used: null, left, limit: bought } as const;
    const told = { premiumUntilMs: null, allowances: bought > 0 ? [traffic] : [] };
    if (bought <= 0) {
      const detail = `Account "${this.account}" has bought no traffic at Storage Portal; nothing can be read until it has.`;
      return { condition: 'expired', detail, ...told };
    }
    if (left !== null && left <= 0) {
      const detail = `Account "${this.account}" has no traffic left at Storage Portal; what it has bought can be read, but no more can be bought.`;
      return { condition: 'limited', detail, ...told };
    }
    return { condition: 'ok', detail: '', ...told };
  }
}

/** What a line that may not be bought tells of its file; null where that is not its size. */
function offerOf({ url, name, size, mayBuy }: OwnLink): readonly ItemFile[] | null {
  return mayBuy || size === null ? null : [fileOf(name ?? lastPieceOf(url), size, offerRef(url))];
}

function fileOf(path: string, size: number, ref: string): ItemFile {
  return { path, pathTold: true, size, ref, packed: false };
}

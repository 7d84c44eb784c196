/** An AllDebrid account. */
import type { AccountState } from '../../core/account.js';
import type { Source } from '../../core/content.js';
import type { Limits } from '../../core/limiter.js';
import { AppError } from '../../core/errors.js';
import type { Budget, Egress, Link, LinkPolicy, ListMode, Provider } from '../../core/provider.js';
import type { ItemDetails, ListName, Listing } from '../../core/torrent.js';
import { AccountApi } from '../account-api.js';
import { asFlag, asObject, unixSecondsToMs } from '../decode.js';
import { ItemFailures } from '../item-failures.js';
import { OwnLinkList } from '../own-link-list.js';
import type { ProviderSetup } from '../setup.js';
import { MagnetAdder } from './add.js';
import { readAllowances } from './allowances.js';
import { batchSize, MagnetFiles } from './details.js';
import { allDebridDialect } from './errors.js';
import { unlock } from './link.js';
import { HosterLinks } from './own-links.js';
import { isLinkList, SavedLinks, type LinkList } from './saved-links.js';
import { LiveList } from './live-list.js';
import { readData } from './magnet.js';

/**
 * 12 requests a second and 600 a minute are documented. Two thirds and four fifths of that leave room for other
 * programs with the same key; a quarter of each is kept for readers.
 */
const limits: Limits = {
  windows: [
    { lengthMs: 1_000, maxStarts: 8, keptForLinks: 2 },
    { lengthMs: 60_000, maxStarts: 480, keptForLinks: 120 },
  ],
  linkBucket: null,
};

export class AllDebrid implements Provider {
  readonly account: string;
  readonly service = 'alldebrid';
  readonly lists: readonly ListName[] = ['torrents', 'saved', 'history', 'links'];
  /** Unpublished. Clients take links for good for a day or longer; a quarter of that renews most before they fail. */
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 6 * 3_600_000, settleMs: 0, connectionsPerFile: 4 };
  readonly egress: Egress;
  readonly adding: MagnetAdder;
  readonly #setup: ProviderSetup;
  readonly #api: AccountApi;
  readonly #list: LiveList;
  readonly #files: MagnetFiles;
  readonly #saved: SavedLinks;
  readonly #hosters: HosterLinks;
  readonly #ownLinks: OwnLinkList;

  constructor(setup: ProviderSetup) {
    this.account = setup.account;
    this.egress = setup.egress;
    this.#setup = setup;
    this.#api = new AccountApi(setup, '', allDebridDialect, limits);
    this.adding = new MagnetAdder(this.#api, setup);
    this.#list = new LiveList(this.#api, setup.account, setup.logger);
    this.#files = new MagnetFiles(this.#api, setup.logger, (id) => this.#list.known(id));
    this.#saved = new SavedLinks(this.#api, setup);
    this.#hosters = new HosterLinks(this.#api);
    this.#ownLinks = new OwnLinkList(setup.ownLinks, this.#hosters, setup.clock);
  }

  list(list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    if (list === 'links') return this.#ownLinks.list(mode, signal);
    if (isLinkList(list)) return this.#saved.read(list, signal);
    return mode === 'cheap' ? this.#list.changes(signal) : this.#list.full(signal);
  }

  async *details(
    list: ListName,
    itemIds: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const failures = new ItemFailures(this.account, this.#setup.logger);
    if (list === 'links') yield* this.#ownLinks.details(itemIds, failures, signal);
    else if (isLinkList(list)) yield* this.#linkDetails(list, itemIds, failures, signal);
    else yield* this.#magnetDetails(itemIds, failures, signal);
  }

  async *#magnetDetails(
    itemIds: readonly string[],
    failures: ItemFailures,
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    for (let first = 0; first < itemIds.length; first += batchSize) {
      yield* this.#files.fetch(itemIds.slice(first, first + batchSize), failures, signal);
    }
  }

  /** Of links whose size the list did not tell; what nobody knows is left out. */
  async *#linkDetails(
    list: LinkList,
    itemIds: readonly string[],
    failures: ItemFailures,
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    for (const id of itemIds) {
      const link = this.#saved.link(list, id);
      if (link === undefined) continue;
      const file = await this.#hosters
        .fileOf(link, signal)
        .catch((thrown: unknown) => failures.passOver(id, thrown));
      if (file === null) continue;
      failures.succeeded();
      yield { id, name: file.path, files: [file] };
    }
  }

  async link({ list, itemId, ref }: Source, signal: AbortSignal): Promise<Link> {
    const line = list === 'links' ? await this.#ownLinks.find(itemId) : undefined;
    const { password = null, quality = null, size = null } = line ?? {};
    const link = line === undefined ? ref : await this.#hosters.resolve(ref, line.url, signal);
    return unlock(this.#api, { link, password, quality, size }, this.#setup.clock, signal);
  }

  async remove(list: ListName, itemId: string, signal: AbortSignal): Promise<void> {
    if (list !== 'torrents')
      throw new AppError(
        'invalid',
        'debridfs removes no saved and no recent links. Do that on https://alldebrid.com.',
      );
    await this.adding.remove(itemId, signal);
  }

  state(signal: AbortSignal): Promise<AccountState> {
    return this.#api.state(async () => {
      const answer = await this.#api.call({ purpose: 'list', method: 'GET', path: '/v4/user', signal });
      const user = asObject(readData(this.#api, answer)['user']);
      const isPremium = asFlag(user?.['isPremium']);
      if (user === null || isPremium === null) throw this.#api.badAnswer('the account is not described');
      const untilMs = unixSecondsToMs(user['premiumUntil']);
      const known = { premiumUntilMs: untilMs === 0 ? null : untilMs, allowances: readAllowances(user) };
      if (isPremium || asFlag(user['isTrial']) === true) return { condition: 'ok', detail: '', ...known };
      const detail = `Account "${this.account}" is not premium any more; AllDebrid makes no links until it is renewed.`;
      return { condition: 'expired', detail, ...known };
    });
  }

  linkRefusal(url: string): AppError | null {
    return this.#ownLinks.refusalOf(url);
  }

  budgets(): readonly Budget[] {
    return this.#api.budgets();
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

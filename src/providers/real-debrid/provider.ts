/** A Real-Debrid account. */
import type { AccountState } from '../../core/account.js';
import type { Source } from '../../core/content.js';
import type { Limits } from '../../core/limiter.js';
import { AppError } from '../../core/errors.js';
import type {
  Budget,
  Egress,
  Link,
  LinkPolicy,
  ListMode,
  Provider,
  TorrentAdding,
} from '../../core/provider.js';
import type { ItemDetails, ListName, Listing } from '../../core/torrent.js';
import { AccountApi } from '../account-api.js';
import { asNumber, asObject, asText } from '../decode.js';
import { ItemFailures } from '../item-failures.js';
import { OwnLinkList } from '../own-link-list.js';
import type { ProviderSetup } from '../setup.js';
import { TorrentAdder } from './add.js';
import { fetchAllowances } from './allowances.js';
import { fetchDetails } from './details.js';
import { realDebridDialect } from './errors.js';
import { DownloadList } from './downloads.js';
import { LinkMaker } from './link.js';
import { HosterLinks } from './own-links.js';
import { ParisTime } from './paris-time.js';
import { TorrentList } from './torrent-list.js';
import { TorrentRenewal } from './repair.js';
import { TorrentWrites } from './torrent-writes.js';

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
  /** Torrents before downloads, which are told apart from theirs: so the list of torrents under way is asked once (`torrent-list.ts`). */
  readonly lists: readonly ListName[] = ['torrents', 'downloads', 'links'];
  /** Links serve for about seven days (observed). */
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 6 * 24 * 3_600_000, settleMs: 0, connectionsPerFile: 4 };
  readonly egress: Egress;
  readonly repair?: (itemId: string, signal: AbortSignal) => Promise<string>;
  readonly #setup: ProviderSetup;
  readonly #api: AccountApi;
  readonly #time = new ParisTime();
  readonly #maker: LinkMaker;
  readonly #torrents: TorrentList;
  readonly #downloads: DownloadList;
  readonly #hosters: HosterLinks;
  readonly #ownLinks: OwnLinkList;
  readonly #writes: TorrentWrites;
  readonly adding: TorrentAdding;

  constructor(setup: ProviderSetup) {
    this.account = setup.account;
    this.egress = setup.egress;
    this.#setup = setup;
    this.#api = new AccountApi(setup, '/rest/1.0', realDebridDialect, limits);
    this.#maker = new LinkMaker(this.#api, setup);
    this.#torrents = new TorrentList(this.#api, setup, this.#time);
    this.#downloads = new DownloadList(this.#api, setup, this.#time, this.#torrents, this.#maker);
    this.#hosters = new HosterLinks(this.#api);
    this.#ownLinks = new OwnLinkList(setup.ownLinks, this.#hosters, setup.clock);
    this.#writes = new TorrentWrites(this.#api, setup);
    this.adding = new TorrentAdder(this.#api, setup, this.#writes);
    if (setup.mayRepair) {
      const renewal = new TorrentRenewal(this.#api, setup, this.#time);
      this.repair = (itemId, signal) => renewal.renew(itemId, signal);
    }
  }

  list(list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    if (list === 'links') return this.#ownLinks.list(mode, signal);
    return list === 'downloads' ? this.#downloads.read(mode, signal) : this.#torrents.read(mode, signal);
  }

  async *details(
    list: ListName,
    itemIds: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const failures = new ItemFailures(this.account, this.#setup.logger);
    if (list === 'links') {
      yield* this.#ownLinks.details(itemIds, failures, signal);
      return;
    }
    for (const itemId of itemIds) {
      const asked = list === 'downloads' ? this.#download(itemId, signal) : this.#torrent(itemId, signal);
      const details = await asked.catch((thrown: unknown) => failures.passOver(itemId, thrown));
      if (details === null) continue;
      failures.succeeded();
      yield details;
    }
  }

  async link({ list, itemId, ref }: Source, signal: AbortSignal): Promise<Link> {
    const line = list === 'links' ? await this.#ownLinks.find(itemId) : undefined;
    const { password = null, quality = null } = line ?? {};
    return this.#maker.make({ link: ref, password, quality }, signal);
  }

  /** Rows of its downloads are never removed: that would take away the URL of whoever reads by one (observed). */
  async remove(list: ListName, itemId: string, signal: AbortSignal): Promise<void> {
    if (list !== 'torrents')
      throw new AppError(
        'invalid',
        "debridfs never removes from Real-Debrid's downloads: the service forgets them by itself within a week.",
      );
    await this.#writes.remove(itemId, signal);
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
      const allowances = await fetchAllowances(this.#api, signal);
      return { ...this.#readState(user, type === 'premium' || (secondsLeft ?? 0) > 0), allowances };
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

  #torrent(itemId: string, signal: AbortSignal): Promise<ItemDetails> {
    return fetchDetails(this.#api, itemId, this.#setup.logger, signal);
  }

  /** Of a row whose size the list did not tell. Null where it is not listed any more, or nobody knows it. */
  async #download(itemId: string, signal: AbortSignal): Promise<ItemDetails | null> {
    const link = this.#downloads.link(itemId);
    if (link === undefined) return null;
    const line = { name: null, size: null, password: null };
    const file = await this.#hosters.fileOf(line, link, signal);
    return file === null ? null : { id: itemId, name: file.path, files: [file] };
  }

  #readState(user: Readonly<Record<string, unknown>>, isPremium: boolean): Omit<AccountState, 'allowances'> {
    const untilMs = this.#time.toUtcMs(user['expiration']);
    const premiumUntilMs = untilMs === 0 ? null : untilMs;
    if (isPremium) return { condition: 'ok', detail: '', premiumUntilMs };
    const detail = `Account "${this.account}" is not premium any more; Real-Debrid makes no links until it is renewed.`;
    return { condition: 'expired', detail, premiumUntilMs };
  }
}

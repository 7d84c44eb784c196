/** A TorBox account. */
import type { AccountState } from '../../core/account.js';
import type { LinkToAdd } from '../../core/adding.js';
import type { Source } from '../../core/content.js';
import type { Limits } from '../../core/limiter.js';
import type { Budget, Egress, Link, LinkPolicy, ListMode, Provider } from '../../core/provider.js';
import type { ItemDetails, ListName, Listing, TorBoxList } from '../../core/torrent.js';
import { AccountApi } from '../account-api.js';
import { asNumber, asObject, asUrl, isoDateToMs } from '../decode.js';
import { ItemFailures } from '../item-failures.js';
import type { ProviderSetup } from '../setup.js';
import { TorBoxAdder } from './add.js';
import { readAllowances } from './allowances.js';
import { torBoxDialect } from './errors.js';
import { DownloadLists } from './lists.js';
import { removeDownload } from './remove.js';

/**
 * Documented: 5 requests a second; its support adds 300 a minute for each endpoint. 4 a second keep both, 240 a minute
 * being less than 300. Links: about 100 in five minutes, then refusals for five minutes (observed); 40 at once and
 * one every 5.1 s make at most 40 + 300 / 5.1 = 98 in any five minutes, and nobody waits long for a single one.
 */
const limits: Limits = {
  windows: [
    { lengthMs: 1_000, maxStarts: 4, keptForLinks: 1 },
    { lengthMs: 60_000, maxStarts: 240, keptForLinks: 60 },
  ],
  linkBucket: { capacity: 40, refillMs: 5_100 },
};

/** By which parameter a list's entries are named in a request for a link. Their numbers overlap. */
const idParameter: Readonly<Record<TorBoxList, string>> = {
  torrents: 'torrent_id',
  usenet: 'usenet_id',
  webdl: 'web_id',
};

export class TorBox implements Provider {
  readonly account: string;
  readonly service = 'torbox';
  readonly lists: readonly ListName[] = ['torrents', 'usenet', 'webdl'];
  /**
   * Documented: a link may be started for one to three hours; refusals were seen from about half an hour (observed).
   * A new one may be refused for about a second (observed).
   */
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 45 * 60_000, settleMs: 1_000, connectionsPerFile: 4 };
  readonly egress: Egress;
  readonly adding: TorBoxAdder;
  readonly #setup: ProviderSetup;
  readonly #api: AccountApi;
  readonly #downloads: DownloadLists;

  constructor(setup: ProviderSetup) {
    this.account = setup.account;
    this.egress = setup.egress;
    this.#setup = setup;
    this.#api = new AccountApi(setup, '/v1/api', torBoxDialect, limits);
    this.adding = new TorBoxAdder(this.#api, setup);
    this.#downloads = new DownloadLists(this.#api, setup);
  }

  list(list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    return this.#downloads.read(list, mode, signal);
  }

  async *details(
    list: ListName,
    itemIds: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const failures = new ItemFailures(this.account, this.#setup.logger);
    for (const itemId of itemIds) {
      const details = await this.#downloads
        .details(list, itemId, signal)
        .catch((thrown: unknown) => failures.passOver(itemId, thrown));
      if (details === null) continue;
      failures.succeeded();
      yield details;
    }
  }

  async link(source: Source, signal: AbortSignal): Promise<Link> {
    const answer = await this.#api.call({
      purpose: 'link',
      method: 'GET',
      path: `/${source.list}/requestdl`,
      // Documented: without `zip_link` the number of the file is required, and 0 is one.
      query: {
        [idParameter[source.list as TorBoxList]]: source.itemId,
        file_id: source.ref,
        zip_link: 'false',
      },
      tokenInQuery: 'token',
      signal,
    });
    const url = asUrl(asObject(answer.json)?.['data']);
    if (url === null) throw this.#api.badAnswer('a link has no address');
    return { url, bornMs: this.#setup.clock.now() };
  }

  state(signal: AbortSignal): Promise<AccountState> {
    return this.#api.state(async () => {
      const query = { settings: 'false' };
      const answer = await this.#api.call({
        purpose: 'list',
        method: 'GET',
        path: '/user/me',
        query,
        signal,
      });
      const user = asObject(asObject(answer.json)?.['data']);
      const plan = asNumber(user?.['plan']);
      if (user === null || plan === null) throw this.#api.badAnswer('the account is not described');
      return this.#readState(user, plan > 0);
    });
  }

  /** Documented by its name and limits alone; the parameters are those of public clients (observed). */
  async addLink({ url, name, password }: LinkToAdd, signal: AbortSignal): Promise<void> {
    const form = [
      ['link', url] as const,
      ...(name === null ? [] : [['name', name] as const]),
      ...(password === null ? [] : [['password', password] as const]),
    ];
    const path = '/webdl/createwebdownload';
    await this.#api.call({ purpose: 'details', method: 'POST', path, form, signal });
  }

  remove(list: ListName, itemId: string, signal: AbortSignal): Promise<void> {
    return removeDownload(this.#api, list, itemId, signal);
  }

  budgets(): readonly Budget[] {
    return this.#api.budgets();
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  #readState(user: Readonly<Record<string, unknown>>, isPaid: boolean): AccountState {
    const nowMs = this.#setup.clock.now();
    const untilMs = isoDateToMs(user['premium_expires_at']);
    const premiumUntilMs = untilMs === 0 ? null : untilMs;
    const known = { premiumUntilMs, allowances: readAllowances(user) };
    const cooldownMs = isoDateToMs(user['cooldown_until']);
    if (!isPaid && (premiumUntilMs ?? 0) <= nowMs) {
      const detail = `Account "${this.account}" has no paid TorBox plan; it may be denied links until it has one.`;
      return { condition: 'expired', detail, ...known };
    }
    if (cooldownMs > nowMs) {
      const until = new Date(cooldownMs).toISOString();
      const detail = `TorBox adds nothing to account "${this.account}" until ${until}.`;
      return { condition: 'limited', detail, ...known };
    }
    return { condition: 'ok', detail: '', ...known };
  }
}

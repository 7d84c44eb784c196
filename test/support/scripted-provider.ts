import type { AccountState, ServiceName } from '../../src/core/account.js';
import type { Source } from '../../src/core/content.js';
import type { Budget, Egress, Link, LinkPolicy, ListMode, Provider } from '../../src/core/provider.js';
import type { ItemDetails, ListName, Listing } from '../../src/core/torrent.js';

/** A provider that answers what the test says, and counts what it was asked. */
export class ScriptedProvider implements Provider {
  readonly account: string;
  readonly service: ServiceName = 'real-debrid';
  readonly lists: readonly ListName[];
  readonly linkPolicy: LinkPolicy = { lifetimeMs: 3_600_000, settleMs: 0, connectionsPerFile: 1 };
  readonly egress: Egress = { proxyUrl: null, reach: 'any' };
  /** What a list answers. */
  listing: (mode: ListMode, list: ListName) => Listing | Promise<Listing> = () => ({
    scope: 'complete',
    items: [],
    unreadable: [],
  });
  /** What an item's details are; undefined: not understood. */
  detail: (id: string, list: ListName) => ItemDetails | undefined | Promise<ItemDetails | undefined> = () =>
    undefined;
  readonly modes: ListMode[] = [];
  readonly detailsAsked: string[] = [];

  constructor(account: string, lists: readonly ListName[] = ['torrents']) {
    this.account = account;
    this.lists = lists;
  }

  async list(list: ListName, mode: ListMode): Promise<Listing> {
    this.modes.push(mode);
    return this.listing(mode, list);
  }

  async *details(list: ListName, itemIds: readonly string[]): AsyncIterable<ItemDetails> {
    for (const id of itemIds) {
      this.detailsAsked.push(id);
      const detail = await this.detail(id, list);
      if (detail !== undefined) yield detail;
    }
  }

  link(source: Source): Promise<Link> {
    return Promise.resolve({ url: `http://127.0.0.1:9/${encodeURIComponent(source.ref)}`, bornMs: 0 });
  }

  state(): Promise<AccountState> {
    return Promise.resolve({ condition: 'ok', detail: '', premiumUntilMs: null, allowances: [] });
  }

  budgets(): readonly Budget[] {
    return [];
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

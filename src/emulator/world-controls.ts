import type { ServiceName } from '../core/account.js';
import type { TorBoxList } from '../core/torrent.js';
import type { HosterLinks } from './hoster-links.js';
import type { KnownTorrents } from './known-torrents.js';
import type { StandIn } from './stand-in.js';
import type { WorldItem, WorldItemState } from './world.js';

/** Changes of the world that come from outside: the user on the service's page, the service itself, the law. */
export class WorldControls {
  readonly #services: readonly StandIn[];
  readonly #torrents: KnownTorrents;
  readonly #links: HosterLinks;

  constructor(services: readonly StandIn[], torrents: KnownTorrents, links: HosterLinks) {
    this.#services = services;
    this.#torrents = torrents;
    this.#links = links;
  }

  /** Puts an item into the account with this token, by default now; returns its id. */
  addItem(token: string, item: WorldItem): string {
    return this.#of(token).addItem(token, item);
  }

  removeItem(token: string, id: string, list: TorBoxList = 'torrents'): void {
    this.#of(token).removeItem({ token, list, id });
  }

  setItemState(token: string, id: string, state: WorldItemState, list: TorBoxList = 'torrents'): void {
    this.#of(token).setItemState({ token, list, id }, state);
  }

  /** The services (or one of them) drop a torrent's content: items stay, links and downloads fail. */
  evict(hash: string, service?: ServiceName): void {
    for (const each of this.#services) {
      if (service === undefined || each.service === service) this.#torrents.evict(each.service, hash);
    }
  }

  /** A hoster takes a link's file away, or gives it back. */
  setLinkOffline(url: string, offline: boolean): void {
    this.#links.setOffline(url, offline);
  }

  setPremium(token: string, premium: boolean): void {
    this.#of(token).accounts.get(token).premium = premium;
  }

  /** The service replaces an account's key, as TorBox does after a warning. */
  rotateKey(token: string, newToken: string): void {
    this.#of(token).accounts.rotateKey(token, newToken);
  }

  /** Every download URL made so far is refused from now on, at all services or one. */
  expireDownloads(service?: ServiceName): void {
    for (const each of this.#services) {
      if (service === undefined || each.service === service) each.expireDownloads();
    }
  }

  #of(token: string): StandIn {
    const service = this.#services.find((each) => each.accounts.find(token) !== undefined);
    if (service === undefined) throw new Error('The world has no account with this token.');
    return service;
  }
}

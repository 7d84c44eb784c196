import type { ServiceName } from '../core/account.js';
import { linkId } from '../core/own-links.js';
import type { ContentSource } from './content.js';
import { contentOf } from './known-torrents.js';
import type { World, WorldBundle, WorldFile, WorldHoster, WorldLink } from './world.js';

/** What there is at file hosters, whichever service is asked for it. */
export class HosterLinks {
  readonly #hosters: readonly WorldHoster[];
  readonly #links: ReadonlyMap<string, WorldLink>;
  readonly #bundles: ReadonlyMap<string, WorldBundle>;
  readonly #offline = new Set<string>();

  constructor(world: World) {
    this.#hosters = world.hosters ?? [];
    this.#links = new Map((world.links ?? []).map((link) => [link.url, link]));
    this.#bundles = new Map((world.bundles ?? []).map((bundle) => [bundle.url, bundle]));
  }

  /** Domains of the hosters whose links a service takes. */
  domainsOf(service: ServiceName): readonly string[] {
    return this.#hosters.filter(({ services }) => services.includes(service)).map(({ domain }) => domain);
  }

  /** Whether a service takes the links of a URL's host. */
  isTaken(service: ServiceName, url: string): boolean {
    return this.domainsOf(service).includes(hostOf(url));
  }

  /** Undefined where there is nothing under it, or not at present. */
  link(url: string): WorldLink | undefined {
    return this.#offline.has(url) ? undefined : this.#links.get(url);
  }

  /** By the MD5 of its URL, in lower-case hex. */
  linkOfHash(hash: string): WorldLink | undefined {
    const url = [...this.#links.keys()].find((each) => linkId(each) === hash);
    return url === undefined ? undefined : this.link(url);
  }

  bundle(url: string): WorldBundle | undefined {
    return this.#offline.has(url) ? undefined : this.#bundles.get(url);
  }

  /** Domains of which bundles of a kind are. */
  bundleDomains(kind: WorldBundle['kind']): readonly string[] {
    const own = [...this.#bundles.values()].filter((bundle) => bundle.kind === kind);
    return [...new Set(own.map(({ url }) => new URL(url).hostname))];
  }

  /** Domains of the video sites whose links a service takes. */
  streamDomains(service: ServiceName): readonly string[] {
    const videos = [...this.#links.values()].filter(({ qualities }) => qualities.length > 0);
    const hosts = new Set(videos.map(({ url }) => hostOf(url)));
    return this.domainsOf(service).filter((domain) => hosts.has(domain));
  }

  /** Takes a link from its hoster, or gives it back. */
  setOffline(url: string, offline: boolean): void {
    if (offline) this.#offline.add(url);
    else this.#offline.delete(url);
  }

  /** The bytes of one of a link's files. */
  source(link: WorldLink, file: WorldFile): ContentSource {
    return contentOf(linkId(link.url), file);
  }
}

/** Without `www.`; empty where the text is no URL. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : '';
}

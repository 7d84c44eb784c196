import type { HosterLinks } from '../hoster-links.js';
import type { StoragePortalKnobs } from './knobs.js';

const service = 'storage-portal';

/** What one file hoster's account pool is told to have left, in bytes (an example of the API documentation, as are its limits). */
const pool = { trafficleft: 50_000_000_000, trafficmax_daily: 200_000_000_000 };
/** Connections a file. */
export const maxChunks = 16;

/** Which hosters the portal takes, and how it groups them. */
export class Platforms {
  readonly #links: HosterLinks;
  readonly #knobs: StoragePortalKnobs;

  constructor(links: HosterLinks, knobs: StoragePortalKnobs) {
    this.#links = links;
    this.#knobs = knobs;
  }

  /** The platform of a URL, by the first label of its domain (a choice); null where it is not taken. */
  of(url: string): string | null {
    if (!this.#links.isTaken(service, url)) return null;
    return platformOf(new URL(url).hostname.replace(/^www\./, ''));
  }

  /** Whether the platform of a URL is said to work. */
  isWorking(url: string): boolean {
    const domain = new URL(url).hostname.replace(/^www\./, '');
    return !this.#knobs.brokenHosts.includes(domain);
  }

  /** A row for each domain. */
  rows(): object[] {
    return this.#links
      .domainsOf(service)
      .map((host) => ({ host, ...this.#facts([host]), ...this.#traffic() }));
  }

  /** A row for each platform, works where all of its domains do. */
  grouped(): object[] {
    const byPlatform = new Map<string, string[]>();
    for (const domain of this.#links.domainsOf(service)) {
      const platform = platformOf(domain);
      byPlatform.set(platform, [...(byPlatform.get(platform) ?? []), domain]);
    }
    return [...byPlatform].map(([platform, domains]) => ({
      platform,
      host: domains[0],
      domains: [...domains].sort(),
      ...this.#facts(domains),
      ...this.#traffic(),
    }));
  }

  #facts(domains: readonly string[]): object {
    return {
      maxChunks,
      maxDownloads: this.#knobs.maxDownloads,
      resumable: true,
      currently_working: !domains.some((domain) => this.#knobs.brokenHosts.includes(domain)),
    };
  }

  #traffic(): object {
    if (!this.#knobs.trafficmaxQuirk) return pool;
    return { trafficleft: pool.trafficleft, trafficmax: pool.trafficmax_daily, traffic24h_used: 0 };
  }
}

function platformOf(domain: string): string {
  const label = domain.split('.')[0] ?? domain;
  return label.charAt(0).toUpperCase() + label.slice(1);
}

import { Costly } from '../core/costly.js';
import { linkKey, type OwnLink } from '../core/own-links.js';
import type { Provider } from '../core/provider.js';
import type { Statistics } from '../store/statistics.js';
import type { HiddenLink, LinksReport } from './surface.js';

/** As many as anybody reads through. */
export const mostHidden = 100;

/** The user's own links, as last read. */
export interface ToldLinks {
  readonly last: readonly OwnLink[];
  readonly problems: readonly string[];
}

/** Tens of thousands of links take some 100 ms to be looked up, and a page may ask every other second. */
const linksKept = { leastMs: 1_000, mostMs: 30_000 };

/** Which of the user's own links are not in the tree: looked up anew now and then, and at once where the user has changed them. */
export function keptLinksReport(
  ownLinks: ToldLinks,
  statistics: Pick<Statistics, 'ofLink' | 'sizelessLinks'>,
  providers: readonly Pick<Provider, 'linkRefusal'>[],
): () => LinksReport {
  const make = (): Costly<LinksReport> =>
    new Costly(() => linksReport(ownLinks, statistics, providers), linksKept);
  let last = ownLinks.last;
  let costly = make();
  return () => {
    if (ownLinks.last !== last) costly = make();
    last = ownLinks.last;
    // Nobody tells when a service takes a link or refuses it.
    costly.changed();
    return { ...costly.get(), problems: ownLinks.problems };
  };
}

/** Which of the user's own links are not in the tree, and why. */
export function linksReport(
  { last: links, problems }: ToldLinks,
  statistics: Pick<Statistics, 'ofLink' | 'sizelessLinks'>,
  providers: readonly Pick<Provider, 'linkRefusal'>[],
): LinksReport {
  const hidden: HiddenLink[] = [];
  for (const link of links) {
    if (hidden.length >= mostHidden) break;
    const { url } = link;
    const state = statistics.ofLink(linkKey(url));
    if (state === 'untaken') hidden.push({ url, reason: untaken(url) });
    if (state === 'unknown') hidden.push({ url, reason: unknown(link, providers) });
  }
  return { lines: links.length, hidden, problems, sizeless: statistics.sizelessLinks() };
}

function unknown({ url, mayBuy }: OwnLink, providers: readonly Pick<Provider, 'linkRefusal'>[]): string {
  const refusals = providers.flatMap((provider) => provider.linkRefusal?.(url)?.message ?? []);
  const told = [...new Set(refusals)].join(' ');
  if (mayBuy && told !== '')
    return `${told} It stays ordered, and is bought as soon as that is over: to cancel it, take buy=true from its line.`;
  if (mayBuy) return 'It is ordered, and not bought yet.';
  const remedy =
    'No account tells its name and size for free, or not yet: write size= (bytes) and name= behind it.';
  return told === '' ? remedy : `${told} ${remedy}`;
}

function untaken(url: string): string {
  const { protocol, hostname } = new URL(url);
  return protocol === 'file:'
    ? 'Only a Real-Debrid account can open a container.'
    : `No account that answers takes links of ${hostname}.`;
}

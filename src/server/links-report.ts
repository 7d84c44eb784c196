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

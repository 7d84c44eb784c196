import { linkKey, type OwnLink } from '../core/own-links.js';
import type { Statistics } from '../store/statistics.js';
import type { HiddenLink, LinksReport } from './surface.js';

/** As many as anybody reads through. */
export const mostHidden = 100;

/** Which of the user's own links are not in the tree, and why. */
export function linksReport(
  links: readonly OwnLink[],
  statistics: Pick<Statistics, 'ofLink' | 'sizelessLinks'>,
): LinksReport {
  const hidden: HiddenLink[] = [];
  for (const { url } of links) {
    if (hidden.length >= mostHidden) break;
    const state = statistics.ofLink(linkKey(url));
    if (state === 'untaken') hidden.push({ url, reason: untaken(url) });
    if (state === 'unknown')
      hidden.push({
        url,
        reason:
          'No account tells its name and size for free, or not yet: write size= (bytes) and name= behind it.',
      });
  }
  return { lines: links.length, hidden, sizeless: statistics.sizelessLinks() };
}

function untaken(url: string): string {
  const { protocol, hostname } = new URL(url);
  return protocol === 'file:'
    ? 'Only a Real-Debrid account can open a container.'
    : `No account that answers takes links of ${hostname}.`;
}

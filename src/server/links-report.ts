import { linkKey, type OwnLink } from '../core/own-links.js';
import type { Statistics } from '../store/statistics.js';
import type { HiddenLink, LinksReport } from './surface.js';

/** As many as anybody reads through. */
const maxHidden = 100;

/** Which of the user's own links are not in the tree, and why. */
export function linksReport(
  links: readonly OwnLink[],
  statistics: Pick<Statistics, 'ofLink' | 'sizelessLinks'>,
): LinksReport {
  const hidden: HiddenLink[] = [];
  for (const { url } of links) {
    if (hidden.length >= maxHidden) break;
    const state = statistics.ofLink(linkKey(url));
    if (state === 'untaken') hidden.push({ url, reason: `No account takes links of ${hostOf(url)}.` });
    if (state === 'unknown')
      hidden.push({
        url,
        reason:
          'No account tells its name and size for free, or not yet: write size= (bytes) and name= behind it.',
      });
  }
  return { lines: links.length, hidden, sizeless: statistics.sizelessLinks() };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : 'its host';
}

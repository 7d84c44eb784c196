import type { HeldItem } from '../core/adding.js';
import type { StoredHolding } from '../store/held-torrents.js';
import { formatBytes, formatCount, formatTime } from './format.js';

/** Paths that are told. */
const maxPaths = 20;

/**
 * What goes with an item, for the user to decide.
 * @param stored what the library has of it; null where it does not know it. @param all who holds the torrent, this item included.
 * @param gone paths of the tree that nobody else holds.
 */
export function removalText(
  item: HeldItem,
  stored: StoredHolding | null,
  all: readonly HeldItem[],
  gone: readonly string[],
): string {
  const facts = [
    `item ${item.itemId}`,
    ...(item.addedMs > 0 ? [`added ${formatTime(item.addedMs)}`] : []),
    stored === null
      ? 'its files are not known here'
      : `${formatCount(stored.files, 'file')}, ${formatBytes(stored.bytes)}`,
  ];
  const others = [
    ...new Set(all.filter((each) => each.account !== item.account).map(({ account }) => account)),
  ];
  const [first = 'nothing', ...more] = gone.slice(0, maxPaths);
  const lines = [
    `name        ${item.name === '' ? '(none)' : JSON.stringify(item.name)}`,
    `account     ${item.account}: ${facts.join(', ')}`,
    `also in     ${others.length === 0 ? 'no other account' : others.join(', ')}`,
    `disappears  ${first}`,
    ...more.map((path) => `            ${path}`),
    ...(gone.length > maxPaths ? [`            and ${gone.length - maxPaths} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

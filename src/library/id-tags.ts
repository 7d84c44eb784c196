/** Tags by which media servers know a title without searching for it. */
import type { CatalogueIds } from '../core/identification.js';

export type IdTagStyle = 'plex' | 'jellyfin' | 'both' | 'none';

/**
 * The tag of a title's folder with a space before it: one id in each form, the one that servers ask for first for that
 * kind; empty where none is known, or none is wanted. At most 39 bytes.
 */
export function idTag(ids: CatalogueIds | null, kind: 'show' | 'movie', style: IdTagStyle): string {
  if (ids === null || style === 'none') return '';
  const order = kind === 'show' ? (['tvdb', 'tmdb', 'imdb'] as const) : (['tmdb', 'imdb', 'tvdb'] as const);
  const name = order.find((one) => ids[one] !== null);
  if (name === undefined) return '';
  const plex = ` {${name}-${ids[name] ?? ''}}`;
  const jellyfin = ` [${name}id-${ids[name] ?? ''}]`;
  return `${style === 'jellyfin' ? '' : plex}${style === 'plex' ? '' : jellyfin}`;
}

/** A shown folder's name without its tags: the names of episodes begin with it. */
export function withoutIdTags(name: string): string {
  return name.replace(/(?: (?:\{(?:tvdb|tmdb|imdb)-(?:tt)?\d+\}|\[(?:tvdb|tmdb|imdb)id-(?:tt)?\d+\]))+$/, '');
}

/** What of a catalogue's answer may be believed: it comes from outside, and names and numbers of it are shown. */
import type { Identification, KnownEpisode } from '../core/identification.js';
import { isTitle } from './titles.js';
import { isYear } from './years.js';

/** More episodes than any torrent holds; a season of this many would not fit on a page either. */
const maxEpisodes = 5_000;
const maxTitleLength = 300;

/** The answer without what cannot be true; null where it has no title. Ids that are none become null. */
export function soundIdentification(told: Identification): Identification | null {
  const title = told.title.slice(0, maxTitleLength);
  if (!isTitle(title, false)) return null;
  const { tvdb, tmdb, imdb } = told.ids;
  const isWhole = told.episodes.length <= maxEpisodes && told.episodes.every(isSound);
  return {
    kind: told.kind,
    title,
    year: told.year !== null && isYear(told.year) ? told.year : null,
    ids: {
      tvdb: matching(tvdb, /^[1-9]\d{0,9}$/),
      tmdb: matching(tmdb, /^[1-9]\d{0,9}$/),
      imdb: matching(imdb, /^tt\d{5,10}$/),
    },
    episodes: told.kind === 'show' && isWhole ? told.episodes : [],
  };
}

function isSound({ season, episode, absolute }: KnownEpisode): boolean {
  return isNumber(season) && isNumber(episode) && (absolute === null || isNumber(absolute));
}

function isNumber(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < 10_000;
}

function matching(id: string | null, pattern: RegExp): string | null {
  return id !== null && pattern.test(id) ? id : null;
}

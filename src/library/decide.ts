/** Decides for one video what it is, from its own name, its siblings and the names around it. */
import type { CatalogueIds } from '../core/identification.js';
import type { Video } from './context.js';
import { likeliestCounter, type Counter } from './counters.js';
import { titleBefore } from './evidence.js';
import type { Marker } from './markers.js';
import type { Confidence } from './placement.js';
import { readableText } from './release-text.js';
import type { Title } from './titles.js';
import { movieTitle, showTitle } from './video-title.js';
import { findYear } from './years.js';

/** What a video is taken for. */
export type Subject =
  | { readonly kind: 'movie'; readonly title: Title; readonly part: number | null }
  /** No episodes: a file that holds the season as a whole. */
  | {
      readonly kind: 'episode';
      readonly title: Title;
      readonly season: number;
      readonly episodes: readonly number[];
    }
  | { readonly kind: 'daily'; readonly title: Title; readonly date: string }
  /** An episode outside of the count; `called` tells it from the others. */
  | { readonly kind: 'special'; readonly title: Title; readonly called: string }
  | { readonly kind: 'unknown' };

export interface Decision {
  readonly video: Video;
  readonly subject: Subject;
  readonly confidence: Confidence;
  /** One sentence. */
  readonly why: string;
  /** True where the user's word stands, which no comparison with other files changes. */
  readonly corrected: boolean;
  /** Of its title, as a catalogue has them; null where none says. */
  readonly ids: CatalogueIds | null;
}

/** Decides for one video. */
export function decide(video: Video): Decision {
  const { marker, year } = video.name;
  if (marker !== null) {
    const why = `Its name says ${JSON.stringify(video.name.text.slice(marker.start, marker.end).trim())}.`;
    return byMarker(video, marker, video.title, why);
  }
  const unnumbered = specialByName(video);
  if (unnumbered !== null) return unnumbered;
  // `04 - 1974` of a season is number 4.
  const isOnlyNumber = video.season !== null && !/\p{L}/u.test(video.title);
  if ((year?.year ?? null) !== null && video.nearSeason === null && !isOnlyNumber) {
    return movie(video, 'strong', 'Its name has a year and no episode.');
  }
  if (video.run === null && video.markerAround !== null) {
    return byMarker(video, video.markerAround, '', 'The name around it says which episode it is.');
  }
  return byRun(video) ?? bySeason(video) ?? movie(video, 'weak', 'Nothing in its name says episode.');
}

/** @param own title that the marker's name has, where that is the file's; else empty. */
function byMarker(
  video: Video,
  { strength, season, episodes, date }: Marker,
  own: string,
  why: string,
): Decision {
  const title = showTitle(video, own);
  if (title === null) return unknown(video, 'An episode, but no name tells of which show.');
  if (date !== null) {
    return decision(video, { kind: 'daily', title, date }, strength, why);
  }
  const subject: Subject = {
    kind: 'episode',
    title,
    season: season ?? seasonFor(video, episodes),
    episodes,
  };
  return decision(video, subject, strength, why);
}

/** By its place in a run of siblings. */
function byRun(video: Video): Decision | null {
  const { run, name } = video;
  if (run === null) return null;
  const title = showTitle(video, titleBefore(name, run.counter.start));
  if (title === null) return null;
  if (run.counter.half) return halfEpisode(video, title, run.counter);
  const season = run.season ?? seasonFor(video, [run.episode]);
  const subject: Subject = { kind: 'episode', title, season, episodes: [run.episode] };
  const confidence = video.season === null && !video.anime ? 'weak' : 'medium';
  const why = `It is number ${run.episode} of ${run.length} files of one folder.`;
  return decision(video, subject, confidence, why);
}

/** By the season that its own name, its folder or its torrent tells. */
function bySeason(video: Video): Decision | null {
  const { name, season } = video;
  if (season === null) return null;
  const counter = likeliestCounter(name.counters);
  const title = showTitle(video, counter === null ? video.title : titleBefore(name, counter.start));
  if (title === null) return null;
  if (counter?.half === true) return halfEpisode(video, title, counter);
  if (counter !== null) {
    const concatenated = counter.value > 100 && Math.floor(counter.value / 100) === season && !video.anime;
    const episodes = [concatenated ? counter.value % 100 : counter.value];
    const subject: Subject = {
      kind: 'episode',
      title,
      season: concatenated ? season : seasonFor(video, episodes),
      episodes,
    };
    return decision(video, subject, 'medium', `Its number, and season ${season} from the names around it.`);
  }
  if (season === 0) return unnumberedSpecial(video, title);
  if (name.seasons === null) return null;
  const film = filmAfterSeason(video);
  if (film !== null) return film;
  const whole: Subject = { kind: 'episode', title, season, episodes: [] };
  return decision(video, whole, 'weak', `Its name says season ${season} and no episode.`);
}

/** A year right behind `Season 3` in a name without an episode makes it a film's title: Open Season 3 (2010). */
function filmAfterSeason(video: Video): Decision | null {
  const { text, seasons } = video.name;
  const found = findYear(text, text.length);
  const year = found?.year ?? null;
  if (seasons === null || found === null || year === null) return null;
  const isSpelled = !/^s\d/i.test(text.slice(seasons.start));
  const follows = found.start >= seasons.end && !/[\p{L}\p{N}]/u.test(text.slice(seasons.end, found.start));
  if (!isSpelled || !follows) return null;
  const title = { title: readableText(text.slice(0, found.start)), year };
  const why = 'A year follows the number in its name.';
  return decision(video, { kind: 'movie', title, part: null }, 'medium', why);
}

const specialWords = /(?<![\p{L}\p{N}])(?:ova|oad|special|sp)s?[ ._-]?(\d{1,2})?(?:v\d)?(?![\p{L}\p{N}])/iu;

/** `OVA 2`, `SP1`, `24.5` of an anime: an episode outside of the count, since no name tells its number there. */
function specialByName(video: Video): Decision | null {
  if (!video.anime) return null;
  const { name } = video;
  const half = name.counters.find((counter) => counter.half);
  const words = specialWords.exec(name.text);
  const start = half?.start ?? words?.index;
  const title = start === undefined ? null : showTitle(video, titleBefore(name, start));
  if (title === null) return null;
  return half === undefined ? special(video, title, words?.[0] ?? '') : halfEpisode(video, title, half);
}

function halfEpisode(video: Video, title: Title, { start, end }: Counter): Decision {
  return special(video, title, `Special ${video.name.text.slice(start, end)}`);
}

function special(video: Video, title: Title, words: string): Decision {
  const called = readableText(words.replace(/_/g, ' '));
  return decision(
    video,
    { kind: 'special', title, called },
    'weak',
    'A special that no name gives a number.',
  );
}

/**
 * The season of an episode whose own marker tells none. Numbers from 100 on count the whole show, whatever season's
 * folder they lie in, and go to season 1.
 */
function seasonFor(video: Video, episodes: readonly number[]): number {
  const season = video.nearSeason ?? video.season ?? 1;
  return (episodes[0] ?? 0) >= 100 && season > 1 ? 1 : season;
}

function movie(video: Video, confidence: Confidence, why: string): Decision {
  const title = movieTitle(video);
  if (title === null) return unknown(video, 'No name tells what it is.');
  const known = title.year === null ? 'weak' : confidence === 'weak' ? 'medium' : confidence;
  const part = video.name.part ?? partOfFolder(video);
  return decision(video, { kind: 'movie', title, part }, known, why);
}

/** The number of a folder such as `CD1`. */
function partOfFolder({ folders }: Video): number | null {
  const digit = /^(?:cd|dis[ck]|dvd)[ ._-]?([1-9])$/i.exec(folders[0]?.name.text ?? '')?.[1];
  return digit === undefined ? null : Number(digit);
}

/** A video in a folder of specials: of the show around it, called by what its name adds to the show's. */
function unnumberedSpecial(video: Video, own: Title): Decision {
  const show = showTitle(video, '') ?? own;
  const named = video.title.toLowerCase().startsWith(show.title.toLowerCase());
  const added = named ? readableText(video.title.slice(show.title.length)) : video.title;
  return special(video, show, added === '' ? 'Special' : added);
}

function unknown(video: Video, why: string): Decision {
  return decision(video, { kind: 'unknown' }, 'weak', why);
}

function decision(video: Video, subject: Subject, confidence: Confidence, why: string): Decision {
  return { video, subject, confidence, why, corrected: false, ids: null };
}

/** The title of a video: its own, or that of a name around it. */
import type { Container, Video } from './context.js';
import { normalTitle } from './release-text.js';
import { isShortFor, isTitle, spelledLike, type Title } from './titles.js';

/**
 * The title of an episode's show: the file's own where it is one, else that of the nearest container that has one; null
 * where there is none.
 * @param own what the file's name has before its episode.
 */
export function showTitle(video: Video, own: string): Title | null {
  const titled = titledAround(video);
  const titles = titled.map(({ title }) => title);
  const isOwn = isTitle(own, false) && !titles.some((title) => isShortFor(own, title));
  const title = isOwn ? spelledLike(own, titles) : titles[0];
  if (title === undefined) return null;
  const normal = normalTitle(title);
  const same = titled.filter((one) => normalTitle(one.title) === normal);
  const years = [isOwn ? (video.name.year?.year ?? null) : null, ...same.map(yearOf)];
  return { title, year: years.find((year) => year !== null) ?? null };
}

/**
 * The title of a film: the file's own where it has a year; else that of what holds this film and no other; null where
 * there is none.
 */
export function movieTitle(video: Video): Title | null {
  const { title: own, name, holders } = video;
  const titles = titledAround(video).map(({ title }) => title);
  const ownYear = name.year?.year ?? parsedYear(video);
  const holder = holders.find((one) => yearOf(one) !== null) ?? holders[0];
  const holderYear = holder === undefined ? null : yearOf(holder);
  // Another year than the holder's is another film, however short its title.
  const mayBeShort = ownYear === null || ownYear === holderYear;
  const longer = mayBeShort ? titles.find((title) => isShortFor(own, title)) : undefined;
  if (own !== '' && longer === undefined && (ownYear !== null || holderYear === null)) {
    return { title: spelledLike(own, titles), year: ownYear };
  }
  if (holder !== undefined) return { title: holder.title, year: holderYear ?? ownYear };
  const title = longer ?? (own === '' ? partOfSeries(video, titles[0]) : own);
  return title === '' ? null : { title, year: ownYear };
}

/** `Part 2` in `Back to the Future Trilogy`; empty where it is no part of anything. */
function partOfSeries({ name }: Video, around: string | undefined): string {
  const part = /^(?:part|teil|vol(?:ume)?)[ ._-]{0,2}(\d|[ivx]{1,4})$/i.exec(name.text)?.[1];
  const series = around?.replace(
    / (?:trilogy|duology|quadrilogy|tetralogy|collection|saga|films|movies)$/i,
    '',
  );
  return part === undefined || series === undefined ? '' : `${series} Part ${part.toUpperCase()}`;
}

function titledAround({ around }: Video): readonly Container[] {
  return around.filter(({ title }) => title !== '');
}

function yearOf({ name }: Container): number | null {
  return name.year?.year ?? null;
}

/** The parser's year, where it is not a number of the title: it finds years behind technical words. */
function parsedYear({ name, title }: Video): number | null {
  const { year } = name.release;
  return year === null || name.year !== null || title.includes(String(year)) ? null : year;
}

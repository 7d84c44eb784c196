/** What one name, of a torrent, a folder or a file, says about its content. */
import { findCounters, type Counter } from './counters.js';
import { episodeSpan, findMarker, type Marker } from './markers.js';
import { normalTitle, prepareText, readableText, technicalStart } from './release-text.js';
import { parseRelease, type Release } from './release.js';
import { findSeasons, type FoundSeasons } from './seasons.js';
import { findYear, isYear, type FoundYear } from './years.js';

export interface NameEvidence {
  /** As prepared: the positions below count in it. */
  readonly text: string;
  readonly marker: Marker | null;
  readonly seasons: FoundSeasons | null;
  /** The year bound to the title, or the span of years that ends it. */
  readonly year: FoundYear | null;
  /** Number of the disc of a film told in parts (`cd1`). */
  readonly part: number | null;
  /** True where the part is called one (`Part 1`), as an episode of a mini-series may be. */
  readonly isCalledPart: boolean;
  readonly counters: readonly Counter[];
  /** Empty where the name has none: `Season 1`, `S01E02.mkv`. */
  readonly title: string;
  /** Where the title ends in `text`. */
  readonly titleEnd: number;
  readonly technical: boolean;
  /** Name of the group that signs in front, as fansub groups do. */
  readonly leadingGroup: string | null;
  readonly release: Release;
}

const partAtEnd = /(?<![\p{L}\p{N}])(cd|dis[ck]|dvd|pt|part)[ ._-]?([1-9])$/iu;

/** Reads a name of a torrent, a folder, or a file without its extension. Never throws. */
export function readName(name: string): NameEvidence {
  const prepared = prepareText(name);
  const { text, leadingGroup } = prepared;
  const technicalAt = technicalStart(text);
  const seasons = findSeasons(text);
  const part = partAtEnd.exec(text) ?? partAtEnd.exec(trimmedEnd(text.slice(0, technicalAt ?? 0)));
  const counters = findCounters(text);
  let marker = findMarker(text) ?? fansubMarker(counters, leadingGroup !== null);
  const limit = Math.min(
    marker?.strength === 'strong' ? marker.start : text.length,
    seasons?.start ?? text.length,
    technicalAt ?? text.length,
  );
  const leadingYear = marker === null && seasons === null ? yearInFront(text) : null;
  const year = findYear(text, limit) ?? leadingYear;
  const titleStart = year === leadingYear ? (year?.end ?? 0) : 0;
  if (marker === null && year !== null && year.year !== null) marker = counterAfterYear(counters, year);
  // A year after `Episode 1` makes it a film's title: Star Wars Episode 1 (1999).
  if (marker?.strength === 'medium' && year !== null && year.start > marker.start) marker = null;
  const partAt = part !== null && isPart(part, year?.start ?? technicalAt) ? part.index : text.length;
  const yearAt = titleStart > 0 ? limit : (year?.start ?? limit);
  const titleEnd = Math.min(limit, marker?.start ?? limit, yearAt, partAt);
  const release = parseRelease(prepared);
  return {
    text,
    marker,
    seasons,
    year,
    part: partAt < text.length ? Number(part?.[2]) : null,
    isCalledPart: part?.[1]?.toLowerCase().startsWith('p') === true,
    counters,
    title: chooseTitle(titleUpTo(text, titleEnd, leadingGroup !== null, titleStart), release.title),
    titleEnd,
    technical: technicalAt !== null,
    leadingGroup,
    release,
  };
}

function trimmedEnd(text: string): string {
  return text.replace(/[ ._-]{1,4}$/, '');
}

/** Whether a name says nothing but a title: no episode, season, year or technical word. */
export function isBare({ marker, seasons, year, technical }: NameEvidence): boolean {
  return marker === null && seasons === null && year === null && !technical;
}

/** The title of a name in which a counter at `end` turned out to be the episode's. */
export function titleBefore(name: NameEvidence, end: number): string {
  const text = titleUpTo(name.text, Math.min(end, name.titleEnd), name.leadingGroup !== null);
  return text.replace(/[ -]+(?:part|episode|ep|vol|volume|chapter)$/i, '');
}

/** Fansub groups sign in front and count behind ` - ` or in brackets; else with two digits at the end, or `01`. */
function fansubMarker(counters: readonly Counter[], signed: boolean): Marker | null {
  const counter =
    counters.find(({ position }) => position === 'dash' || position === 'bracket') ??
    counters.find(({ position, width }) => position === 'tail' && width > 1) ??
    counters.find(({ value, width }) => width > String(value).length);
  return signed && counter !== undefined && !counter.half ? counterMarker(counter) : null;
}

/** `Show (2019) - 05`. */
function counterAfterYear(counters: readonly Counter[], year: FoundYear): Marker | null {
  const counter = counters.find(
    ({ position, start, width }) => position === 'dash' && width > 1 && start >= year.end,
  );
  return counter === undefined ? null : counterMarker(counter);
}

function counterMarker({ value, last, start, end }: Counter): Marker {
  return { strength: 'medium', season: null, episodes: episodeSpan(value, last), date: null, start, end };
}

/** `cd1` is always a disc; `part1` only behind the title, because films are called so (`Dune Part 2`). */
function isPart(part: RegExpExecArray, titleEnd: number | null): boolean {
  return !/^p/i.test(part[0]) || (titleEnd !== null && part.index > titleEnd);
}

function titleUpTo(text: string, end: number, signed: boolean, start = 0): string {
  const head = text.slice(start, end);
  // Groups that put everything in brackets: [Group][Title][01][1080p]
  const bracketed = signed ? /^[[【]([^[\]【】]+)[\]】]/u.exec(head) : null;
  const readable = readableText(bracketed?.[1] ?? head);
  return withoutAlternative(readable, signed);
}

const editionAtEnd =
  / (?:(?:\d{1,3}(?:st|nd|rd|th) )?anniversary edition|(?:special|extended|limited|ultimate|deluxe|collector'?s) edition|(?:german|french|italian|spanish|english|russian) (?:dl|ml|dubbed))$/i;

/** The year that a name begins with, apart from its title: `1971 - Title`, `(1971) Title`. */
function yearInFront(text: string): FoundYear | null {
  const match = /^(?:(\d{4})\s+-\s+|[([](\d{4})[)\]][\s._-]*)(?=\p{L})/u.exec(text);
  const year = Number(match?.[1] ?? match?.[2]);
  return match !== null && isYear(year) ? { year, start: 0, end: match[0].length } : null;
}

/** `Floor, The` as it is said: `The Floor`. */
function withArticleInFront(title: string): string {
  const match = /^(.*[^,\s]), ?(the|an?|der|die|das|les?|la|el|los|las|il|gli|het|de)$/iu.exec(title);
  return match === null ? title : `${match[2] ?? ''} ${match[1] ?? ''}`;
}

/** Without the language that releases write in capitals behind a title that is not (`Parasite KOREAN`). */
function withoutLanguage(title: string): string {
  const match =
    / (?:KOREAN|JAPANESE|CHINESE|FRENCH|TRUEFRENCH|VOSTFR|GERMAN|ITALIAN|iTALiAN|SPANISH|CASTELLANO|LATINO|DANISH|SWEDISH|NORWEGIAN|FINNISH|NORDIC|DUTCH|POLISH|RUSSIAN|TURKISH|HINDI|TAMIL|TELUGU|PORTUGUESE|MULTi|SUBBED|DUBBED)$/.exec(
      title,
    );
  return match !== null && /\p{Ll}/u.test(title.slice(0, match.index)) ? title.slice(0, match.index) : title;
}

/** One title of several: the Latin one of `Русское / English (director)`, the first of a fansub's `Romaji (English)`. */
function withoutAlternative(title: string, signed: boolean): string {
  const alternatives = title.split(' / ');
  if (alternatives.length > 1) {
    const bare = alternatives.map((alternative) => readableText(alternative.replace(/\([^()]*\)?$/, '')));
    const latin = bare.find((alternative) => /^[\p{Script=Latin}\p{N}\p{P}\p{Z}\p{S}]+$/u.test(alternative));
    return latin ?? bare[0] ?? '';
  }
  const romaji = signed ? /^(.*\p{L}.*)\([^()]*\)$/u.exec(title)?.[1] : undefined;
  const [first = ''] = (romaji ?? title).split(/ (?:a\.?k\.?a\.?) /i);
  return withArticleInFront(withoutLanguage(readableText(first).replace(editionAtEnd, '')));
}

const addition =
  /\b(?:complete|collection|extended|uncut|uncensored|unrated|director'?s|theatrical|remastered|restored|proper|repack|limited|imax|criterion|anniversary|edition|open matte|multi|dual|dubbed|subbed|german|french|italian|spanish|russian|hindi|hybrid|3d|readnfo|retail|version)\b/i;

/**
 * Our reading of the title, or the parser's where that only leaves out words about the release behind it. The parser
 * also eats words of titles (`The.Internal`, `Proper.Binge`), so nothing else of its reading is taken.
 */
function chooseTitle(own: string, parsed: string): string {
  if (own === '') return '';
  const short = readableText(parsed);
  if (short === '' || /^(?:the|a|an|der|die|das|le|la|les|el)$/i.test(short)) return own;
  const ownNormal = normalTitle(own);
  const shortNormal = normalTitle(short);
  if (ownNormal === shortNormal || !own.toLowerCase().startsWith(short.toLowerCase())) return own;
  const left = own.slice(short.length);
  return /^[ ([-]/.test(left) && addition.test(left) ? short : own;
}

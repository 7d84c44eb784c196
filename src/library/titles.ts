/** Which of several names is a title, and when two titles are the same. */
import { cleanComponent, fitName, isEmptyName, maxNameBytes } from './names.js';
import { normalTitle } from './release-text.js';

/** A title and, where it is known, its year. */
export interface Title {
  readonly title: string;
  readonly year: number | null;
}

/**
 * Longest title in a name, in bytes. With ` (2003)` (7), ` - S01E01-E02` (up to 20) and ` - [label]` (up to 55) an
 * episode's name comes to 200 or less.
 */
const maxTitleBytes = 110;

const generic =
  /^(?:(?:season|disc|disk|cd|dvd|bd|part|vol|volume|specials?|extras?|bonus|subs?|subtitles?|movies?|films?|series|tv|tv shows?|shows?|episodes?|videos?|anime|downloads?|complete|noname|new folder|movie|main|feature|title|track|stream)[ ._-]*\d*|\d{5}|vts[ ._]\d+[ ._]\d+)$/i;

/**
 * Whether a text may be shown as a title: not empty, not a hash; and where nothing else in its name (`isBare`) says that
 * it is one, not a word for any video.
 */
export function isTitle(text: string, isBare: boolean): boolean {
  if (isEmptyName(cleanComponent(text)) || (isBare && generic.test(text))) return false;
  const letters = text.replace(/[^\p{L}\p{N}]/gu, '');
  const hash =
    /^[0-9a-f]{16,}$/i.test(letters) ||
    /^(?=.*\d)(?=.*[a-f])[0-9a-f]{8,}$/.test(text) ||
    (letters.length >= 20 && letters === text && /\d.*\d.*\d/.test(text));
  return letters !== '' && !hash;
}

/** A title as shown, with its year and the tag of its ids: a legal component of at most 117 bytes. */
export function shownTitle({ title, year }: Title, tag = ''): string {
  const name = fitName(cleanComponent(title), '', maxNameBytes - maxTitleBytes + tag.length);
  return `${name}${year === null ? '' : ` (${year})`}${tag}`;
}

/** Equal for spellings of one title. A film and a show are never one, however they are called. */
export function titleKey({ title, year }: Title, kind: 'title' | 'show' = 'title'): string {
  return `${kind}:${normalTitle(title)}:${year ?? ''}`;
}

/** A title's key without its year, and the year, which is empty where it is not known. */
export function splitTitleKey(key: string): { readonly title: string; readonly year: string } {
  const colon = key.lastIndexOf(':');
  return { title: key.slice(0, colon), year: key.slice(colon + 1) };
}

/**
 * Whether a file's title is short for its container's: initials (`got` for Game of Thrones, also as one word of
 * `blow-htbs`), the title behind a group's name (`lol-seinfeld`), or
 * nothing but small consonants.
 */
export function isShortFor(short: string, long: string): boolean {
  const a = normalTitle(short);
  const b = normalTitle(long);
  if (a === b || b === '') return false;
  if (/^[b-df-hj-np-tv-xz]{3,}$/.test(short) && /[aeiouy]/.test(b)) return true;
  const words = short.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const longWords = long.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const initials = longWords.map((word) => word.charAt(0)).join('');
  // `2001n` for 2001 Nights
  const withNumbers = longWords.map((word) => (/^\d+$/.test(word) ? word : word.charAt(0))).join('');
  if (initials.length > 1 && words.some((word) => word === initials || word === withNumbers)) return true;
  // Words of initials: `lotr fotr`.
  if (a.length >= 6 && words.every((word) => word.length > 2 && initials.includes(word))) return true;
  return (
    short.includes('-') &&
    !short.includes(' ') &&
    words.length > 1 &&
    normalTitle(words.slice(1).join(' ')) === b
  );
}

/** The first of `spellings` that means the same title as `title`, else `title` itself. */
export function spelledLike(title: string, spellings: readonly string[]): string {
  const normal = normalTitle(title);
  return spellings.find((spelling) => normalTitle(spelling) === normal) ?? title;
}

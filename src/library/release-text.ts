/** Release names as text: prepared for reading, and turned into titles. */
import { normalText } from './names.js';

/**
 * Longest text given to a parser, in code units. `@viren070/parse-torrent-title` 0.9.1 takes time that grows with the
 * cube of the length on some scripts (measured: 120 ms at 255, 8 s at 2,048).
 */
export const maxTextLength = 255;

/** A name ready to be read: capped, without site and release group in front. */
export interface PreparedText {
  readonly text: string;
  /** Content of a leading `[…]`, as fansub groups sign; null where there is none. */
  readonly leadingGroup: string | null;
}

const sitePrefix =
  /^[[【(]?\s?(?:https?:\/\/)?www\.[a-z0-9-]{1,40}\.[a-z]{2,10}(?:\.[a-z]{2,3})?(?![a-z0-9])\s?[\]】)]?[\s_.-]{0,12}/i;
const leadingBracket = /^[[【]([^[\]【】]{1,60})[\]】](?=[\s_[【\p{L}\p{N}])[\s_]*/u;

/** @param name a file's without its extension. */
export function prepareText(name: string): PreparedText {
  const capped = normalText(name.slice(0, maxTextLength)).slice(0, maxTextLength);
  const plain = halfWidth(capped)
    .trim()
    .replace(sitePrefix, '')
    .replace(/(?<!\d)(\d{3,4})x(\d{3,4})(?!\d)/gi, withoutFrameSize)
    .replace(/\b\d{2,5} ?[km]bps\b/gi, ' ')
    .replace(/\b(atmos|truehd|ddp?|aac|dts)(\d\.\d)(?!\d)/gi, '$1 $2')
    .trim();
  const leading = leadingBracket.exec(plain);
  if (leading === null || technicalStart(leading[1] ?? '') !== null || isBracketedTitle(plain, leading[0]))
    return { text: plain, leadingGroup: null };
  return { text: plain.slice(leading[0].length), leadingGroup: leading[1] ?? null };
}

/** `[REC] (2007)`, `[REC] 2 (2009)`: a bracket with nothing but a sequel's number between it and the year is a title. */
function isBracketedTitle(text: string, bracket: string): boolean {
  return /^[ ._]*(?:\d[ ._]+)?(?:\((?:19|20)\d\d\)|(?:19|20)\d\d(?!\d))/.test(text.slice(bracket.length));
}

/** Full-width digits, Latin letters, parentheses and brackets as ASCII ones; other punctuation may stand in for what names must not have. */
function halfWidth(text: string): string {
  return text.replace(/[\uFF08\uFF09\uFF10-\uFF19\uFF21-\uFF3B\uFF3D\uFF41-\uFF5A]/g, (wide) =>
    String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
  );
}

/** A frame size (`1920x800`) as the resolution its width belongs to (`1080p`); what only looks like one (`2016x231`) as it is. */
function withoutFrameSize(match: string, width: string, height: string): string {
  const ratio = Number(width) / Number(height);
  if (ratio < 1 || ratio > 3) return match;
  const standards = [
    [3200, '2160p'],
    [1800, '1080p'],
    [1200, '720p'],
  ] as const;
  return standards.find(([least]) => Number(width) >= least)?.[1] ?? '480p';
}

const technical = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:` +
    [
      String.raw`(?:240|360|480|540|576|720|900|1080|1440|2160|4320)[pi]`,
      'uhd|4k(?=[ ._\\-[(]|$)',
      String.raw`blu-?ray|bd-?rip|br-?rip|bd-?remux|bd(?=[ ._]?\d{3,4}p)|hd-?dvd`,
      String.raw`web-?dl|web-?rip|web(?=[ ._-][hx][ ._]?26)`,
      'hdtv|pdtv|dsr|tv-?rip|sat-?rip|vhs-?rip|hd-?rip|dvd-?rip|dvd-?scr|dvd[59r]?|telesync|hdcam|hdts',
      String.raw`remux|[hx][ ._]?26[456]|hevc|avc|av1|xvid|divx|vc-?1|mpeg-?[24]|10-?bits?`,
      String.raw`dual[ ._-]?audio|multi[ ._-]?subs?|aac|ac3|e-?ac-?3|ddp?[ ._]?[257][ ._][01]|dts(?:-hd)?|true-?hd|flac`,
    ].join('|') +
    String.raw`)(?![\p{L}\p{N}])`,
  'iu',
);

/** Where the technical part of a name begins (resolution, source, codec, …); null where there is none. */
export function technicalStart(text: string): number | null {
  const match = technical.exec(text);
  return match === null ? null : match.index;
}

/** Text of a release name as people write it: dots and underscores that stand for spaces become spaces. */
export function readableText(text: string): string {
  const spaced = text.replace(/_/g, ' ').trim();
  const dots = spaced.split('.').length - 1;
  const spaces = spaced.split(' ').length - 1;
  const plain = (dots > spaces ? spaced.replace(/\./g, ' ') : spaced).replace(/\s+/g, ' ');
  return trimSeparators(plain);
}

/** Without separators and opened brackets at the ends. Loops for the reason given in names.ts. */
function trimSeparators(text: string): string {
  let start = 0;
  let end = text.length;
  while (end > start && ' -–—.,:;~+=([{【|/\\'.includes(text.charAt(end - 1))) end -= 1;
  while (start < end && ' -–—.,:;~+=)]}】|/\\'.includes(text.charAt(start))) start += 1;
  return text.slice(start, end);
}

/**
 * A title reduced to what two spellings of it share: case, accents, punctuation and `&`/`and` make no difference.
 * Marks that are letters in their script (Hindi, Thai, kana) count.
 */
export function normalTitle(title: string): string {
  // Most titles are plain, and most of the time of placing once went into normalising them.
  if (/^[\x20-\x7E]*[A-Za-z0-9][\x20-\x7E]*$/.test(title)) {
    return title
      .replace(/&/g, ' and ')
      .replace(/[^A-Za-z0-9]+/g, '')
      .toLowerCase();
  }
  const plain = title
    .normalize('NFKD')
    .replace(/[\u0300-\u036F]/g, '')
    .toLowerCase()
    .replace(/&/g, ' and ');
  const letters = plain.replace(/[^\p{L}\p{N}\p{M}]+/gu, '').normalize('NFC');
  return letters === '' ? plain.replace(/\s+/g, '') : letters;
}

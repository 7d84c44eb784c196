/** What a name says about seasons. */

export interface FoundSeasons {
  /** Ascending; 0 stands for specials. Empty where it only says that there are several. */
  readonly seasons: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** Most seasons one name is believed to span: the longest-running shows have about sixty. */
const longestSpan = 60;

const words = 'season|saison|series|staffel|temporada|stagione|sezon|säsong|sæson|sesong|kausi|seizoen|сезон';
const notInWord = String.raw`(?<![\p{L}\p{N}])`;
const notGoingOn = String.raw`(?![\p{L}\p{N}])`;

const patterns: readonly RegExp[] = [
  // S01, S01-S08, S01-08, S01S02, S2016, S01D02
  new RegExp(
    String.raw`${notInWord}s(\d{1,2}|(?:19|20)\d\d)(?:[ ._]?[-~+&]?[ ._]?s(\d{1,2})|-(\d\d))?(?:d(?:vd|isc)?\d{1,2})?${notGoingOn}`,
    'iu',
  ),
  // Seasons 1 - 3
  new RegExp(
    String.raw`${notInWord}(?:${words})[sы][ ._:]{0,2}(\d{1,2}) ?(?:[-–~&+]|to) ?(\d{1,2})${notGoingOn}`,
    'iu',
  ),
  // Season 1, Season 1-3, Сезон: 1
  new RegExp(
    String.raw`${notInWord}(?:${words})[sы]?[ ._:#-]{0,3}(\d{1,2})(?:[-–~](\d{1,2}))?${notGoingOn}`,
    'iu',
  ),
  // Season 2016, as a name of its own: elsewhere it is a year (The Last Season 1995)
  new RegExp(String.raw`^(?:${words})[ ._-]?((?:19|20)\d\d)${notGoingOn}`, 'iu'),
  // 2nd Season, 2 сезон, 1ª Temporada
  new RegExp(
    String.raw`${notInWord}(\d{1,2})(?:st|nd|rd|th|\.|ª|º|°|e|ère|ème)?[ ._-]?(?:season|сезон|staffel|temporada|stagione|saison|sezon)${notGoingOn}`,
    'iu',
  ),
  /第 ?(\d{1,2}|[一二三四五六七八九十]{1,3}) ?[季期]/u,
  /(?:시즌|シーズン) ?(\d{1,2})/u,
];

const spelled = new RegExp(
  String.raw`${notInWord}(?:(?:${words})[ ._-]([a-z]{1,8})|([a-z]{5,7})[ ._-](?:season|series))${notGoingOn}`,
  'iu',
);
/** The numbers from one on, each by its words: cardinal, ordinal, Roman. */
export const spelledNumbers: readonly (readonly [string, string, string])[] = [
  ['one', 'first', 'i'],
  ['two', 'second', 'ii'],
  ['three', 'third', 'iii'],
  ['four', 'fourth', 'iv'],
  ['five', 'fifth', 'v'],
  ['six', 'sixth', 'vi'],
  ['seven', 'seventh', 'vii'],
  ['eight', 'eighth', 'viii'],
  ['nine', 'ninth', 'ix'],
  ['ten', 'tenth', 'x'],
];

/** The first mention of seasons in a name; null where there is none. */
export function findSeasons(text: string): FoundSeasons | null {
  const specials = /^(?:specials?|ovas?|oads?)$/iu.exec(text);
  if (specials !== null) return { seasons: [0], start: 0, end: text.length };
  let first: FoundSeasons | null = null;
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match === null || (first !== null && match.index >= first.start)) continue;
    const from = numberOf(match[1] ?? '');
    const to = Number(match[2] ?? match[3] ?? from);
    first = { seasons: span(from, to), start: match.index, end: match.index + match[0].length };
  }
  return first ?? spelledSeason(text);
}

/** A number in digits, or in Chinese numerals up to 99. */
function numberOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const [tens = '', ones = ''] = text.includes('十') ? text.split('十') : ['0', text];
  const digit = (numeral: string): number => '一二三四五六七八九'.indexOf(numeral) + 1;
  return (tens === '' ? 1 : digit(tens)) * 10 + (ones === '' ? 0 : digit(ones));
}

function spelledSeason(text: string): FoundSeasons | null {
  const match = spelled.exec(text);
  if (match === null) return null;
  const word = (match[1] ?? match[2] ?? '').toLowerCase();
  const index = spelledNumbers.findIndex((names) => names.includes(word));
  return index < 0 ? null : { seasons: [index + 1], start: match.index, end: match.index + match[0].length };
}

function span(from: number, to: number): readonly number[] {
  if (to < from || to - from > longestSpan) return [from];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

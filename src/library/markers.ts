/** Which episode a name says it is. */

/**
 * `strong`: written so that it means an episode and nothing else (`S01E02`, a date, `3 of 11`); `medium`: a counter that
 * means an episode where nothing speaks against it (`Ep 5`, a fansub's ` - 05`).
 */
export interface Marker {
  readonly strength: 'strong' | 'medium';
  /** Null where only the episode is told. */
  readonly season: number | null;
  /** Ascending; empty for a date. */
  readonly episodes: readonly number[];
  /** `YYYY-MM-DD` of a daily show. */
  readonly date: string | null;
  readonly start: number;
  readonly end: number;
}

/** Most episodes one file is believed to hold. */
const longestSpan = 50;

const season = String.raw`(?<![\p{L}\p{N}])s(\d{1,4})`;
const seasonEpisode = new RegExp(
  String.raw`${season}[ ._-]{0,3}x?[ ._]?(?:ep|episode|e)[ ._(]{0,3}(\d{1,5})(?!\d)`,
  'iu',
);
const crossed = /(?<![\p{L}\p{N}])(\d{1,2}|(?:19|20)\d\d)x(\d{2,3})(?![\p{L}\p{N}])/iu;
const crossedChain = /(?<![\p{L}\p{N}])(\d{1,2})x(\d{2,3})(?=[x_-]\d{2,3}(?!\d))/iu;
const spelled =
  /(?<![\p{L}\p{N}])(?:season|saison|staffel|temporada|stagione|seizoen|se|сезон)[ ._:]{0,2}(\d{1,2})[ ._,-]{0,3}(?:episode|épisode|episodio|capitulo|aflevering|folge|серия|ep|afl|e)[ ._:]{0,2}(\d{1,4})(?!\d)/iu;
const chapter = /\[cap\.? ?(\d{1,2})(\d\d)(?:[_-]\d{1,2}(\d\d))?\]/iu;
const ofMany = /(?<![\p{L}\p{N}])(\d{1,3})[ ._-]?of[ ._-]?(\d{1,3})(?![\p{L}\p{N}])/iu;
const counted = /第 ?(\d{1,4}) ?[話话集回]|(?<!\d)(\d{1,4}) ?[화회](?!\p{L})/u;
const dateForward = /(?<!\d)((?:19|20)\d\d)([ ._-])(\d\d)\2(\d\d)(?!\d)/;
const dateBackward = /(?<!\d)(\d\d)([ ._-])(\d\d)\2((?:19|20)\d\d)(?!\d)/;
const words =
  'episode|épisode|ep[ií]s[oó]di[oe]|cap[ií]tulo|puntata|folge|aflevering|avsnitt|afsnit|odc|odcinek|díl|серия|серії|выпуск|bölüm|rész';
const episodeWord = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?:${words}|eps?)[ ._#]{0,2}(\d{1,5})(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])e(\d{2,5})(?![\p{L}\p{N}])|#(\d{1,4})(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])(\d{1,4})[ .]{1,2}(?:${words})(?![\p{L}\p{N}])`,
  'iu',
);

/** The marker of a name; null where it has none that stands on its own. */
export function findMarker(text: string): Marker | null {
  return findStrong(text) ?? findEpisodeWord(text) ?? findHyphened(text);
}

function findStrong(text: string): Marker | null {
  const coded = seasonEpisode.exec(text) ?? spelled.exec(text);
  if (coded !== null) return chained(text, coded, Number(coded[1]), coded[2] ?? '', continuations.coded);
  const cross = crossedChain.exec(text) ?? crossed.exec(text);
  if (cross !== null) return chained(text, cross, Number(cross[1]), cross[2] ?? '', continuations.crossed);
  const cap = chapter.exec(text);
  if (cap !== null) {
    return strong(cap, Number(cap[1]), episodeSpan(Number(cap[2]), Number(cap[3] ?? cap[2])));
  }
  const date = findDate(text);
  if (date !== null) return date;
  const part = ofMany.exec(text);
  if (part !== null && Number(part[1]) <= Number(part[2]) && Number(part[2]) > 1) {
    return strong(part, null, [Number(part[1])]);
  }
  const count = counted.exec(text);
  return count === null ? null : strong(count, null, [Number(count[1] ?? count[2])]);
}

/** `Show 1-03 - Title`: season and episode, where a title stands on both sides. */
function findHyphened(text: string): Marker | null {
  const match = /(?<=\p{L}[ ._])([1-9]\d?)-(\d\d)(?=[ ._]-[ ._]\S*\p{L})/u.exec(text);
  if (match === null) return null;
  return { ...strong(match, Number(match[1]), [Number(match[2])]), strength: 'medium' };
}

function findEpisodeWord(text: string): Marker | null {
  const word = episodeWord.exec(text);
  if (word === null) return null;
  const digits = word[1] ?? word[2] ?? word[3] ?? word[4] ?? '';
  return { ...chained(text, word, null, digits, continuations.coded), strength: 'medium' };
}

/**
 * What may follow the first episode and name another one: `E03`, `-E03`, `.S01E03`; `x05`, `.2x05`; and for both a
 * glued number of the same width (`-07`), so that `S01E02 - 94 Minutes` and `E01.1.23.45` stay single.
 */
const continuations = {
  coded: /^(?:[ ._]?[-+&~][ ._]?|[ ._])?(?:s(\d{1,4})[ ._]?)?ep?(\d{1,5})(?!\d)/iu,
  crossed: /^(?:[ ._]?[-+&][ ._]?|[ ._])?(?:(\d{1,2})x|x)(\d{2,3})(?!\d)/iu,
} as const;
const glued = /^[-_](\d{1,5})(?=[ ._\-[\]()]|$)/;

/** The marker that begins with `first`, with all episodes that follow it. */
function chained(
  text: string,
  first: RegExpExecArray,
  season: number | null,
  firstDigits: string,
  continuation: RegExp,
): Marker {
  const numbers = [Number(firstDigits)];
  let width = firstDigits.length;
  let end = first.index + first[0].length;
  let isRange = false;
  for (;;) {
    const rest = text.slice(end);
    const prefixed = continuation.exec(rest);
    const next = prefixed ?? glued.exec(rest);
    if (next === null) break;
    const digits = (prefixed === null ? next[1] : next[2]) ?? '';
    const ownSeason = prefixed?.[1] ?? null;
    const fits =
      prefixed === null ? digits.length === width : ownSeason === null || Number(ownSeason) === season;
    const last = numbers.at(-1) ?? 0;
    const number = Number(digits);
    if (!fits || number <= last || number - last > longestSpan) break;
    isRange = /[-~]/.test(next[0]);
    numbers.push(number);
    width = digits.length;
    end += next[0].length;
  }
  const [from, to] = numbers;
  const isPair = isRange && numbers.length === 2 && from !== undefined && to !== undefined;
  const episodes = isPair ? episodeSpan(from, to) : numbers;
  return { strength: 'strong', season, episodes, date: null, start: first.index, end };
}

function findDate(text: string): Marker | null {
  const forward = dateForward.exec(text);
  const match = forward ?? dateBackward.exec(text);
  if (match === null) return null;
  const [year, month, day] =
    forward === null ? [match[4], match[3], match[1]] : [match[1], match[3], match[4]];
  const isDate = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31;
  if (!isDate) return null;
  return { ...strong(match, null, []), date: `${year ?? ''}-${month ?? ''}-${day ?? ''}` };
}

function strong(match: RegExpExecArray, season: number | null, episodes: readonly number[]): Marker {
  const end = match.index + match[0].length;
  return { strength: 'strong', season, episodes, date: null, start: match.index, end };
}

/** All episodes from one to another; just the first where the other is no plausible end. */
export function episodeSpan(from: number, to: number): readonly number[] {
  if (to < from || to - from > longestSpan) return [from];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

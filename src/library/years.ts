/** The year of a title in a release name. */

/**
 * Years that a release can be of: from the first films on. Later ones than this are titles (`Blade Runner 2049`); there
 * is no clock here, so the end is far enough off to hold for years.
 */
const firstYear = 1888;
const lastYear = 2039;

export interface FoundYear {
  /** Null where the text tells a span of years, which ends a title but is no year. */
  readonly year: number | null;
  readonly start: number;
  readonly end: number;
}

const span = /(?<!\d)[([]?(\d{4}) ?[-–~] ?(\d{4})(?!\d)/;
const inParentheses = /[([](\d{4})[)\]]/g;
/** `2024-02` and `2024.02.` are months. */
const bare = /(?<![\p{L}\p{N}])(\d{4})(?![\p{L}\p{N}]|[-.](?:0[1-9]|1[0-2])(?![\p{L}\p{N}]))/gu;

/**
 * The year that belongs to the title before `limit`, where markers or technical words begin. One in parentheses comes
 * before a bare one, the last of several bare ones before the others (`1984.2020`), and no title begins with its year.
 */
export function findYear(text: string, limit: number): FoundYear | null {
  const head = text.slice(0, limit);
  const found = span.exec(head);
  const spanFound = found !== null && isYear(Number(found[1])) && isYear(Number(found[2])) ? found : null;
  const before = spanFound === null ? head : head.slice(0, spanFound.index);
  const enclosed = yearsIn(before, inParentheses)[0];
  if (enclosed !== undefined) return enclosed;
  if (spanFound !== null) {
    return { year: null, start: spanFound.index, end: spanFound.index + spanFound[0].length };
  }
  return yearsIn(before, bare).at(-1) ?? null;
}

function yearsIn(text: string, pattern: RegExp): readonly FoundYear[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    year: Number(match[1]),
    start: match.index,
    end: match.index + match[0].length,
  })).filter(({ year, start }) => isYear(year) && /[\p{L}\p{N}]/u.test(text.slice(0, start)));
}

/** Whether a number may be the year of a release. */
export function isYear(number: number): boolean {
  return number >= firstYear && number <= lastYear;
}

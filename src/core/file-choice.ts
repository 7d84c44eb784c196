import type { FileChoice } from './adding.js';
import { AppError } from './errors.js';

/** More files than any torrent has that a service takes; a longer list of numbers is a mistake. */
const maxNumbers = 10_000;
/** Longer than any path of a torrent. */
const maxPattern = 1_000;

/** Reads what `--files` says: `all`, numbers such as `1,3,5-7`, or a pattern. @throws {AppError} `config`. */
export function parseFileChoice(text: string): FileChoice {
  const words = text.trim();
  if (words.toLowerCase() === 'all') return { kind: 'all' };
  if (words === '' || words.length > maxPattern)
    throw new AppError(
      'config',
      '--files takes "all", numbers such as 1,3,5-7, or a pattern such as "*.mkv".',
    );
  if (!/^[\d,\s-]+$/.test(words)) return { kind: 'pattern', pattern: words };
  const numbers = words.split(',').flatMap((part) => {
    const [, from, to] = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    if (!(first >= 1) || last < first || last - first >= maxNumbers)
      throw new AppError(
        'config',
        `--files: "${part.trim()}" is no number of a file, nor a range such as 5-7.`,
      );
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  if (numbers.length > maxNumbers) throw new AppError('config', '--files names too many files.');
  return { kind: 'numbers', numbers: [...new Set(numbers)].sort((a, b) => a - b) };
}

/** Whether a pattern with `*` and `?` fits a path or its base name, capitals aside. Takes time by the product of both lengths at most. */
export function fitsPattern(pattern: string, path: string): boolean {
  const base = path.slice(path.lastIndexOf('/') + 1);
  return fits(pattern.toLowerCase(), path.toLowerCase()) || fits(pattern.toLowerCase(), base.toLowerCase());
}

/** The usual greedy match: after a failure it goes back to the last star only, so that no pattern takes for ever. */
function fits(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starAt = 0;
  let place = 0;
  while (at < text.length) {
    const mark = pattern[place];
    if (mark === '*') {
      star = place;
      starAt = at;
      place += 1;
    } else if (mark === '?' || mark === text[at]) {
      place += 1;
      at += 1;
    } else if (star >= 0) {
      place = star + 1;
      starAt += 1;
      at = starAt;
    } else {
      return false;
    }
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}

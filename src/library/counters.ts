/** Bare numbers in a name, each of which may count episodes. */
import { technicalStart } from './release-text.js';
import { spelledNumbers } from './seasons.js';
import { isYear } from './years.js';

export interface Counter {
  readonly value: number;
  /** Last number of a glued range (`01-02`); equals `value` for a single one. */
  readonly last: number;
  /** True for `24.5`: a recap between two episodes. */
  readonly half: boolean;
  /** Digits as written, leading zeros included. */
  readonly width: number;
  readonly start: number;
  readonly end: number;
  /**
   * Where it stands: `dash`: after ` - ` and before an end or a bracket; `bracket`: alone in brackets; `lead`: first
   * of all; `tail`: last before the technical words or brackets; `inner`: elsewhere.
   */
  readonly position: 'dash' | 'bracket' | 'lead' | 'tail' | 'inner';
}

const number = /(?<![\p{L}\p{N}])(\d{1,4})(?:(\.5)(?!\d)|-(\d{2,4})(?!\d))?(?:v\d)?(?![\p{L}\p{N}])/gu;

const spelled = spelledNumbers.map(([cardinal]) => cardinal);
const spelledNumber = new RegExp(
  String.raw`(?<![\p{L}\p{N}])(?<=(?:part|chapter|episode)[ ._-])(${spelled.join('|')})(?![\p{L}\p{N}])`,
  'giu',
);

/** The counters of a name up to its technical words, in order. Years are none. */
export function findCounters(text: string): readonly Counter[] {
  const head = text.slice(0, technicalStart(text) ?? text.length);
  const words = Array.from(head.matchAll(spelledNumber), (match): Counter => {
    const start = match.index;
    const value = spelled.indexOf(match[0].toLowerCase()) + 1;
    return {
      value,
      last: value,
      half: false,
      width: 1,
      start,
      end: start + match[0].length,
      position: 'inner',
    };
  });
  const figures = Array.from(head.matchAll(number), (match): Counter => {
    const digits = match[1] ?? '';
    const second = match[3];
    const value = Number(digits);
    const last = second?.length === digits.length && Number(second) > value ? Number(second) : value;
    const start = match.index;
    const end = start + match[0].length;
    return {
      value,
      last,
      half: match[2] !== undefined,
      width: digits.length,
      start,
      end,
      position: positionOf(head.slice(0, start), head.slice(end)),
    };
  }).filter(({ value, width }) => width < 4 || !isYear(value));
  return [...figures, ...words].sort((a, b) => a.start - b.start);
}

function positionOf(before: string, after: string): Counter['position'] {
  if (/[[【(]$/u.test(before) && /^[\]】)]/u.test(after)) return before.endsWith('(') ? 'inner' : 'bracket';
  if (!/[\p{L}\p{N}]/u.test(before)) return 'lead';
  const atEnd = /^[ ._-]{0,3}(?:(?:end|fin)[ ._-]{0,3})?(?:[[(【]|$)/iu.test(after);
  if (/[ _][-–][ _]$/u.test(before) && (atEnd || /^[ _][-–][ _]/u.test(after))) return 'dash';
  return atEnd ? 'tail' : 'inner';
}

const preference: readonly Counter['position'][] = ['dash', 'bracket', 'lead', 'tail'];

/** The counter most likely to be the episode's in a name of which it is known that it has one. */
export function likeliestCounter(counters: readonly Counter[]): Counter | null {
  for (const position of preference) {
    const found = counters.find((counter) => counter.position === position);
    if (found !== undefined) return found;
  }
  return null;
}

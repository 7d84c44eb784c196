import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAbsence, type Absence } from '../../src/sync/absence.js';

const confirmAfterMs = 60_000;

interface Listing {
  readonly atMs: number;
  /** The first so many of all items are lacked. */
  readonly lost: number;
}

/** Listings of one library, one after the other. @returns what the last one did. */
function judge(
  count: number,
  ...listings: readonly Listing[]
): { removed: number; kept: number; held: boolean } {
  let known = Array.from({ length: count }, (_, index) => ({ row: index, id: String(index) }));
  let absences: ReadonlyMap<number, Absence> = new Map();
  let outcome = { removed: 0, kept: 0, held: false };
  for (const { atMs, lost } of listings) {
    const present = new Set(Array.from({ length: count - lost }, (_, index) => String(index + lost)));
    const judgement = judgeAbsence(known, present, absences, atMs, confirmAfterMs);
    ({ absences } = judgement);
    outcome = { removed: judgement.remove.length, kept: absences.size, held: judgement.held !== null };
    known = known.filter((item) => !judgement.remove.includes(item));
  }
  return outcome;
}

describe('what a complete listing lacks', () => {
  const first = (lost: number): Listing => ({ atMs: 0, lost });
  const soon = (lost: number): Listing => ({ atMs: 1_000, lost });
  const late = (lost: number): Listing => ({ atMs: confirmAfterMs, lost });
  it.each<[string, number, Listing[], ReturnType<typeof judge>]>([
    ['one of a hundred, for the first time', 100, [first(1)], { removed: 0, kept: 1, held: false }],
    ['one of a hundred, and again', 100, [first(1), soon(1)], { removed: 1, kept: 0, held: false }],
    [
      'three of four, which is not more than three',
      4,
      [first(3), soon(3)],
      { removed: 3, kept: 0, held: false },
    ],
    [
      'twenty of a hundred, which is a fifth',
      100,
      [first(20), soon(20)],
      { removed: 20, kept: 0, held: false },
    ],
    [
      'twenty-one of a hundred, too soon after',
      100,
      [first(21), soon(21)],
      { removed: 0, kept: 21, held: true },
    ],
    [
      'twenty-one of a hundred, late enough',
      100,
      [first(21), late(21)],
      { removed: 21, kept: 0, held: false },
    ],
    ['everything, for the first time', 2, [first(2)], { removed: 0, kept: 2, held: true }],
    ['everything, too soon after', 2, [first(2), soon(2)], { removed: 0, kept: 2, held: true }],
    ['everything, late enough', 2, [first(2), late(2)], { removed: 2, kept: 0, held: false }],
    ['half, soon after a fifth of it', 100, [first(10), soon(50)], { removed: 0, kept: 50, held: true }],
    ['a fifth, soon after half', 100, [first(50), soon(20)], { removed: 0, kept: 20, held: true }],
    ['a fifth, late after half', 100, [first(50), late(20)], { removed: 20, kept: 0, held: false }],
    [
      'everything, late after nine tenths: two such listings do not agree',
      100,
      [first(90), late(100)],
      { removed: 0, kept: 100, held: true },
    ],
    [
      'everything, late after nine tenths, and again',
      100,
      [first(90), late(100), { atMs: 2 * confirmAfterMs, lost: 100 }],
      { removed: 100, kept: 0, held: false },
    ],
    [
      'everything, late after one of a hundred',
      100,
      [first(1), late(100)],
      { removed: 0, kept: 100, held: true },
    ],
    [
      'half, and late the same and one more',
      100,
      [first(50), late(51)],
      { removed: 50, kept: 1, held: true },
    ],
    ['four of twenty, which is a fifth', 20, [first(4), soon(4)], { removed: 4, kept: 0, held: false }],
    ['four of nineteen', 19, [first(4), soon(4)], { removed: 0, kept: 4, held: true }],
    ['what was back in between', 100, [first(1), soon(0), late(1)], { removed: 0, kept: 1, held: false }],
    ['nothing', 5, [first(0)], { removed: 0, kept: 0, held: false }],
    ['nothing of an empty library', 0, [first(0)], { removed: 0, kept: 0, held: false }],
  ])('is %s', (_, count, listings, expected) => {
    expect(judge(count, ...listings)).toEqual(expected);
  });

  it('never goes when it is present, nor when it is lacked for the first time', () => {
    const item = fc.record({
      present: fc.boolean(),
      before: fc.option(fc.record({ sinceMs: fc.nat(), doubted: fc.boolean() })),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.nat(), (items, nowMs) => {
        const known = items.map((_, row) => ({ row, id: String(row) }));
        const present = new Set(known.filter(({ row }) => items[row]?.present === true).map(({ id }) => id));
        const before = new Map(
          items.flatMap((one, row) => (one.before === null ? [] : [[row, one.before] as const])),
        );
        const { remove, absences } = judgeAbsence(known, present, before, nowMs, confirmAfterMs);
        expect(remove.some((one) => present.has(one.id) || !before.has(one.row))).toBe(false);
        expect(remove.length + absences.size).toBe(known.length - present.size);
      }),
    );
  });
});

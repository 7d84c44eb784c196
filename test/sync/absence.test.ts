import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownItem } from '../../src/store/items.js';
import { judgeAbsence } from '../../src/sync/absence.js';

const nowMs = 1_000_000;
const confirmAfterMs = 60_000;

function known(count: number, missingSinceMs: (index: number) => number | null = () => null): KnownItem[] {
  return Array.from({ length: count }, (_, index) => ({
    row: index,
    id: String(index),
    torrent: String(index),
    name: '',
    addedMs: 0,
    state: 'ready',
    reason: null,
    revision: '1',
    filesRevision: '1',
    missingSinceMs: missingSinceMs(index),
  }));
}

/** Judges a listing that lacks the first `lost` of `count` items. */
function judge(
  count: number,
  lost: number,
  sinceMs: number | null,
): { removed: number; marked: number; held: boolean } {
  const items = known(count, (index) => (index < lost ? sinceMs : null));
  const present = new Set(items.slice(lost).map((item) => item.id));
  const { remove, mark, held } = judgeAbsence(items, present, nowMs, confirmAfterMs);
  return { removed: remove.length, marked: mark.length, held: held !== null };
}

describe('what a complete listing lacks', () => {
  const recently = nowMs - 1;
  const longAgo = nowMs - confirmAfterMs;
  it.each([
    ['one of a hundred, for the first time', 100, 1, null, { removed: 0, marked: 1, held: false }],
    ['one of a hundred, and so did the one before', 100, 1, recently, { removed: 1, marked: 0, held: false }],
    ['three of four is not more than three', 4, 3, recently, { removed: 3, marked: 0, held: false }],
    [
      'twenty of a hundred is not more than a fifth',
      100,
      20,
      recently,
      { removed: 20, marked: 0, held: false },
    ],
    ['twenty-one of a hundred, too soon after', 100, 21, recently, { removed: 0, marked: 0, held: true }],
    ['twenty-one of a hundred, late enough', 100, 21, longAgo, { removed: 21, marked: 0, held: false }],
    ['everything, for the first time', 2, 2, null, { removed: 0, marked: 2, held: true }],
    ['everything, too soon after', 2, 2, recently, { removed: 0, marked: 0, held: true }],
    ['everything, late enough', 2, 2, longAgo, { removed: 2, marked: 0, held: false }],
    ['nothing', 5, 0, null, { removed: 0, marked: 0, held: false }],
    ['an empty list of an empty library', 0, 0, null, { removed: 0, marked: 0, held: false }],
  ])('lacks %s', (_, count, lost, sinceMs, expected) => {
    expect(judge(count, lost, sinceMs)).toEqual(expected);
  });

  it('never removes what is present, nor what is lacked for the first time', () => {
    const item = fc.record({ present: fc.boolean(), since: fc.option(fc.integer({ min: 0, max: nowMs })) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (items) => {
        const all = known(items.length, (index) => items[index]?.since ?? null);
        const present = new Set(
          all.filter((_, index) => items[index]?.present === true).map((one) => one.id),
        );
        const { remove, mark } = judgeAbsence(all, present, nowMs, confirmAfterMs);
        expect(remove.some((one) => present.has(one.id) || one.missingSinceMs === null)).toBe(false);
        expect(mark.some((one) => present.has(one.id) || one.missingSinceMs !== null)).toBe(false);
      }),
    );
  });
});

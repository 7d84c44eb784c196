import { expect, it } from 'vitest';
import { Costly } from '../../src/core/costly.js';

it('a library of 100,000 files that changes all the time is not counted all the time', () => {
  let nowMs = 0;
  let made = 0;
  const count = new Costly(
    () => {
      nowMs += 100;
      made += 1;
      return made;
    },
    { leastMs: 0, mostMs: 10_000 },
    () => nowMs,
  );
  expect(count.get()).toBe(1);
  nowMs += 3_600_000;
  // Nothing has changed.
  expect(count.get()).toBe(1);
  count.changed();
  expect(count.get()).toBe(2);
  for (let second = 0; second < 100; second += 1) {
    nowMs += 1_000;
    count.changed();
    count.get();
  }
  expect(made).toBeLessThan(13);
  nowMs += 10_000;
  expect(count.get()).toBe(made);
});

it('what costs nothing to count is counted at once', () => {
  let made = 0;
  const count = new Costly(
    () => (made += 1),
    { leastMs: 0, mostMs: 10_000 },
    () => 0,
  );
  count.get();
  count.changed();
  expect(count.get()).toBe(2);
});

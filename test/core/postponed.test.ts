import { expect, it } from 'vitest';
import { Postponed } from '../../src/core/postponed.js';
import { FakeClock } from '../support/fake-clock.js';

it('what cannot be had is left alone for longer each time, and no longer than the longest pause', () => {
  const clock = new FakeClock();
  const postponed = new Postponed<string>(clock, { base: 1_000, max: 4_000 });
  expect(postponed.isDue('a')).toBe(true);
  expect(postponed.nextMs).toBe(Infinity);
  const pauses = Array.from({ length: 6 }, () => {
    const pauseMs = postponed.postpone('a');
    expect(postponed.isDue('a')).toBe(false);
    expect(postponed.nextMs).toBe(pauseMs);
    clock.skip(pauseMs);
    expect(postponed.isDue('a')).toBe(true);
    return pauseMs;
  });
  // With a jitter of a fifth.
  for (const [at, pauseMs] of pauses.entries()) {
    const plain = Math.min(4_000, 1_000 * 2 ** at);
    expect(pauseMs).toBeGreaterThanOrEqual(0.8 * plain);
    expect(pauseMs).toBeLessThanOrEqual(1.2 * plain);
  }
});

it('what is wanted no more is not remembered', () => {
  const postponed = new Postponed<string>(new FakeClock(), { base: 1_000, max: 4_000 });
  for (const key of ['a', 'b', 'c']) postponed.postpone(key);
  postponed.keep((key) => key === 'b');
  postponed.delete('none');
  expect(postponed.size).toBe(1);
  expect(postponed.isDue('a')).toBe(true);
  expect(postponed.isDue('b')).toBe(false);
});

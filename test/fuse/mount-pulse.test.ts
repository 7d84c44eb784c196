import { describe, expect, it } from 'vitest';
import { untilSilent } from '../../src/fuse/mount-pulse.js';
import { FakeClock } from '../support/fake-clock.js';

const settings = { everyMs: 30_000, lookMs: 10_000, misses: 3 };

/** Whether a mount was given up within ten minutes, by what answers at each look. */
async function isGivenUp(answers: (path: string, look: number) => boolean): Promise<boolean> {
  const clock = new FakeClock();
  const enough = new AbortController();
  let looks = 0;
  const watched = untilSilent('/mnt', clock, enough.signal, settings, (path) => {
    if (path === '/mnt') looks += 1;
    return Promise.resolve(answers(path, looks));
  });
  await clock.advance(600_000);
  enough.abort();
  return watched;
}

describe('a mount', () => {
  it('that answers no more is given up', async () => {
    expect(await isGivenUp((path, look) => path !== '/mnt' || look < 5)).toBe(true);
  });

  it('that answers every third time is not', async () => {
    expect(await isGivenUp((path, look) => path !== '/mnt' || look % 3 === 0)).toBe(false);
  });

  it('of a machine that is short of everything is not', async () => {
    expect(await isGivenUp(() => false)).toBe(false);
  });
});

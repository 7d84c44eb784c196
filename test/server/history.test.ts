import { expect, it } from 'vitest';
import { History } from '../../src/server/history.js';
import { FakeClock } from '../support/fake-clock.js';
import { emptyStatus } from './fake-surface.js';

it('keeps the last hour, a sample every ten seconds, and the last rounds', async () => {
  const clock = new FakeClock();
  let hitBytes = 0;
  const history = new History(() => ({
    ...emptyStatus,
    cache: { ...emptyStatus.cache, hitBytes: (hitBytes += 5), missBytes: 7, receivedBytes: 9 },
  }));
  const end = history.start(clock);
  await clock.advance(10_000);
  expect(history.report().samples).toMatchObject([
    { givenBytes: 12, hitBytes: 5, receivedBytes: 9 },
    { givenBytes: 17, hitBytes: 10 },
  ]);
  await clock.advance(2 * 3_600_000);
  const { samples } = history.report();
  expect(samples).toHaveLength(360);
  expect((samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)).toBe(3_590_000);
  const round = {
    account: 'rd',
    complete: true,
    added: 1,
    removed: 0,
    held: 0,
    accepted: false,
    failure: null,
  };
  for (let endedMs = 0; endedMs < 60; endedMs += 1) history.synced({ ...round, endedMs });
  const { syncs } = history.report();
  expect(syncs).toHaveLength(50);
  expect(syncs[0]?.endedMs).toBe(59);
  end();
  await clock.advance(60_000);
  expect(clock.sleeping).toBe(0);
});

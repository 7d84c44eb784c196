import { expect, it } from 'vitest';
import type { Purpose } from '../../src/core/reading.js';
import { maxPerAccount, StreamSlots, type SlotHolder } from '../../src/read/stream-slots.js';
import { settle } from '../support/fake-clock.js';

const holder = (purpose: Purpose): SlotHolder => ({
  purpose,
  idle: false,
  usedMs: 0,
  close: () => undefined,
});

it('a player gets the next free connection, though a scanner has waited longer', async () => {
  const slots = new StreamSlots(1000);
  const { signal } = new AbortController();
  const busy = Array.from({ length: maxPerAccount }, () => holder('probe'));
  for (const one of busy) await slots.acquire('rd', one, signal);

  const served: string[] = [];
  for (const [name, purpose] of [
    ['scanner', 'scan'],
    ['player', 'play'],
    ['other player', 'play'],
  ] as const)
    void slots.acquire('rd', holder(purpose), signal).then(() => served.push(name));
  for (const one of busy.slice(0, 6)) {
    slots.release(one);
    await settle();
  }
  expect(served).toEqual(['player', 'other player', 'scanner']);
});

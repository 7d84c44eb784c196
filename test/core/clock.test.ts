import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';

it('a wait that is over before it begins warns nobody', async () => {
  const warnings: string[] = [];
  const listener = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', listener);
  try {
    await systemClock.sleep(-0.5);
    // Warnings are told a turn later.
    await setImmediate();
  } finally {
    process.off('warning', listener);
  }
  expect(warnings).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import { Closers } from '../src/closers.js';
import { silentLogger } from '../src/core/logger.js';
import { FakeClock } from './support/fake-clock.js';

describe('the end of a process', () => {
  it('ends the newest part first, and the others also when one fails', async () => {
    const closers = new Closers(new FakeClock(), silentLogger);
    const ended: string[] = [];
    closers.add(() => void ended.push('first'));
    closers.add(() => Promise.reject(new Error('It cannot.')));
    closers.add(() => void ended.push('last'));
    expect(await closers.closeAll()).toBe(false);
    expect(ended).toEqual(['last', 'first']);
  });

  it('ends what is still being started when another part could not be', async () => {
    const closers = new Closers(new FakeClock(), silentLogger);
    const ended: string[] = [];
    closers.add(() => {
      closers.add(() => void ended.push('started meanwhile'));
    });
    await closers.closeAll();
    expect(ended).toEqual(['started meanwhile']);
    closers.add(() => void ended.push('started late'));
    closers.add(() => Promise.reject(new Error('It cannot.')));
    expect(await closers.closeAll()).toBe(false);
    expect(ended).toEqual(['started meanwhile', 'started late']);
  });

  it('is waited for by everybody who asks for it, with what was started meanwhile', async () => {
    const closers = new Closers(new FakeClock(), silentLogger);
    const ended: string[] = [];
    let unmounted: () => void = () => undefined;
    closers.add(() => void ended.push('first'));
    closers.add(async () => {
      await new Promise<void>((resolve) => (unmounted = resolve));
      ended.push('unmounted');
    });
    const byTheSignal = closers.closeAll();
    closers.add(async () => {
      await new Promise(setImmediate);
      ended.push('started meanwhile');
    });
    const byTheStart = closers.closeAll().then((isWell) => {
      expect(ended).toEqual(['unmounted', 'started meanwhile', 'first']);
      return isWell;
    });
    unmounted();
    expect(await Promise.all([byTheSignal, byTheStart])).toEqual([true, true]);
  });

  it('does not wait for ever for a part that never ends', async () => {
    const clock = new FakeClock();
    const closers = new Closers(clock, silentLogger);
    closers.add(() => new Promise(() => undefined));
    const ending = closers.closeAll();
    await clock.advance(9_000);
    expect(await ending).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { runUntilSignal } from '../../src/cli/run-until-signal.js';
import type { Clock } from '../../src/core/clock.js';

describe('a process that does not stop', () => {
  it('is ended by force when its time is up', async () => {
    const waits: number[] = [];
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      after: () => () => undefined,
    };
    let interrupt: () => void = () => undefined;
    let written = '';
    const code = await runUntilSignal(
      {
        clock,
        signals: { on: (signal, listener) => signal === 'SIGINT' && (interrupt = listener) },
        stderr: { write: (text) => (written += text) },
      },
      () =>
        Promise.resolve({
          stop: () => new Promise<void>(() => undefined),
          stopped: new Promise<number>(() => undefined),
        }),
      () => interrupt(),
    );
    expect(code).toBe(1);
    expect(waits[0]).toBeLessThan(10_000);
    expect(written).toContain('ended by force');
  });
});

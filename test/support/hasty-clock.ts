import { systemClock, type Clock } from '../../src/core/clock.js';

/** A clock that runs `speed` times as fast as the machine's, so that pauses and patience cost a test little. */
export function hastyClock(speed: number): Clock {
  const startMs = systemClock.now();
  const begunMs = systemClock.monotonic();
  const elapsedMs = (): number => (systemClock.monotonic() - begunMs) * speed;
  return {
    now: () => Math.floor(startMs + elapsedMs()),
    monotonic: elapsedMs,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
    after: (ms, call) => systemClock.after(ms / speed, call),
  };
}

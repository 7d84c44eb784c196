import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from './errors.js';

/** Time, injected so that tests own it. */
export interface Clock {
  /** Wall time, milliseconds since 1970 UTC. */
  now(): number;
  /** Monotonic time in milliseconds from an arbitrary start. Use it for every duration. */
  monotonic(): number;
  /**
   * Waits `ms` milliseconds, and no time where that is negative.
   * @throws {AppError} `aborted` when the signal fires first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. Its sleeps keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      // Node 24 warns the user of a negative time.
      await delay(Math.max(0, ms), undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      throw new AppError('aborted', 'The wait was given up by its caller.', { cause });
    }
  },
};

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
  /** Calls something after so many milliseconds, unless the function that it returns was called before. */
  after(ms: number, call: () => void): () => void;
}

/** A clock's sleep, made of its `after`. */
export function sleepBy(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      cancel();
      reject(new AppError('aborted', 'The wait was given up by its caller.'));
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    if (signal?.aborted === true) leave();
    else signal?.addEventListener('abort', leave, { once: true });
  });
}

/** The machine's clock. Its sleeps keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepBy(systemClock, ms, signal),
  after: (ms, call) => {
    // Node 24 warns the user of a negative time.
    const timer = setTimeout(call, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

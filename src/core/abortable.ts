import type { Clock } from './clock.js';
import { AppError } from './errors.js';

/**
 * A promise's outcome, or an end to the wait for it: what it stands for goes on, and may still fail unheard.
 * @throws {AppError} `aborted` when the signal fires first.
 */
export async function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  promise.catch(() => undefined);
  const givenUp = (): AppError => new AppError('aborted', 'The wait was given up by its caller.');
  if (signal.aborted) throw givenUp();
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(givenUp());
  });
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** A promise's outcome, or `late()` when that takes longer than `limitMs` milliseconds: what it stands for goes on. */
export async function atMost<Value>(
  clock: Clock,
  limitMs: number,
  promise: Promise<Value>,
  late: () => AppError,
): Promise<Value> {
  const done = new AbortController();
  const limit = clock.sleep(limitMs, done.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    done.abort();
  }
}

import type { Clock } from './clock.js';
import { AppError } from './errors.js';

/** A promise that is rejected when a signal fires, until `stop` is called. */
export interface GivingUp {
  /** Never fulfilled. @throws {AppError} `aborted`. */
  readonly givenUp: Promise<never>;
  readonly stop: () => void;
}

/** Listens to a signal, once for all that is waited for meanwhile. */
export function givingUp(signal: AbortSignal): GivingUp {
  let leave = (): void => undefined;
  const givenUp = new Promise<never>((_, reject) => {
    leave = () => reject(new AppError('aborted', 'The wait was given up by its caller.'));
  });
  givenUp.catch(() => undefined);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return { givenUp, stop: () => signal.removeEventListener('abort', leave) };
}

/**
 * A promise's outcome, or an end to the wait for it: what it stands for goes on, and may still fail unheard.
 * @throws {AppError} `aborted` when the signal fires first.
 */
export async function abortable<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { givenUp, stop } = givingUp(signal);
  try {
    return await Promise.race([givenUp, promise]);
  } finally {
    stop();
  }
}

/** A promise's outcome, or `late()` when that takes longer than `limitMs` milliseconds: what it stands for goes on. */
export function atMost<Value>(
  clock: Clock,
  limitMs: number,
  promise: Promise<Value>,
  late: () => AppError,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(late()));
    void promise.then(resolve, reject).finally(cancel);
  });
}

import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';

/**
 * Makes a call that adds something to an account. An abort does not break it off at once, because nobody could remove then what was
 * added unseen: the answer is waited for so much longer.
 * @param call is given the signal to go by.
 */
export async function seeThrough<Answer>(
  clock: Clock,
  graceMs: number,
  signal: AbortSignal,
  call: (late: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  if (signal.aborted)
    throw new AppError('aborted', 'It was given up by its caller before anything was added.');
  const late = new AbortController();
  let cancel = (): void => undefined;
  const leave = (): void => void (cancel = clock.after(graceMs, () => late.abort()));
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await call(late.signal);
  } finally {
    signal.removeEventListener('abort', leave);
    cancel();
  }
}

/** Asks a service again and again until the user has done something elsewhere. */
import type { Clock } from '../core/clock.js';
import { AppError, type ErrorCode } from '../core/errors.js';
import type { LoginScreen } from '../core/login.js';

export interface LoginPoll<Value> {
  readonly clock: Clock;
  readonly screen: LoginScreen;
  readonly signal: AbortSignal;
  /** Between two questions; the first comes after one, too. */
  readonly intervalMs: number;
  readonly lifetimeMs: number;
  /** What is said when nothing was done in time. */
  readonly late: string;
  /** `pending`: not yet. `slower`: not yet, and it was asked too often. */
  readonly ask: (signal: AbortSignal) => Promise<Value | 'pending' | 'slower'>;
}

/** RFC 8628, 3.5: who is told to slow down adds five seconds, for good. */
const slowerByMs = 5_000;
/** A service that wants to be asked once a minute at most is waited for; the code would end before much more. */
const maxIntervalMs = 60_000;

/** What passes by itself: the user may approve meanwhile. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'network',
  'timeout',
  'service-down',
  'rate-limited',
  'bad-answer',
  'address-refused',
]);

/**
 * What `ask` finds once it is neither `pending` nor `slower`.
 * @throws {AppError} `timeout` after `lifetimeMs`, `aborted`, and what `ask` throws that does not pass by itself.
 */
export async function pollLogin<Value>(poll: LoginPoll<Value>): Promise<Value> {
  const { clock, screen, signal, ask } = poll;
  const endMs = clock.monotonic() + poll.lifetimeMs;
  let intervalMs = poll.intervalMs;
  let waitMs = intervalMs;
  for (;;) {
    const leftMs = endMs - clock.monotonic();
    if (leftMs <= 0) throw new AppError('timeout', poll.late);
    await clock.sleep(Math.min(waitMs, leftMs), signal);
    const slower = (): void => void (intervalMs = Math.min(intervalMs + slowerByMs, maxIntervalMs));
    try {
      const found = await ask(signal);
      screen.trouble(null);
      if (found === 'slower') slower();
      else if (found !== 'pending') return found;
      waitMs = intervalMs;
    } catch (thrown) {
      if (!passes(thrown)) throw thrown;
      if (thrown.code === 'rate-limited') slower();
      screen.trouble(thrown.message);
      waitMs = Math.max(intervalMs, thrown.retryAfterMs ?? 0);
    }
  }
}

/** Whether trouble passes by itself. */
export function passes(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && passing.has(thrown.code);
}

import type { Clock } from '../core/clock.js';
import { runLimited } from './run-limited.js';

/** How a mount is watched. */
export interface PulseSettings {
  /** How often it is looked, and how long one look may take, in milliseconds. */
  readonly everyMs: number;
  readonly lookMs: number;
  /** So many looks in a row without an answer, and it is dead. */
  readonly misses: number;
}

/**
 * Within two minutes, and three looks so that a machine that is short of everything for a while is not taken for a dead mount. A look
 * costs about a millisecond of the processor's time.
 */
const usual: PulseSettings = { everyMs: 30_000, lookMs: 10_000, misses: 3 };

/**
 * Resolves when a mount that is served by this process does not answer, although its event loop goes on: a request of the kernel was
 * lost, or nobody takes them any more. Never rejects; ends when the signal fires.
 *
 * Another process looks, because one that waits for its own mount cannot be ended. `statfs` is what it asks, because the kernel never
 * answers that from its cache.
 * @returns whether it is silent; false: the signal fired.
 */
export async function untilSilent(
  mountpoint: string,
  clock: Clock,
  signal: AbortSignal,
  { everyMs, lookMs, misses }: PulseSettings = usual,
): Promise<boolean> {
  for (let missed = 0; missed < misses;) {
    try {
      await clock.sleep(everyMs, signal);
    } catch {
      return false;
    }
    // An error is an answer, and where there is no such command nothing can be said.
    const { kind } = await runLimited('stat', ['-f', mountpoint], lookMs);
    missed = kind === 'late' ? missed + 1 : 0;
  }
  return !signal.aborted;
}

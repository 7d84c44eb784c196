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

/** Whether a path's file system answers within so many milliseconds. */
type Look = (path: string, limitMs: number) => Promise<boolean>;

/**
 * Resolves when a mount that is served by this process does not answer, although its event loop goes on: a request of the kernel was
 * lost, or nobody takes them any more. Never rejects; ends when the signal fires.
 * @returns whether it is silent; false: the signal fired.
 */
export async function untilSilent(
  mountpoint: string,
  clock: Clock,
  signal: AbortSignal,
  { everyMs, lookMs, misses }: PulseSettings = usual,
  answers: Look = answersToAnother,
): Promise<boolean> {
  for (let missed = 0; missed < misses;) {
    try {
      await clock.sleep(everyMs, signal);
    } catch {
      return false;
    }
    // Where not even this is answered, it is not the mount that keeps the answer waiting.
    const isSilent = !(await answers(mountpoint, lookMs)) && (await answers('/proc', lookMs));
    missed = isSilent ? missed + 1 : 0;
  }
  return !signal.aborted;
}

/**
 * Has another process look, because one that waits for its own mount cannot be ended. `statfs` is what it asks, because the kernel never
 * answers that from its cache. An error is an answer, and where there is no such command nothing can be said.
 */
async function answersToAnother(path: string, limitMs: number): Promise<boolean> {
  return (await runLimited('stat', ['-f', path], limitMs, { onlyLooks: true })).kind !== 'late';
}

import { toAppError } from '../core/errors.js';
import type { Running } from '../start-context.js';
import type { CliDependencies } from './dependencies.js';

/** SIGTERM ends it within ten seconds, as promised to service managers; the last is for the process to end. */
const stopLimitMs = 9_000;

/**
 * Runs something until it ends or a signal asks it to. The first signal stops it, also while it is still starting;
 * further ones change nothing, because npm and the terminal both deliver one Ctrl-C. The listeners stay, so that a late
 * signal cannot kill the process while it ends.
 * @returns the exit code: what it ends with, after a signal too; 1 when it did not stop in time.
 * @throws what the start throws, unless a signal came first, or it was asked to end in another way (`aborted`).
 */
export async function runUntilSignal<Started extends Running>(
  { signals, clock, stderr }: Pick<CliDependencies, 'signals' | 'clock' | 'stderr'>,
  start: (signal: AbortSignal) => Promise<Started>,
  onStarted: (running: Started) => void,
): Promise<number> {
  const asked = new AbortController();
  const isAsked = new Promise<'asked'>((resolve) => {
    asked.signal.addEventListener('abort', () => resolve('asked'));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) signals.on(signal, () => asked.abort());

  const starting = start(asked.signal);
  const ending = runToEnd(starting, isAsked, asked.signal, onStarted);
  const limit = new AbortController();
  const late = isAsked
    .then(() => clock.sleep(stopLimitMs, limit.signal))
    .then(
      () => 'late' as const,
      () => 0,
    );
  const first = await Promise.race([ending, late]).finally(() => limit.abort());
  if (first !== 'late') return first;
  stderr.write(`debridfs: It did not stop within ${stopLimitMs / 1000} s and is ended by force.\n`);
  return 1;
}

async function runToEnd<Started extends Running>(
  starting: Promise<Started>,
  isAsked: Promise<'asked'>,
  asked: AbortSignal,
  onStarted: (running: Started) => void,
): Promise<number> {
  let running: Started;
  try {
    running = await starting;
  } catch (error) {
    // By a signal, or by another process (`debridfs unmount`).
    if (asked.aborted || toAppError(error).code === 'aborted') return 0;
    throw error;
  }
  if (!asked.aborted) {
    onStarted(running);
    const first = await Promise.race([running.stopped, isAsked]);
    if (first !== 'asked') return first;
  }
  await running.stop();
  return running.stopped;
}

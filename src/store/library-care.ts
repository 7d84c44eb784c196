import { Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { isCopyDue, type Cared, type CareTask } from './care.js';

/** The library is first looked through so long after the start, in milliseconds: what a start needs the disk for is over then. */
const firstMs = 60_000;
/** How often it is asked whether a copy is due, in milliseconds. */
const everyMs = 600_000;
/** After one that failed, or found what cannot be mended, it is tried again so much later, in milliseconds. */
const retryMs = 3_600_000;

export interface LibraryCareOptions {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hears of damage that the next start mends. */
  readonly onDamage: (error: AppError) => void;
  /** Hears after every look of damage that nothing can mend, in a sentence for the user; null: there is none. */
  readonly onUnmended: (message: string | null) => void;
  /** Does a task; in a thread of its own unless a test knows better. */
  readonly care?: (task: CareTask) => Promise<Cared>;
}

/**
 * Looks the library through once, and copies it once a day, beside everything else. A copy that cannot be made costs a warning.
 * @returns what ends it; a copy under way is given up.
 */
export function startLibraryCare(options: LibraryCareOptions): () => void {
  const stop = new SharedArrayBuffer(4);
  const stopped = new AbortController();
  void keep(options, stop, stopped.signal);
  return () => {
    Atomics.store(new Int32Array(stop), 0, 1);
    stopped.abort();
  };
}

async function keep(
  options: LibraryCareOptions,
  stop: SharedArrayBuffer,
  signal: AbortSignal,
): Promise<void> {
  const { stateDir, clock, care = inOwnThread } = options;
  let isSeen = false;
  for (let waitMs = firstMs; ;) {
    try {
      await clock.sleep(waitMs, signal);
    } catch {
      return;
    }
    waitMs = everyMs;
    try {
      if (isSeen && !isCopyDue(stateDir, clock.now())) continue;
      const cared = await care({ stateDir, nowMs: clock.now(), stop });
      hear(cared, options);
      isSeen = true;
      if (cared.kind === 'failed' || cared.kind === 'unmended') waitMs = retryMs;
    } catch (thrown) {
      hear({ kind: 'failed', message: toAppError(thrown).message }, options);
      waitMs = retryMs;
    }
  }
}

function hear(cared: Cared, { logger, onDamage, onUnmended }: LibraryCareOptions): void {
  switch (cared.kind) {
    case 'sound':
      onUnmended(null);
      if (cared.isCopied) logger.debug({}, 'the library was copied');
      return;
    case 'damaged':
      onDamage(new AppError('storage', cared.message));
      return;
    case 'unmended':
      onUnmended(cared.message);
      logger.warn({}, cared.message);
      return;
    case 'failed':
      logger.warn({}, `The library could not be looked through or copied: ${cared.message}`);
      return;
    case 'stopped':
      return;
  }
}

function inOwnThread(task: CareTask): Promise<Cared> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./care-thread.js', import.meta.url), {
      workerData: task,
      execArgv: [],
    });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) =>
      reject(new AppError('internal', `Its thread ended by itself (exit code ${code}).`)),
    );
  });
}

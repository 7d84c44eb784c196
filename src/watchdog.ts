import { Worker } from 'node:worker_threads';

/** How the process is watched. */
export interface WatchdogSettings {
  /** How long the event loop may stand still before the process is ended, in milliseconds. */
  readonly limitMs: number;
  /** How often it is looked, in milliseconds. */
  readonly everyMs: number;
}

/**
 * A minute is far longer than anything here takes at a time, and shorter than the patience of a media server: nothing is
 * answered meanwhile, and every program that looks at the mount hangs with it.
 */
const usual: WatchdogSettings = { limitMs: 60_000, everyMs: 5_000 };

/** What the thread is given: a counter that a living event loop moves on. */
export interface Watched extends WatchdogSettings {
  readonly beats: SharedArrayBuffer;
}

/**
 * Watches over the event loop of this process from another thread: where it stands still for too long, the process is
 * killed, so that its keeper or its service manager starts another. A process that was stopped or slept (SIGSTOP, a
 * laptop's lid) is not taken for one that stands still, because the thread stood still with it.
 * @returns what ends the watch.
 */
export function startWatchdog(settings: WatchdogSettings = usual): () => Promise<void> {
  const beats = new SharedArrayBuffer(4);
  const counter = new Int32Array(beats);
  const beat = setInterval(() => Atomics.add(counter, 0, 1), settings.everyMs).unref();
  const watched: Watched = { ...settings, beats };
  // The flags of this process are none of the thread's.
  const thread = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
    workerData: watched,
    execArgv: [],
    // It does next to nothing, and should cost as little.
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
  });
  // Without a watchdog it works all the same.
  thread.on('error', () => undefined);
  thread.unref();
  return async () => {
    clearInterval(beat);
    await thread.terminate();
  };
}

/** The thread of `startWatchdog`. It waits on the counter itself, so that it needs nothing of the event loop that it watches. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import type { Watched } from './watchdog.js';

const { beats, limitMs, everyMs } = workerData as Watched;
const counter = new Int32Array(beats);
/** Looks in a row that found the counter where it was. Counted, not timed: time passes while a machine sleeps. */
let missed = 0;
for (let last = -1; missed * everyMs < limitMs;) {
  // Nobody wakes it: this is a sleep.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, everyMs);
  const now = Atomics.load(counter, 0);
  missed = now === last ? missed + 1 : 0;
  last = now;
}
writeSync(
  2,
  `debridfs: It has stood still for ${limitMs / 1000} s, and every program that looks at the mount with it: it is ended by force.\n`,
);
process.kill(process.pid, 'SIGKILL');

/**
 * Goes into debridfs with `node --import`: watches its event loop while it is told to, over the channel that it was started with.
 * `watch` begins; `tell` ends and answers with the delay's p99, what it looks at the clock for left out.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** How often it looks at the clock. */
const watchMs = 5;

if (isMainThread && process.send !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: watchMs });
  process.on('message', (command) => {
    if (command === 'watch') {
      delay.reset();
      delay.enable();
    } else {
      delay.disable();
      process.send({ p99Ms: Math.max(0, delay.percentile(99) / 1e6 - watchMs) });
    }
  });
  // It must not keep debridfs from ending.
  process.channel.unref();
}

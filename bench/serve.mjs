/**
 * Serves the benchmark's file system on a mountpoint, in a process of its own, because a process that reads its own
 * mount waits for itself:
 *
 *   node serve.mjs --binding fuse-native --mountpoint DIR --delay-ms 0
 *
 * Writes a line of JSON once the mount is there, then one for each line that it reads: `cpu` (seconds that this process
 * has used), `watch` (begins to watch the event loop), `loop` (how late it was since then), `quit`, which is also the
 * end of the input: it unmounts and ends.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindings } from './bindings.mjs';
import { createMemoryFileSystem } from './memory-file-system.mjs';

/** How often the watch looks at the clock; what it tells includes this time. */
const watchMs = 10;

const { values } = parseArgs({
  options: {
    binding: { type: 'string' },
    mountpoint: { type: 'string' },
    'delay-ms': { type: 'string', default: '0' },
  },
});

const loopDelay = monitorEventLoopDelay({ resolution: watchMs });

const commands = {
  cpu() {
    const { user, system } = process.cpuUsage();
    return { cpuSeconds: (user + system) / 1e6 };
  },
  watch() {
    loopDelay.reset();
    loopDelay.enable();
    return {};
  },
  loop() {
    loopDelay.disable();
    return { lateP99Ms: Math.max(0, loopDelay.percentile(99) / 1e6 - watchMs) };
  },
};

// Whoever asked is gone: the end of the input says so too.
process.stdout.on('error', () => {});
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const fileSystem = createMemoryFileSystem({ delayMs: Number(values['delay-ms']) });
const unmount = await bindings[values.binding](fileSystem, values.mountpoint);
say({ mounted: true });

for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'quit') break;
  say(commands[command]());
}
await unmount();
// What fuse-native leaves behind would keep the process.
process.exit(0);

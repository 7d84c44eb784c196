#!/usr/bin/env node
import { setImmediate } from 'node:timers/promises';
import { accountState, startMount } from './app.js';
import { runCli } from './cli/program.js';
import { processDependencies } from './cli/process-dependencies.js';
import { startDemo } from './cli/start-demo.js';
import { startEmulator } from './cli/start-emulator.js';
import { unmountAt } from './fuse/unmount.js';
import { openTree } from './store/open.js';

// Who reads our output may stop early (`debridfs ls | head`); that must not end a process that holds a mount. Output that
// went nowhere for another reason, such as a full disk, is a failure.
let outputFailed = false as boolean;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => (outputFailed ||= error.code !== 'EPIPE'));

const exitCode = await runCli(
  process.argv,
  processDependencies({
    startMount,
    startDemo,
    startEmulator,
    openTree,
    unmountAt,
    accountState,
  }),
);
// Something that still waits must not keep a finished command alive. Output is written: on Linux it is synchronous, but
// what went wrong with it is told a turn later.
await setImmediate();
process.exit(exitCode === 0 && outputFailed ? 1 : exitCode);

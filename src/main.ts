#!/usr/bin/env node
import { accountState, startMount } from './app.js';
import { runCli } from './cli/program.js';
import { processDependencies } from './cli/process-dependencies.js';
import { startDemo } from './cli/start-demo.js';
import { startEmulator } from './cli/start-emulator.js';
import { unmountAt } from './fuse/unmount.js';
import { openTree } from './store/open.js';

// Who reads our output may stop early (`debridfs ls | head`); that must not end a process that holds a mount.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

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
// Something that still waits must not keep a finished command alive. Output is written: on Linux it is synchronous.
process.exit(exitCode);

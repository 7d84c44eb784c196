#!/usr/bin/env node
import { runCli } from './cli/program.js';
import { processDependencies } from './cli/process-dependencies.js';
import { AppError } from './core/errors.js';
import { unmountAt } from './fuse/unmount.js';
import { openTree } from './store/open.js';

// Who reads our output may stop early (`debridfs ls | head`); that must not end a process that holds a mount.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const notYet = (what: string) => () => Promise.reject(new AppError('not-yet', `not yet: ${what}`));
const exitCode = await runCli(
  process.argv,
  processDependencies({
    startMount: notYet('mount'),
    startDemo: notYet('demo'),
    startEmulator: notYet('emulate'),
    openTree,
    unmountAt,
    accountState: notYet('account state'),
  }),
);
// Something that still waits must not keep a finished command alive. Output is written: on Linux it is synchronous.
process.exit(exitCode);

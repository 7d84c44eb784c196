#!/usr/bin/env node
import { setImmediate } from 'node:timers/promises';
import { processDependencies } from './cli/process-dependencies.js';
import { runCli } from './cli/program.js';
import type { App } from './cli/dependencies.js';
import { endProcess } from './end-process.js';
import { keptDevice } from './fuse/keeper/kept-device.js';
import { unmountAt } from './fuse/unmount.js';
import { openTree } from './store/open.js';

// Who reads our output may stop early (`debridfs ls | head`); that must not end a process that holds a mount. Output that
// went nowhere for another reason, such as a full disk, is a failure.
let outputFailed = false as boolean;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => (outputFailed ||= error.code !== 'EPIPE'));

// Loaded when it is needed: a keeper stays small, and a short command starts fast.
const app: App = {
  startMount: async (...args) => (await import('./start-mount.js')).startMount(...args),
  startKeeper: async (logger) => (await import('./cli/start-keeper.js')).startKeeper(logger),
  startDemo: async (...args) => (await import('./cli/start-demo.js')).startDemo(...args),
  startEmulator: async (options) => (await import('./cli/start-emulator.js')).startEmulator(options),
  openTree,
  openLibrary: async (config) => (await import('./open-library.js')).openLibrary(config),
  unmountAt,
  accountState: async (...args) => (await import('./account-clients.js')).accountState(...args),
  createLogin: async (account) => (await import('./account-clients.js')).createLogin(account),
  openOrders: async (config) => (await import('./orders.js')).openOrders(config),
  openHoldings: async (stateDir) => (await import('./orders.js')).openHoldings(stateDir),
  magnetOf: async (...args) => (await import('./finding.js')).magnetOf(...args),
  search: async (...args) => (await import('./finding.js')).search(...args),
};
const kept = await keptDevice(process, () => import('./whole-program.js'));
const exitCode = await runCli(process.argv, processDependencies(app, kept));
// Something that still waits must not keep a finished command alive. Output is written: on Linux it is synchronous, but
// what went wrong with it is told a turn later.
await setImmediate();
await endProcess(exitCode === 0 && outputFailed ? 1 : exitCode);

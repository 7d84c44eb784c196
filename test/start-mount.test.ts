import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runUntilSignal } from '../src/cli/run-until-signal.js';
import { Closers } from '../src/closers.js';
import { systemClock } from '../src/core/clock.js';
import { AppError } from '../src/core/errors.js';
import { silentLogger } from '../src/core/logger.js';
import { ProcessEnd } from '../src/process-end.js';
import { startMount } from '../src/start-mount.js';
import { lockState } from '../src/store/state-lock.js';
import { FakeClock } from './support/fake-clock.js';
import { temporaryFolder } from './support/library.js';
import { mountConfig } from './support/opened-parts.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const noSignals = {
  clock: systemClock,
  signals: { on: () => undefined },
  stderr: { write: () => undefined },
};

it('a start that Ctrl-C was faster than leaves nothing behind', async () => {
  const config = mountConfig(folder.path);
  const signal = AbortSignal.abort();
  const context = { logger: silentLogger, scrub: (text: string) => text, version: '0', signal };
  await expect(startMount(config, context)).rejects.toMatchObject({ code: 'aborted' });
  expect(existsSync(join(folder.path, 'mnt'))).toBe(false);
  lockState(config.stateDir)();
});

it('`debridfs unmount` of a mount that is still starting is no error', async () => {
  const end = new ProcessEnd(new Closers(new FakeClock(), silentLogger));
  const exitCode = await runUntilSignal(
    noSignals,
    async () => {
      await end.stop();
      end.signal.throwIfAborted();
      throw new Error('It goes on.');
    },
    () => undefined,
  );
  expect(exitCode).toBe(0);
  expect([await end.stopped, end.isAskedFor]).toEqual([0, true]);
});

it('what a start cannot go on for is what is told of it, and who asks for the end then waits for the same', async () => {
  const closers = new Closers(new FakeClock(), silentLogger);
  let unmounted: () => void = () => undefined;
  closers.add(() => new Promise<void>((resolve) => (unmounted = resolve)));
  const end = new ProcessEnd(closers);
  const damage = new AppError('storage', 'The library is damaged.');
  const ended: string[] = [];
  const failing = end.fail(damage).then(() => ended.push('failed'));
  const stopping = end.stop().then(() => ended.push('stopped'));
  await new Promise(setImmediate);
  expect(ended).toEqual([]);
  unmounted();
  await Promise.all([failing, stopping]);
  expect(await end.stopped).toBe(1);
  expect(end.signal.reason).toBe(damage);
  expect(end.isAskedFor).toBe(false);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Closers } from '../src/closers.js';
import { AppError } from '../src/core/errors.js';
import { silentLogger } from '../src/core/logger.js';
import type { Overrides } from '../src/library/overrides.js';
import { watchSettings } from '../src/watch-settings.js';
import { FakeClock } from './support/fake-clock.js';
import { temporaryFolder } from './support/library.js';

let folder: ReturnType<typeof temporaryFolder>;
let closers: Closers;
beforeEach(() => {
  folder = temporaryFolder();
  closers = new Closers(new FakeClock(), silentLogger);
});
afterEach(async () => {
  await closers.closeAll();
  folder.remove();
});

it('overrides that the library could not take over do not explain a tree that stays as it was', async () => {
  const file = join(folder.path, 'overrides.yaml');
  writeFileSync(file, `${'a'.repeat(40)}: { title: Another Film }\n`);
  const before: Overrides = new Map();
  const overrides = { current: before };
  let fails = true;
  const reload = watchSettings(
    { overrides: file, accounts: [] },
    {
      overrides,
      engine: {
        setOverrides: () =>
          fails ? Promise.reject(new AppError('storage', 'The disk is full.')) : Promise.resolve(),
        syncAccount: () => Promise.resolve(null),
      },
      treeMount: { told: () => Promise.resolve() },
      reader: { tokenChanged: () => undefined },
      logger: silentLogger,
    },
    closers,
  );
  await expect(reload()).rejects.toThrow('The disk is full.');
  expect(overrides.current).toBe(before);
  fails = false;
  await reload();
  expect(overrides.current).not.toEqual(before);
});

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoStateDir, findDemo, makeDemoFolder, removeDeadDemos } from '../../src/cli/demo-folders.js';
import { writeRunFile } from '../../src/server/run-file.js';
import { temporaryFolder } from '../support/library.js';

let temporary: ReturnType<typeof temporaryFolder>;

beforeEach(() => (temporary = temporaryFolder()));
afterEach(() => temporary.remove());

/** A number above every possible one: no process has it. */
const deadPid = 2 ** 30;

it('what a killed demo left goes, and nothing else', async () => {
  const dead = join(temporary.path, `debridfs-demo-${deadPid}-abc`);
  mkdirSync(demoStateDir(dead), { recursive: true });
  const others = ['debridfs-demo-abc', 'other'].map((name) => join(temporary.path, name));
  for (const path of others) mkdirSync(path);
  const file = join(temporary.path, `debridfs-demo-${deadPid}-file`);
  writeFileSync(file, '');
  const own = await makeDemoFolder(temporary.path);
  removeDeadDemos(temporary.path);
  expect([dead, ...others, file, own].map((path) => existsSync(path))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
});

it('a running demo is found by its mountpoint', async () => {
  const own = await makeDemoFolder(temporary.path);
  expect(findDemo(temporary.path, '/mnt/demo')).toBeNull();
  const running = { pid: process.pid, mountpoint: '/mnt/demo', server: null };
  mkdirSync(demoStateDir(own));
  writeRunFile(demoStateDir(own), running);
  expect(findDemo(temporary.path, '/mnt/demo')).toEqual({ stateDir: demoStateDir(own), running });
  expect(findDemo(temporary.path, '/mnt/other')).toBeNull();
});

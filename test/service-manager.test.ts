import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../src/core/logger.js';
import { tellServiceManager } from '../src/service-manager.js';
import { FakeClock } from './support/fake-clock.js';
import { temporaryFolder } from './support/library.js';

let folder: ReturnType<typeof temporaryFolder>;
let path: string | undefined;
beforeEach(() => {
  folder = temporaryFolder();
  path = process.env['PATH'];
  process.env['PATH'] = `${folder.path}${delimiter}${path ?? ''}`;
});
afterEach(() => {
  process.env['PATH'] = path;
  folder.remove();
});

it('the mount is taken away in time also while systemd does not listen', { timeout: 8_000 }, async () => {
  const pipe = join(folder.path, 'pipe');
  const asked = join(folder.path, 'asked');
  const said = join(folder.path, 'said');
  execFileSync('mkfifo', [pipe]);
  const notify = join(folder.path, 'systemd-notify');
  const script = `case "$1" in STOPPING*) echo "$@" >'${said}' ;; *) : >'${asked}'; read -r _ <'${pipe}' ;; esac`;
  writeFileSync(notify, `#!/bin/sh\n${script}\n`);
  chmodSync(notify, 0o755);
  const ending = tellServiceManager(
    { mountpoint: '/nowhere', mounted: Promise.resolve(), summary: () => 'well' },
    { env: { NOTIFY_SOCKET: '/nowhere' }, clock: new FakeClock(), logger: silentLogger },
  );
  await expect.poll(() => existsSync(asked)).toBe(true);
  await ending();
  expect(readFileSync(said, 'utf8')).toContain('STOPPING=1');
  // Lets go of who still waits.
  writeFileSync(pipe, '\n');
});

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

it('what systemd did not hear is told again a second later: that it is ready, and that it lives', async () => {
  const mountpoint = folder.path;
  writeFileSync(join(mountpoint, '.debridfs-mounted'), 'here');
  const said = join(folder.path, 'said');
  writeFileSync(said, '');
  const notify = join(folder.path, 'systemd-notify');
  // The first time that each of the two is told, nobody hears it.
  const script = `last=$2; echo "$last" >>'${said}'; case "$last" in READY*|WATCHDOG*) [ "$(grep -c "$last" '${said}')" -gt 1 ] ;; esac`;
  writeFileSync(notify, `#!/bin/sh\n${script}\n`);
  chmodSync(notify, 0o755);
  const clock = new FakeClock();
  const ending = tellServiceManager(
    { mountpoint, mounted: Promise.resolve(), summary: () => 'well' },
    { env: { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: '60000000' }, clock, logger: silentLogger },
  );
  const times = (word: string): number => readFileSync(said, 'utf8').split(word).length - 1;
  const toldAgain = async (word: string, afterMs: number): Promise<void> => {
    await expect.poll(() => times(word)).toBe(1);
    await expect.poll(() => clock.sleeping).toBe(1);
    await clock.advance(afterMs);
    await expect.poll(() => times(word)).toBe(2);
    await expect.poll(() => clock.sleeping).toBe(1);
  };
  await toldAgain('READY=1', 1_000);
  // A quarter of the minute that it waits for.
  await clock.advance(14_999);
  expect(times('WATCHDOG=1')).toBe(0);
  await clock.advance(1);
  await toldAgain('WATCHDOG=1', 1_000);
  await ending();
});

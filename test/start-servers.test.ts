import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Closers } from '../src/closers.js';
import { parseListenAddress } from '../src/server/listen-address.js';
import { readRunFile } from '../src/server/run-file.js';
import { startServers } from '../src/start-servers.js';
import { FakeClock } from './support/fake-clock.js';
import { keptLog } from './support/kept-log.js';
import { FakeSurface } from './server/fake-surface.js';

let stateDir: string;
let closers: Closers;
const clock = new FakeClock();
const log = keptLog();
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'debridfs-servers-'));
  closers = new Closers(clock, log);
});
afterEach(async () => {
  await closers.closeAll();
  await rm(stateDir, { recursive: true });
});

function start(listen: string): Promise<void> {
  const server = { listen: parseListenAddress(listen) ?? null, password: null };
  const context = { logger: log, scrub: (text: string) => text };
  return startServers({ stateDir, server }, context, new FakeSurface(), '/mnt/media', closers, clock);
}

it('an address that cannot be had yet holds up no mount, and is served once it can be', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  await start(`127.0.0.1:${port}`);
  expect(readRunFile(stateDir)).toMatchObject({ server: null, mountpoint: '/mnt/media' });
  expect(readRunFile(stateDir)?.serverTrouble).toContain(`${url} is in use by another program.`);
  const warnings = (): number => log.lines.filter(({ level }) => level === 'warn').length;
  expect(warnings()).toBe(1);
  await expect.poll(() => clock.sleeping).toBeGreaterThan(0);
  await clock.advance(60_000);
  await expect.poll(() => clock.sleeping).toBeGreaterThan(0);
  expect(warnings()).toBe(1);
  other.close();
  await once(other, 'close');
  await clock.advance(60_000);
  await expect.poll(() => readRunFile(stateDir)?.server).toBe(url);
  expect(readRunFile(stateDir)?.serverTrouble).toBeUndefined();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('a mount that ends while its address cannot be had tries no more', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  await start(`127.0.0.1:${(other.address() as AddressInfo).port}`);
  await closers.closeAll();
  expect(readRunFile(stateDir)).toBeNull();
  await expect.poll(() => clock.sleeping).toBe(0);
  other.close();
});

it('an address that others reach is refused without a password, whether or not it can be had', async () => {
  await expect(start('192.0.2.1:8484')).rejects.toMatchObject({ code: 'config' });
});

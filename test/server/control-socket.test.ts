import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askRunning } from '../../src/cli/control-client.js';
import { RunningOrders } from '../../src/cli/running-orders.js';
import { AppError, toAppError } from '../../src/core/errors.js';
import { leavesSomething, leftBehind } from '../../src/core/left-behind.js';
import { silentLogger } from '../../src/core/logger.js';
import {
  controlSocketPath,
  startControlServer,
  type ControlServer,
} from '../../src/server/control-socket.js';
import { isAlive, readRunFile, removeRunFile, runFilePath, writeRunFile } from '../../src/server/run-file.js';
import type { SyncReport } from '../../src/server/surface.js';
import { never } from '../support/never.js';
import { emptyStatus, FakeSurface } from './fake-surface.js';

let dir: string;
const running: ControlServer[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'debridfs-control-'));
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  rmSync(dir, { recursive: true, force: true });
});

async function start(
  surface: FakeSurface = new FakeSurface(),
  stateDir: string = dir,
): Promise<ControlServer> {
  const server = await startControlServer(stateDir, { surface, scrub: (text) => text, logger: silentLogger });
  running.push(server);
  return server;
}

function ask(method: 'GET' | 'POST', path: string): Promise<unknown> {
  return askRunning(dir, { method, path, timeoutMs: 5_000 });
}

describe('the control socket', () => {
  it('answers the commands', async () => {
    const surface = new FakeSurface();
    await start(surface);
    expect(await ask('GET', '/status')).toEqual(emptyStatus);
    expect(await ask('POST', '/sync')).toEqual({ accounts: [] });
    expect(await ask('GET', `/explain?path=${encodeURIComponent('/movies/Ä b.mkv')}`)).toMatchObject({
      inode: '9223372036854775807',
    });
    await expect(ask('GET', '/explain?path=/x')).rejects.toMatchObject({
      code: 'not-found',
      message: 'There is no /x in the tree.',
    });
    await ask('POST', '/unmount');
    expect(surface.stops).toBe(1);
  });

  it('changes nothing by GET', async () => {
    const surface = new FakeSurface();
    await start(surface);
    await expect(ask('GET', '/sync')).rejects.toMatchObject({ code: 'not-yet' });
    await expect(ask('GET', '/unmount')).rejects.toMatchObject({ code: 'not-yet' });
    await expect(ask('GET', '/overrides')).rejects.toMatchObject({ code: 'not-yet' });
    expect([surface.stops, surface.syncs.length, surface.reloads]).toEqual([0, 0, 0]);
  });

  it('a failure inside is told as such', async () => {
    const surface = new FakeSurface();
    surface.onSync = () => Promise.reject(new Error('broken'));
    await start(surface);
    await expect(ask('POST', '/sync')).rejects.toMatchObject({ code: 'internal' });
  });

  it('what a failure left in an account is told as a fact, not in words', async () => {
    const surface = new FakeSurface();
    const order = {
      torrent: { hash: 'a'.repeat(40), magnet: '', file: null },
      files: { kind: 'videos' },
    } as const;
    surface.orders = {
      ...surface.orders,
      add: () => Promise.reject(new AppError('not-ready', 'It is where it was.', { context: leftBehind })),
    };
    await start(surface);
    const told = await new RunningOrders(dir).add({ ...order, account: 'rd' }, never).catch(toAppError);
    expect(told).toMatchObject({ code: 'not-ready', message: 'It is where it was.' });
    expect(leavesSomething(told as AppError)).toBe(true);
  });

  it('who stops waiting for a sync is told to the sync', async () => {
    const surface = new FakeSurface();
    const aborted = new Promise<void>((resolve) => {
      surface.onSync = (signal) =>
        new Promise<SyncReport>(() => {
          signal.addEventListener('abort', () => resolve());
        });
    });
    await start(surface);
    await expect(askRunning(dir, { method: 'POST', path: '/sync', timeoutMs: 200 })).rejects.toMatchObject({
      code: 'timeout',
    });
    await aborted;
  });

  it('can be used by its owner only, and leaves nothing else behind', async () => {
    const stateDir = join(dir, 'new');
    const server = await start(new FakeSurface(), stateDir);
    expect(statSync(controlSocketPath(stateDir)).mode & 0o777).toBe(0o600);
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    expect(readdirSync(stateDir)).toEqual(['control.sock']);
    await server.stop();
    running.length = 0;
    expect(readdirSync(stateDir)).toEqual([]);
  });

  it('of a dead process is replaced', async () => {
    const path = controlSocketPath(dir);
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit');
    expect(existsSync(path)).toBe(true);
    await expect(ask('GET', '/status')).rejects.toThrow(/debridfs is not running/);
    await start();
    expect(await ask('GET', '/status')).toEqual(emptyStatus);
  });

  it('is not made over a file, or at a path that is too long', async () => {
    writeFileSync(controlSocketPath(dir), 'mine');
    await expect(start()).rejects.toMatchObject({ code: 'storage' });
    expect(readFileSync(controlSocketPath(dir), 'utf8')).toBe('mine');
    await expect(start(new FakeSurface(), join(dir, 'x'.repeat(100)))).rejects.toMatchObject({
      code: 'config',
    });
  });
});

describe('asking', () => {
  it('says that nothing runs where nothing runs', async () => {
    await expect(ask('GET', '/status')).rejects.toMatchObject({
      code: 'not-found',
      context: { running: false },
    });
  });

  it('a process that ends without an answer, or answers nonsense, is an error and no wait', async () => {
    for (const answer of [
      '',
      'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{',
      'HTTP/1.1 200 OK\r\n\r\n<html>',
    ]) {
      const server = createServer((socket) => socket.once('data', () => socket.end(answer)));
      server.listen(controlSocketPath(dir));
      await once(server, 'listening');
      await expect(ask('GET', '/status')).rejects.toMatchObject({ code: 'bad-answer' });
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('run.json', () => {
  const info = { pid: process.pid, mountpoint: '/mnt/x', server: 'http://127.0.0.1:1' };

  it('is read as it was written, by its owner only', () => {
    writeRunFile(dir, info);
    expect(readRunFile(dir)).toEqual(info);
    expect(statSync(runFilePath(dir)).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['run.json']);
    expect(isAlive(info.pid)).toBe(true);
  });

  it('is removed by the process it tells of, and by no other', () => {
    writeRunFile(dir, info);
    removeRunFile(dir, info.pid + 1);
    expect(readRunFile(dir)).toEqual(info);
    removeRunFile(dir, info.pid);
    expect(readRunFile(dir)).toBeNull();
  });

  it.each(['', '{', '[]', '{"pid":-1,"mountpoint":"/x","server":null}', '{"pid":"1"}'])(
    'that holds %j tells nothing',
    (text) => {
      writeFileSync(runFilePath(dir), text);
      expect(readRunFile(dir)).toBeNull();
    },
  );

  it('of a process that ended is known as such', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    expect(isAlive(child.pid ?? 0)).toBe(false);
  });
});

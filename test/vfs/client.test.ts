import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clientOf } from '../../src/vfs/client.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debridfs-client-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is told of a program of this name while it runs. */
async function clientCalled(name: string): Promise<unknown> {
  const program = join(folder, name);
  symlinkSync('/bin/cat', program);
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    // It runs once it repeats what it is told.
    child.stdin.write('x');
    await once(child.stdout, 'data');
    return clientOf(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

it.each([
  ['ffprobe', 'ffprobe'],
  ['mediainfo', 'mediainfo'],
  ['Plex Media Scanner', 'Plex Media Scan'],
])('%s is told as %s, a scanner', async (program, name) => {
  expect(await clientCalled(program)).toEqual({ name, isScanner: true });
});

it.each([
  ['Plex Media Server', 'Plex Media Serv'],
  ['mpv', 'mpv'],
])('%s is told as %s, which may play', async (program, name) => {
  expect(await clientCalled(program)).toEqual({ name, isScanner: false });
});

it('a thread is told as its process', () => {
  const threads = readdirSync('/proc/self/task').map(Number);
  const names = new Set(threads.map((thread) => clientOf(thread).name));
  expect(names).toEqual(new Set([clientOf(process.pid).name]));
});

it('nothing is told of a process that is gone or lives elsewhere, and it is served as a player', () => {
  for (const thread of [0, 2 ** 30]) expect(clientOf(thread)).toEqual({ name: null, isScanner: false });
});

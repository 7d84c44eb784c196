import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { databasePath } from '../../src/store/database.js';
import { startLibrarian, type FromThread, type ThreadSettings } from '../../src/sync/librarian-client.js';
import { serveLibrarian } from '../../src/sync/librarian-thread.js';
import { plainOptions, temporaryFolder } from '../support/library.js';

describe('the library thread', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let settings: ThreadSettings;
  beforeEach(() => {
    folder = temporaryFolder();
    settings = { ...plainOptions, stateDir: folder.path, accounts: ['rd'] };
  });
  afterEach(() => folder.remove());

  /** The next messages, up to and including the first of a kind. */
  const upTo = (port: MessagePort, kind: FromThread['kind']): Promise<readonly FromThread[]> =>
    new Promise((resolve) => {
      const got: FromThread[] = [];
      const hear = (message: FromThread): void => {
        got.push(message);
        if (message.kind !== kind) return;
        port.off('message', hear);
        resolve(got);
      };
      port.on('message', hear);
    });

  it('logs where a defect is', async () => {
    const { port1, port2 } = new MessageChannel();
    serveLibrarian(port1, settings);
    port2.postMessage({ id: 1, method: 'applyListing', args: ['rd', 'torrents', null, 0] });
    const messages = await upTo(port2, 'failed');
    expect(messages.at(-1)).toMatchObject({ id: 1, error: { code: 'internal', retry: 'never' } });
    const logged = messages.find((message) => message.kind === 'log');
    expect(logged).toMatchObject({ level: 'error' });
    const { err } = (logged?.facts ?? {}) as { readonly err?: Error };
    expect(err?.stack).toContain('Librarian.applyListing');
    port2.postMessage({ id: 2, method: 'close', args: [] });
    await upTo(port2, 'done');
  });

  it('that ends before it is ready is told of, not waited for', async () => {
    const startThread = (): Worker => new Worker('process.exit(3)', { eval: true });
    const starting = startLibrarian(settings, silentLogger, { startThread });
    await expect(starting).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringContaining('3') as unknown,
    });
  });

  it('leaves the library alone where the mount is refused meanwhile', async () => {
    const startThread = (): Worker => {
      const script = `const { writeFileSync } = require('node:fs');
        const { parentPort, workerData } = require('node:worker_threads');
        parentPort.once('message', () => writeFileSync(workerData.path, ''));`;
      return new Worker(script, { eval: true, workerData: { path: databasePath(settings.stateDir) } });
    };
    const refused = new AppError('config', 'The mountpoint is in use.');
    const starting = startLibrarian(settings, silentLogger, {
      startThread,
      mayOpen: Promise.reject(refused),
    });
    await expect(starting).rejects.toBe(refused);
    expect(existsSync(databasePath(settings.stateDir))).toBe(false);
  });

  it('that is still opening the library is let go of when the start is given up', async () => {
    const script = `const { parentPort } = require('node:worker_threads');
      parentPort.once('message', () => { for (;;); });`;
    const given = new AbortController();
    let isOver: Promise<unknown> = Promise.resolve();
    const startThread = (): Worker => {
      const thread = new Worker(script, { eval: true });
      isOver = once(thread, 'exit');
      thread.once('online', () => given.abort());
      return thread;
    };
    const starting = startLibrarian(settings, silentLogger, { startThread, signal: given.signal });
    await expect(starting).rejects.toMatchObject({ code: 'aborted' });
    await isOver;
  });

  it('says what helps against a failure', async () => {
    const script = `const { parentPort } = require('node:worker_threads');
      parentPort.once('message', () => {
        parentPort.postMessage({ kind: 'ready' });
        parentPort.once('message', ({ id }) => parentPort.postMessage(
          { kind: 'failed', id, error: { code: 'storage', message: 'The disk is full.', retry: 'wait' } }));
      });`;
    const startThread = (): Worker => new Worker(script, { eval: true });
    const library = await startLibrarian(settings, silentLogger, { startThread });
    await expect(library.markPublished()).rejects.toMatchObject({ code: 'storage', retry: 'wait' });
    await expect(library.died).resolves.toMatchObject({ code: 'internal' });
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { Closers } from '../src/closers.js';
import { loadConfig } from '../src/config/load.js';
import { systemClock } from '../src/core/clock.js';
import { silentLogger } from '../src/core/logger.js';
import type { FirstParts } from '../src/first-parts.js';
import { openParts } from '../src/parts.js';
import { Counts } from '../src/server/counts.js';
import { nodeAtPath } from '../src/server/tree-path.js';
import { databasePath } from '../src/store/database.js';
import { FakeClock } from './support/fake-clock.js';
import { complete, file, inThisThread, item, openLibrary, temporaryFolder } from './support/library.js';

/** Overwrites the page that the table of nodes begins with. */
function damageNodes(path: string): void {
  const db = new Database(path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const page = db.prepare<[], number>("SELECT rootpage FROM sqlite_master WHERE name = 'node'").pluck().get();
  db.close();
  const bytes = readFileSync(path);
  const at = ((page ?? 0) - 1) * 4096;
  writeFileSync(path, bytes.fill(0xa5, at, at + 4096));
}

it('damage that a look at the status meets is mended like that which a reader meets', async () => {
  const folder = temporaryFolder();
  const library = openLibrary(folder.path, new FakeClock());
  library.librarian.applyListing(
    'rd',
    'torrents',
    complete(item('1', 'Film.2001', [file('Film.2001.mkv')])),
    0,
  );
  library.close();
  damageNodes(databasePath(folder.path));
  const configFile = join(folder.path, 'config.yaml');
  const account = '{ name: rd, service: real-debrid, token: a-token-of-nobody }';
  writeFileSync(configFile, `stateDir: ${folder.path}\ncache: { maxSize: 0 }\naccounts:\n  - ${account}\n`, {
    mode: 0o600,
  });
  const config = loadConfig({
    flags: [],
    env: {},
    cwd: folder.path,
    home: folder.path,
    uid: 0,
    gid: 0,
    file: configFile,
    need: 'accounts',
  });
  const closers = new Closers(systemClock, silentLogger);
  onTestFinished(async () => {
    await closers.closeAll();
    folder.remove();
  });
  const parts = await openParts(
    config,
    { logger: silentLogger, scrub: (text) => text, version: '0', signal: new AbortController().signal },
    { overrides: new Map(), library: inThisThread(library), counts: new Counts() } as unknown as FirstParts,
    closers,
  );
  expect(() => nodeAtPath(parts.tree, '/movies')).toThrow(
    expect.objectContaining({ code: 'storage' }) as Error,
  );
  expect((await parts.damage.met).message).toMatch(/is damaged/);
});

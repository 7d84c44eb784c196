import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { nodeAtPath } from '../src/core/tree-path.js';
import { databasePath } from '../src/store/database.js';
import { openedParts } from './support/opened-parts.js';

/** Overwrites the page that the table of nodes begins with. */
function damageNodes(stateDir: string): void {
  const path = databasePath(stateDir);
  const db = new Database(path);
  db.pragma('wal_checkpoint(TRUNCATE)');
  const page = db.prepare<[], number>("SELECT rootpage FROM sqlite_master WHERE name = 'node'").pluck().get();
  db.close();
  const bytes = readFileSync(path);
  const at = ((page ?? 0) - 1) * 4096;
  writeFileSync(path, bytes.fill(0xa5, at, at + 4096));
}

it('damage that a look at the status meets is mended like that which a reader meets', async () => {
  const { parts } = await openedParts('', damageNodes);
  expect(() => nodeAtPath(parts.tree, '/movies')).toThrow(
    expect.objectContaining({ code: 'storage' }) as Error,
  );
  expect((await parts.damage.met).message).toMatch(/is damaged/);
});

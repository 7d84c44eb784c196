import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Prng } from '../../src/emulator/prng.js';
import { databasePath, openForWriting } from '../../src/store/database.js';
import { migrations } from '../../src/store/schema.js';
import { temporaryFolder } from '../support/library.js';
import { oldLibrary } from '../support/old-library.js';

/** To see a failure again: `CRASH_SEED=… npx vitest run --project mount test/mount/killed-migration.test.ts`. */
const seed = process.env['CRASH_SEED'] ?? String(Date.now() % 1_000_000);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const rows = 20_000;
/** About what the copy and the migration take together, in milliseconds. */
const takesMs = 500;

/** All that accounts cannot tell again. */
function kept(): unknown {
  const db = new Database(databasePath(folder.path), { readonly: true });
  const all = {
    nodes: db
      .prepare('SELECT count(*), total(inode), total(mtime_ms), total(length(name)) FROM node')
      .raw()
      .get(),
    contents: db.prepare('SELECT count(*), total(mtime_ms) FROM content').raw().get(),
    torrents: db.prepare('SELECT count(*), total(length(name)) FROM torrent').raw().get(),
    published: db.prepare("SELECT value FROM meta WHERE name = 'published'").raw().get(),
  };
  db.close();
  return all;
}

it.each([1, 2])(
  'a program that is killed while it brings a library of version %i up to date has done so after the next start, and lost nothing',
  async (version) => {
    const prng = new Prng(`migration ${seed}`);
    oldLibrary(folder.path, version, rows);
    const path = databasePath(folder.path);
    const untouched = readFileSync(path);
    const before = kept();
    const script = `
      import { openForWriting } from ${JSON.stringify(new URL('../../dist/store/database.js', import.meta.url).href)};
      console.log('begun');
      openForWriting(${JSON.stringify(folder.path)});
      setInterval(() => undefined, 1000);`;
    for (let round = 0; round < 5; round += 1) {
      for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
      writeFileSync(path, untouched);
      const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const ms = prng.fraction() * takesMs;
      const told = `seed ${seed}, round ${round}, killed after ${Math.round(ms)} ms`;
      await new Promise((resolve) => setTimeout(resolve, ms));
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(kept(), told).toEqual(before);

      const warnings: string[] = [];
      const db = openForWriting(folder.path, (message) => warnings.push(message));
      expect(db.pragma('user_version', { simple: true }), told).toBe(migrations.length);
      expect(db.pragma('integrity_check', { simple: true }), told).toBe('ok');
      db.close();
      expect(kept(), told).toEqual(before);
      expect(warnings, told).toEqual([]);
      expect(readdirSync(folder.path), told).toContain('library.db.bak');
      expect(readdirSync(folder.path), told).not.toContain('library.db.bak.new');
    }
  },
);

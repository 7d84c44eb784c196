import Database from 'better-sqlite3';
import { databasePath } from '../../src/store/database.js';
import { migrations } from '../../src/store/schema.js';

/** Makes a published library of an old version. @param films how many it holds, each a file at the top. */
export function oldLibrary(stateDir: string, version: number, films: number): void {
  const db = new Database(databasePath(stateDir));
  db.pragma('journal_mode = WAL');
  for (const step of migrations.slice(0, version)) db.exec(step);
  db.pragma(`user_version = ${version}`);
  db.exec(`
    WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${films})
    INSERT INTO content SELECT i, hex(randomblob(20)), i, 'film ' || i || '.mkv', 0, 0, i * 1000 FROM n;
    INSERT INTO node VALUES (1, 0, '', 'directory', 0, NULL, NULL, NULL, NULL, NULL);
    INSERT INTO node SELECT id, 1, base_name, 'file', mtime_ms, NULL, 'library', id, NULL, NULL FROM content;
    INSERT INTO torrent SELECT DISTINCT torrent, base_name FROM content;
    INSERT INTO meta VALUES ('published', 'true');`);
  db.close();
}

import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';

/** What makes a file of a torrent the same file, whoever holds it. */
export interface ContentIdentity {
  readonly torrent: TorrentKey;
  readonly size: number;
  readonly baseName: string;
  readonly ordinal: number;
  readonly packed: boolean;
}

/** Contents and the names under which their torrents are shown. Only on a writing connection. */
export class ContentStore {
  readonly #find;
  readonly #insert;
  readonly #ofTorrent;
  readonly #mtime;
  readonly #setMtime;
  readonly #name;
  readonly #setName;

  constructor(db: Connection) {
    this.#find = db.prepare<[string, number, string, number], { id: ContentId }>(
      'SELECT id FROM content WHERE torrent = ? AND size = ? AND base_name = ? AND ordinal = ?',
    );
    this.#insert = db.prepare(
      'INSERT INTO content (torrent, size, base_name, ordinal, packed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#ofTorrent = db.prepare<[string], { id: ContentId }>('SELECT id FROM content WHERE torrent = ?');
    this.#mtime = db.prepare<[number], { mtimeMs: number | null }>(
      'SELECT mtime_ms AS mtimeMs FROM content WHERE id = ?',
    );
    this.#setMtime = db.prepare('UPDATE content SET mtime_ms = ? WHERE id = ?');
    this.#name = db.prepare<[string], { name: string }>('SELECT name FROM torrent WHERE key = ?');
    this.#setName = db.prepare('INSERT INTO torrent (key, name) VALUES (?, ?)');
  }

  /** The number of a content, new or known. */
  ensure(identity: ContentIdentity): ContentId {
    const { torrent, size, baseName, ordinal, packed } = identity;
    const known = this.#find.get(torrent, size, baseName, ordinal);
    if (known !== undefined) return known.id;
    return Number(this.#insert.run(torrent, size, baseName, ordinal, packed ? 1 : 0).lastInsertRowid);
  }

  ofTorrent(torrent: TorrentKey): ContentId[] {
    return this.#ofTorrent.all(torrent).map((row) => row.id);
  }

  /** The modification time a content was first shown with; `firstMs` becomes it where there is none yet. */
  mtime(id: ContentId, firstMs: number): number {
    const known = this.#mtime.get(id)?.mtimeMs ?? null;
    if (known !== null) return known;
    this.#setMtime.run(firstMs, id);
    return firstMs;
  }

  /** The name a torrent was first shown under; `first` becomes it where there is none yet. */
  torrentName(torrent: TorrentKey, first: string): string {
    const known = this.#name.get(torrent)?.name;
    if (known !== undefined) return known;
    this.#setName.run(torrent, first);
    return first;
  }
}

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
  readonly #setMtime;
  readonly #name;
  readonly #setName;
  readonly #placedBy;
  readonly #placedByOf;
  readonly #setPlacedBy;
  readonly #torrentOf;
  readonly #bornBetween;

  constructor(db: Connection) {
    this.#find = db.prepare<[string, number, string, number], { id: ContentId }>(
      'SELECT id FROM content WHERE torrent = ? AND size = ? AND base_name = ? AND ordinal = ?',
    );
    this.#insert = db.prepare(
      'INSERT INTO content (torrent, size, base_name, ordinal, packed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#ofTorrent = db.prepare<[string], { id: ContentId }>('SELECT id FROM content WHERE torrent = ?');
    this.#setMtime = db.prepare('UPDATE content SET mtime_ms = ? WHERE id = ?');
    this.#name = db.prepare<[string], { name: string }>('SELECT name FROM torrent WHERE key = ?');
    this.#setName = db.prepare('INSERT INTO torrent (key, name) VALUES (?, ?)');
    this.#placedBy = db.prepare<[], { torrent: TorrentKey; rules: string | null }>(
      `SELECT key AS torrent, placed_by AS rules FROM torrent
       WHERE EXISTS (SELECT 1 FROM item WHERE item.torrent = torrent.key AND files_revision IS NOT NULL)`,
    );
    this.#placedByOf = db.prepare<[string], { rules: string | null }>(
      'SELECT placed_by AS rules FROM torrent WHERE key = ?',
    );
    this.#setPlacedBy = db.prepare('UPDATE torrent SET placed_by = ? WHERE key = ?');
    this.#torrentOf = db.prepare<[number], { torrent: TorrentKey }>(
      'SELECT torrent FROM content WHERE id = ?',
    );
    this.#bornBetween = db.prepare<[number, number], { torrent: TorrentKey }>(
      'SELECT DISTINCT torrent FROM content WHERE mtime_ms > ? AND mtime_ms <= ?',
    );
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

  torrentOf(id: ContentId): TorrentKey | undefined {
    return this.#torrentOf.get(id)?.torrent;
  }

  /** Torrents with contents whose modification time is after `fromMs` and not after `toMs`. */
  torrentsBornBetween(fromMs: number, toMs: number): TorrentKey[] {
    return this.#bornBetween.all(fromMs, toMs).map((row) => row.torrent);
  }

  /** Keeps the modification time with which a content is first shown. */
  setMtime(id: ContentId, mtimeMs: number): void {
    this.#setMtime.run(mtimeMs, id);
  }

  /** The name a torrent was first shown under; `first` becomes it where there is none yet. */
  torrentName(torrent: TorrentKey, first: string): string {
    const known = this.#name.get(torrent)?.name;
    if (known !== undefined) return known;
    this.#setName.run(torrent, first);
    return first;
  }

  /** Under which rules each held torrent was placed; null: under none that is still known. */
  placedBy(): readonly { readonly torrent: TorrentKey; readonly rules: string | null }[] {
    return this.#placedBy.all();
  }

  placedByOf(torrent: TorrentKey): string | null {
    return this.#placedByOf.get(torrent)?.rules ?? null;
  }

  /** @param rules a text that is equal for equal rules. */
  setPlacedBy(torrent: TorrentKey, rules: string): void {
    this.#setPlacedBy.run(rules, torrent);
  }
}

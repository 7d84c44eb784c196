import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';

/** A piece of a file, by the volume that it lies in. */
export interface StoredExtent {
  readonly at: number;
  /** Of the volume in its set, from 0. */
  readonly number: number;
  readonly volume: ContentId;
  readonly offset: number;
  readonly length: number;
  readonly confirmed: boolean;
}

/** What is inside sets of volumes. Only on a writing connection, inside the caller's transaction. */
export class ArchiveStore {
  readonly #candidates;
  readonly #first;
  readonly #putVolume;
  readonly #forget;
  readonly #clearFiles;
  readonly #clearExtents;
  readonly #putFile;
  readonly #putExtent;

  constructor(db: Connection) {
    this.#candidates = db.prepare<[], { torrent: TorrentKey }>(
      `SELECT DISTINCT c.torrent FROM content c
       WHERE lower(substr(c.base_name, -4)) = '.rar'
         AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.volume = c.id)
         AND EXISTS (SELECT 1 FROM item_file f JOIN item i ON i.row = f.item
                     WHERE f.content = c.id AND i.state = 'ready')`,
    );
    this.#first = db.prepare<[number], { first: ContentId }>('SELECT first FROM archive WHERE volume = ?');
    this.#putVolume = db.prepare(
      `INSERT INTO archive (volume, first, reason) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET first = excluded.first, reason = excluded.reason`,
    );
    this.#forget = db.prepare(
      `DELETE FROM archive
       WHERE reason IS NOT NULL AND volume IN (SELECT id FROM content WHERE torrent = ?)`,
    );
    this.#clearFiles = db.prepare('DELETE FROM archived WHERE first = ?');
    this.#clearExtents = db.prepare('DELETE FROM extent WHERE first = ?');
    this.#putFile = db.prepare('INSERT OR REPLACE INTO archived (content, first, path) VALUES (?, ?, ?)');
    this.#putExtent = db.prepare(
      `INSERT INTO extent (content, first, at, number, volume, offset, length, confirmed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** Torrents with a volume that somebody holds and nobody has looked into. */
  candidates(): TorrentKey[] {
    return this.#candidates.all().map(({ torrent }) => torrent);
  }

  /** Whether a volume belongs to a set that was looked into. */
  isKnown(volume: ContentId): boolean {
    return this.#first.get(volume) !== undefined;
  }

  /** Takes over that a set was looked into. @param reason why nothing inside of it is shown; null where something is. */
  putSet(volumes: readonly ContentId[], reason: string | null): void {
    const [first] = volumes;
    if (first === undefined) return;
    this.#clearFiles.run(first);
    this.#clearExtents.run(first);
    for (const volume of volumes) this.#putVolume.run(volume, first, reason);
  }

  /** Lets sets of which nothing is shown be looked into again. */
  forgetSealed(torrent: TorrentKey): void {
    this.#forget.run(torrent);
  }

  /** Takes over a file inside of a set. @param path inside of it. */
  putFile(content: ContentId, first: ContentId, path: string, extents: readonly StoredExtent[]): void {
    this.#putFile.run(content, first, path);
    for (const { at, number, volume, offset, length, confirmed } of extents)
      this.#putExtent.run(content, first, at, number, volume, offset, length, confirmed ? 1 : 0);
  }
}

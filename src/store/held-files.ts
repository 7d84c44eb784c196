import type { TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';
import type { HeldFileOfTorrent } from './items.js';

/** Who holds which files of a torrent. */
export class HeldFiles {
  readonly #ofTorrent;

  constructor(db: Connection) {
    this.#ofTorrent = db.prepare<
      [string],
      Omit<HeldFileOfTorrent, 'pathTold' | 'packed'> & { pathTold: number; packed: number }
    >(
      `SELECT f.content, f.path, f.path_told AS pathTold, f.ref, i.account, i.name AS itemName, i.root,
              i.added_ms AS addedMs, c.size, c.base_name AS baseName, c.ordinal, c.packed,
              c.mtime_ms AS mtimeMs
       FROM item i JOIN item_file f ON f.item = i.row JOIN content c ON c.id = f.content
       WHERE i.torrent = ? ORDER BY i.added_ms, i.account, i.id, f.path`,
    );
  }

  /** Every held file of a torrent, the item that was added first coming first. */
  ofTorrent(torrent: TorrentKey): HeldFileOfTorrent[] {
    return this.#ofTorrent
      .all(torrent)
      .map((row) => ({ ...row, pathTold: row.pathTold === 1, packed: row.packed === 1 }));
  }
}

import type { AccountName } from '../core/account.js';
import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';

/** A file that an item's account holds. `path` has the torrent's root folder left out. */
export interface HeldFile {
  readonly content: ContentId;
  readonly path: string;
  readonly pathTold: boolean;
  readonly ref: string;
}

/** A held file with the item that holds it, for one torrent over all accounts. */
export interface HeldFileOfTorrent extends HeldFile {
  readonly account: AccountName;
  readonly itemName: string;
  readonly root: string | null;
  readonly addedMs: number;
  readonly size: number;
  readonly baseName: string;
  readonly ordinal: number;
  readonly packed: boolean;
  /** With which the content is shown, wall clock milliseconds; null where it never was. */
  readonly mtimeMs: number | null;
}

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

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
export interface HeldFileOfTorrent extends Omit<HeldFile, 'ref'> {
  /** Row number of the item. */
  readonly item: number;
  readonly account: AccountName;
  readonly itemName: string;
  readonly root: string | null;
  readonly addedMs: number;
  readonly size: number;
  readonly baseName: string;
  readonly ordinal: number;
  readonly packed: boolean;
  /** Whether it lies inside of an archive that is itself a file of the torrent. */
  readonly inVolumes: boolean;
  /** With which the content is shown, wall clock milliseconds; null where it never was. */
  readonly mtimeMs: number | null;
}

interface Row extends Omit<HeldFileOfTorrent, 'pathTold' | 'packed' | 'inVolumes'> {
  readonly pathTold: number;
  readonly packed: number;
  /** Of the archive that holds it; null where it is there as it is. */
  readonly archivePath: string | null;
  /** Whether that is the one into which a service packed the torrent, so that what is inside are its own files. */
  readonly archivePacked: number;
}

/** Who holds which files of a torrent. */
export class HeldFiles {
  readonly #ofTorrent;

  constructor(db: Connection) {
    const facts = `i.row AS item, i.account, i.name AS itemName, i.root, i.added_ms AS addedMs, c.size,
       c.base_name AS baseName, c.ordinal, c.packed, c.mtime_ms AS mtimeMs`;
    // What is inside of an archive is held by who holds every volume that it lies in.
    this.#ofTorrent = db.prepare<[TorrentKey, TorrentKey], Row>(
      `SELECT f.content, f.path, f.path_told AS pathTold, NULL AS archivePath, 0 AS archivePacked, i.id AS itemId, ${facts}
       FROM item i JOIN item_file f ON f.item = i.row JOIN content c ON c.id = f.content
       WHERE i.torrent = ?
       UNION ALL
       SELECT a.content, a.path, 1, f.path, first.packed, i.id AS itemId, ${facts}
       FROM item i JOIN item_file f ON f.item = i.row JOIN archived a ON a.first = f.content
         JOIN content c ON c.id = a.content JOIN content first ON first.id = a.first
       WHERE i.torrent = ? AND NOT EXISTS (
         SELECT 1 FROM extent e WHERE e.content = a.content AND e.first = a.first
           AND NOT EXISTS (SELECT 1 FROM item_file v WHERE v.item = i.row AND v.content = e.volume))
       ORDER BY addedMs, account, itemId, path`,
    );
  }

  /** Every held file of a torrent, the item that was added first coming first. */
  ofTorrent(torrent: TorrentKey): HeldFileOfTorrent[] {
    return this.#ofTorrent
      .all(torrent, torrent)
      .map(({ archivePath, archivePacked, pathTold, packed, path, ...row }) => ({
        ...row,
        path: archivePath === null ? path : `${folderOf(archivePath)}${path}`,
        pathTold: pathTold === 1,
        packed: packed === 1,
        inVolumes: archivePath !== null && archivePacked === 0,
      }));
  }
}

/** With a slash at its end; empty where there is none. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

import type { HeldItem } from '../core/adding.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Inode } from '../core/tree.js';
import type { Connection } from './database.js';

/** An item with how much it holds, as last told. */
export interface StoredHolding extends HeldItem {
  readonly row: number;
  readonly files: number;
  readonly bytes: number;
}

/** Who holds a torrent, where it is in the tree, and what its accounts' items are for. */
export class HeldTorrents {
  readonly #items;
  readonly #places;
  readonly #goneWith;
  readonly #below;

  constructor(db: Connection) {
    this.#items = db.prepare<[TorrentKey], StoredHolding>(
      `SELECT i.row, i.account, i.list, i.id AS itemId, i.name, i.state, i.reason, i.added_ms AS addedMs,
         count(c.id) AS files, total(c.size) AS bytes
       FROM item i LEFT JOIN item_file f ON f.item = i.row LEFT JOIN content c ON c.id = f.content
       WHERE i.torrent = ? GROUP BY i.row ORDER BY i.added_ms, i.row`,
    );
    this.#places = db
      .prepare<[TorrentKey, string], { readonly inode: bigint }>(
        `SELECT n.inode FROM node n JOIN content c ON c.id = n.content WHERE c.torrent = ? AND n.view = ? ORDER BY n.name, n.inode`,
      )
      .safeIntegers();
    // What is inside of an archive is there as long as the archive is.
    this.#goneWith = db
      .prepare<[number], { readonly inode: bigint }>(
        `SELECT n.inode FROM item i JOIN content c ON c.torrent = i.torrent JOIN node n ON n.content = c.id
         WHERE i.row = ? AND (n.pinned_to IS NULL OR n.pinned_to = i.account) AND NOT EXISTS (
           SELECT 1 FROM item o JOIN item_file f ON f.item = o.row
           WHERE o.torrent = i.torrent AND o.row <> i.row AND (n.pinned_to IS NULL OR o.account = n.pinned_to)
             AND (f.content = n.content OR f.content IN (SELECT first FROM archived WHERE content = n.content)))
         ORDER BY n.name, n.inode`,
      )
      .safeIntegers();
    this.#below = db
      .prepare<[bigint, number], { readonly torrent: string }>(
        `WITH RECURSIVE below (inode, content) AS (
           SELECT inode, content FROM node WHERE inode = ?
           UNION ALL SELECT n.inode, n.content FROM node n JOIN below b ON n.parent = b.inode)
         SELECT DISTINCT c.torrent FROM below b JOIN content c ON c.id = b.content LIMIT ?`,
      )
      .safeIntegers();
  }

  /** The items that stand for a torrent, the one that was added first coming first. */
  items(torrent: TorrentKey): readonly StoredHolding[] {
    return this.#items.all(torrent);
  }

  /** Where its files are for people: in `movies/` and the like, else in `all/`. */
  places(torrent: TorrentKey): readonly Inode[] {
    const inView = (view: string): Inode[] => this.#places.all(torrent, view).map(({ inode }) => inode);
    const placed = inView('library');
    return placed.length > 0 ? placed : inView('all');
  }

  /** The files of the tree that nobody else holds, so that they go with an item. */
  goneWith(row: number): readonly Inode[] {
    return this.#goneWith.all(row).map(({ inode }) => inode);
  }

  /** Torrents of which files are at or below a node, at most `limit`. */
  below(inode: Inode, limit: number): readonly TorrentKey[] {
    return this.#below.all(inode, limit).map(({ torrent }) => torrent);
  }
}

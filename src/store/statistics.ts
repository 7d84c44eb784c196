import type { AccountName } from '../core/account.js';
import { Costly } from '../core/costly.js';
import type { TorrentKey } from '../core/torrent.js';
import { rootInode } from '../core/tree.js';
import type { Connection } from './database.js';

/** How much the library holds, each content counted once. */
export interface LibraryStatistics {
  readonly movies: number;
  readonly shows: number;
  readonly episodes: number;
  readonly other: number;
  readonly torrents: number;
  readonly files: number;
  readonly bytes: number;
}

/** A full count takes some 100 ms for 100,000 files, and while a library is listed for the first time it changes every second. */
const countsKept = { leastMs: 0, mostMs: 10_000 };

/** Counts the library for people to read. */
export class Statistics {
  readonly #titles;
  readonly #episodes;
  readonly #torrents;
  readonly #files;
  readonly #items;
  readonly #ofLink;
  readonly #sizeless;
  readonly #counted = new Costly(() => this.#count(), countsKept);

  constructor(db: Connection) {
    this.#titles = db.prepare<[bigint], { name: string; titles: number }>(
      `SELECT view.name, count(*) AS titles FROM node view JOIN node title ON title.parent = view.inode
       WHERE view.parent = ? AND view.kind = 'directory' GROUP BY view.name`,
    );
    this.#episodes = db.prepare<[], { episodes: number }>(
      `SELECT count(*) AS episodes FROM node file JOIN node season ON season.inode = file.parent
       WHERE file.view = 'library' AND season.key GLOB 'season:*'
         AND lower(file.name) NOT GLOB '*.srt' AND lower(file.name) NOT GLOB '*.ass' AND lower(file.name) NOT GLOB '*.ssa'
         AND lower(file.name) NOT GLOB '*.sub' AND lower(file.name) NOT GLOB '*.idx' AND lower(file.name) NOT GLOB '*.vtt'
         AND lower(file.name) NOT GLOB '*.sup'`,
    );
    this.#torrents = db.prepare<[], { torrents: number }>(
      'SELECT count(DISTINCT torrent) AS torrents FROM item WHERE files_revision IS NOT NULL',
    );
    this.#files = db.prepare<[], { files: number; bytes: number }>(
      `SELECT count(*) AS files, total(content.size) AS bytes FROM node JOIN content ON content.id = node.content
       WHERE node.view = 'all'`,
    );
    this.#items = db.prepare<[AccountName], { items: number }>(
      'SELECT count(*) AS items FROM item WHERE account = ?',
    );
    this.#sizeless = db.prepare<[], { items: number }>(
      `SELECT count(*) AS items FROM item
       WHERE list IN ('downloads', 'saved', 'history') AND state = 'ready' AND files_revision IS NULL`,
    );
    this.#ofLink = db.prepare<[TorrentKey], { items: number; known: number }>(
      'SELECT count(*) AS items, count(files_revision) AS known FROM item WHERE torrent = ?',
    );
  }

  /** How many entries an account's lists have, ready or not. */
  itemsOf(account: AccountName): number {
    return this.#items.get(account)?.items ?? 0;
  }

  /** What became of a hoster link: `untaken` by every account, of `unknown` size, or shown. */
  ofLink(key: TorrentKey): 'untaken' | 'unknown' | 'shown' {
    const { items = 0, known = 0 } = this.#ofLink.get(key) ?? {};
    if (items === 0) return 'untaken';
    return known === 0 ? 'unknown' : 'shown';
  }

  /** Hoster links that accounts keep and whose size nobody has told. */
  sizelessLinks(): number {
    return this.#sizeless.get()?.items ?? 0;
  }

  /** How much there is, or was some seconds ago. */
  counts(): LibraryStatistics {
    return this.#counted.get();
  }

  /** Says that another state was published. */
  changed(): void {
    this.#counted.changed();
  }

  #count(): LibraryStatistics {
    const titles = new Map(this.#titles.all(rootInode).map((row) => [row.name, row.titles]));
    const { files = 0, bytes = 0 } = this.#files.get() ?? {};
    return {
      movies: titles.get('movies') ?? 0,
      shows: (titles.get('shows') ?? 0) + (titles.get('anime') ?? 0),
      episodes: this.#episodes.get()?.episodes ?? 0,
      other: titles.get('other') ?? 0,
      torrents: this.#torrents.get()?.torrents ?? 0,
      files,
      bytes,
    };
  }
}

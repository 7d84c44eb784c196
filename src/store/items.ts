import type { AccountName } from '../core/account.js';
import type { Item, ItemState, ListName, TorrentKey } from '../core/torrent.js';
import type { Connection } from './database.js';
import { HeldFiles, type HeldFile, type HeldFileOfTorrent } from './held-files.js';

/** An item as it is kept. */
export interface KnownItem {
  readonly row: number;
  readonly id: string;
  readonly torrent: TorrentKey;
  readonly name: string;
  readonly addedMs: number;
  readonly state: ItemState;
  readonly reason: string | null;
  readonly revision: string;
  /** The revision whose files are kept; null while none were ever known. */
  readonly filesRevision: string | null;
}

/** An item whose files must be asked for, and what it is while they are asked for. */
export interface AwaitedItem {
  readonly id: string;
  readonly torrent: TorrentKey;
  readonly revision: string;
}

const knownColumns = `row, id, torrent, name, added_ms AS addedMs, state, reason, revision,
  files_revision AS filesRevision`;

/** What the accounts hold, as last told. Only on a writing connection, inside the caller's transaction. */
export class ItemStore {
  readonly #known;
  readonly #byId;
  readonly #insert;
  readonly #update;
  readonly #rename;
  readonly #remove;
  readonly #accounts;
  readonly #setFiles;
  readonly #fileCount;
  readonly #clearFiles;
  readonly #putFile;
  readonly #held;
  readonly #awaiting;
  readonly #awaitingCount;
  readonly #comesBack;
  readonly #arrival;

  constructor(db: Connection) {
    this.#known = db.prepare<[string, string], KnownItem>(
      `SELECT ${knownColumns} FROM item WHERE account = ? AND list = ?`,
    );
    this.#byId = db.prepare<[string, string, string], KnownItem>(
      `SELECT ${knownColumns} FROM item WHERE account = ? AND list = ? AND id = ?`,
    );
    this.#insert = db.prepare(
      `INSERT INTO item (account, list, id, torrent, name, added_ms, state, reason, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#update = db.prepare(
      `UPDATE item SET torrent = ?, name = ?, added_ms = ?, state = ?, reason = ?, revision = ?
       WHERE row = ?`,
    );
    this.#rename = db.prepare('UPDATE item SET id = ?, revision = files_revision WHERE row = ?');
    this.#remove = db.prepare('DELETE FROM item WHERE row = ?');
    this.#accounts = db.prepare<[], { account: string; list: ListName }>(
      'SELECT DISTINCT account, list FROM item',
    );
    this.#setFiles = db.prepare('UPDATE item SET files_revision = ?, name = ?, root = ? WHERE row = ?');
    this.#clearFiles = db.prepare('DELETE FROM item_file WHERE item = ?');
    this.#fileCount = db.prepare<[number], { files: number }>(
      'SELECT count(*) AS files FROM item_file WHERE item = ?',
    );
    this.#putFile = db.prepare(
      `INSERT INTO item_file (item, content, path, path_told, ref) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET path = excluded.path, path_told = excluded.path_told, ref = excluded.ref`,
    );
    this.#held = new HeldFiles(db);
    const awaiting = `FROM item WHERE account = ? AND list = ? AND state = 'ready'
       AND (files_revision IS NULL OR files_revision <> revision)`;
    this.#awaiting = db.prepare<[string, string, number], AwaitedItem>(
      `SELECT id, torrent, revision ${awaiting} ORDER BY added_ms DESC, id LIMIT ?`,
    );
    this.#awaitingCount = db.prepare<[string, string], { items: number }>(
      `SELECT count(*) AS items ${awaiting}`,
    );
    this.#comesBack = db.prepare<[string, number], { row: number }>(
      `SELECT row FROM item WHERE torrent = ? AND row <> ? AND state <> 'failed' AND files_revision IS NULL LIMIT 1`,
    );
    this.#arrival = db.prepare<[string], { addedMs: number | null }>(
      'SELECT min(added_ms) AS addedMs FROM item WHERE torrent = ? AND files_revision IS NOT NULL',
    );
  }

  /** All items of one list, by id. */
  known(account: AccountName, list: ListName): Map<string, KnownItem> {
    return new Map(this.#known.all(account, list).map((item) => [item.id, item]));
  }

  find(account: AccountName, list: ListName, id: string): KnownItem | undefined {
    return this.#byId.get(account, list, id);
  }

  /** Keeps a new item, still without files. */
  add(account: AccountName, list: ListName, item: Item): number {
    const { lastInsertRowid } = this.#insert.run(
      account,
      list,
      item.id,
      item.torrent,
      item.name,
      item.addedMs,
      item.state,
      item.reason,
      item.revision,
    );
    return Number(lastInsertRowid);
  }

  /** Takes over what a listing says of a known item, which thereby is not missing. */
  update(row: number, item: Item): void {
    this.#update.run(item.torrent, item.name, item.addedMs, item.state, item.reason, item.revision, row);
  }

  /** Keeps an item with files under another id, by which nothing is asked for. */
  rename(row: number, id: string): void {
    this.#rename.run(id, row);
  }

  /** Forgets an item and its files; their contents stay. */
  remove(row: number): void {
    this.#remove.run(row);
  }

  /**
   * Takes over what an item holds. A telling of fewer files than are kept adds, but takes nothing away: what was shown
   * stays until the item goes.
   */
  setFiles(
    row: number,
    revision: string,
    name: string,
    root: string | null,
    files: readonly HeldFile[],
  ): void {
    this.#setFiles.run(revision, name, root, row);
    if (files.length >= (this.#fileCount.get(row)?.files ?? 0)) this.#clearFiles.run(row);
    for (const file of files)
      this.#putFile.run(row, file.content, file.path, file.pathTold ? 1 : 0, file.ref);
  }

  /** Every held file of a torrent, the item that was added first coming first. */
  filesOfTorrent(torrent: TorrentKey): HeldFileOfTorrent[] {
    return this.#held.ofTorrent(torrent);
  }

  /** Ready items whose files are not known, or not of their newest revision; newest first. */
  awaitingDetails(account: AccountName, list: ListName, limit: number): AwaitedItem[] {
    return this.#awaiting.all(account, list, limit);
  }

  /** How many they are. */
  countAwaitingDetails(account: AccountName, list: ListName): number {
    return this.#awaitingCount.get(account, list)?.items ?? 0;
  }

  /** Whether another item of this torrent is there of which the files are not known yet. */
  comesBack(item: KnownItem): boolean {
    return this.#comesBack.get(item.torrent, item.row) !== undefined;
  }

  /** Those of the torrents that somebody holds, the one added first coming first, then by key. */
  inOrderOfArrival(torrents: Iterable<TorrentKey>): TorrentKey[] {
    const arrivals: { torrent: TorrentKey; addedMs: number }[] = [];
    for (const torrent of torrents) {
      const addedMs = this.#arrival.get(torrent)?.addedMs ?? null;
      if (addedMs !== null) arrivals.push({ torrent, addedMs });
    }
    arrivals.sort((a, b) => a.addedMs - b.addedMs || (a.torrent < b.torrent ? -1 : 1));
    return arrivals.map((arrival) => arrival.torrent);
  }

  /** Which lists have items, configured or not. */
  lists(): { readonly account: AccountName; readonly list: ListName }[] {
    return this.#accounts.all();
  }
}

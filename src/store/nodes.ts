import { hash } from 'node:crypto';
import type { AccountName } from '../core/account.js';
import type { ContentId } from '../core/content.js';
import { groupBy } from '../core/group-by.js';
import type { TorrentKey } from '../core/torrent.js';
import { lastReservedInode, rootInode, type Inode } from '../core/tree.js';
import type { Connection } from './database.js';

/** Where a content was shown: the library's own folders, one of the user's, `all/`, or one account's own folder. */
export type View = PlacedView | 'all' | `accounts/${AccountName}`;

/** The views that placing fills. */
export type PlacedView = 'library' | `folders/${string}`;

/** Whether placing fills a view. */
export function isPlacedView(view: View): view is PlacedView {
  return view === 'library' || view.startsWith('folders/');
}

/** A place that a new node takes. */
export interface Place {
  readonly parent: Inode;
  readonly name: string;
  /** Wall clock milliseconds. */
  readonly mtimeMs: number;
}

/** A file of the tree by its content. */
export interface Leaf {
  readonly content: ContentId;
  readonly inode: Inode;
  readonly parent: Inode;
  readonly name: string;
  readonly view: View;
  readonly pinnedTo: AccountName | null;
}

/** Where the files of a torrent are shown. */
export type TorrentLeaves = ReadonlyMap<ContentId, readonly Leaf[]>;

export interface Folder {
  readonly inode: Inode;
  readonly parent: Inode;
  readonly name: string;
  readonly mtimeMs: number;
  /** What the folder stands for; null for the fixed ones, which never go. */
  readonly key: string | null;
}

interface FolderRow {
  readonly inode: bigint;
  readonly parent: bigint;
  readonly name: string;
  readonly mtimeMs: bigint;
  readonly key: string | null;
}

/**
 * The published tree, for its one writer. Only inside the caller's transaction.
 *
 * INVARIANT: an inode is derived from the kind, the parent's inode, the name and (for files) the content, so the same
 * place holding the same thing has the same number for ever.
 */
export class NodeStore {
  readonly #taken;
  readonly #folder;
  readonly #folderByKey;
  readonly #foldersByKeyStart;
  readonly #setKey;
  readonly #folderByName;
  readonly #folders;
  readonly #insert;
  readonly #leaves;
  readonly #remove;
  readonly #hasChildren;
  readonly #touch;
  readonly #inodeUsed;

  constructor(db: Connection) {
    const folderColumns = 'inode, parent, name, mtime_ms AS mtimeMs, key';
    this.#taken = db.prepare<[bigint, string], { one: number }>(
      'SELECT 1 AS one FROM node WHERE parent = ? AND name = ?',
    );
    this.#folder = db
      .prepare<[bigint], FolderRow>(
        `SELECT ${folderColumns} FROM node WHERE inode = ? AND kind = 'directory'`,
      )
      .safeIntegers();
    this.#folderByKey = db
      .prepare<[bigint, string], FolderRow>(
        `SELECT ${folderColumns} FROM node WHERE parent = ? AND key = ? AND kind = 'directory'`,
      )
      .safeIntegers();
    // `;` follows `:` in the order of bytes.
    this.#foldersByKeyStart = db
      .prepare<[bigint, string, string], FolderRow>(
        `SELECT ${folderColumns} FROM node
         WHERE parent = ? AND key >= ? || ':' AND key < ? || ';' AND kind = 'directory' LIMIT 2`,
      )
      .safeIntegers();
    this.#setKey = db.prepare<[string, bigint]>('UPDATE node SET key = ? WHERE inode = ?');
    this.#folderByName = db
      .prepare<[bigint, string], FolderRow>(
        `SELECT ${folderColumns} FROM node WHERE parent = ? AND name = ? AND kind = 'directory'`,
      )
      .safeIntegers();
    this.#folders = db
      .prepare<[bigint], FolderRow>(
        `SELECT ${folderColumns} FROM node WHERE parent = ? AND kind = 'directory'`,
      )
      .safeIntegers();
    this.#insert = db.prepare(
      `INSERT INTO node (inode, parent, name, kind, mtime_ms, key, view, content, pinned_to, bytes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#leaves = db
      .prepare<[string], Omit<Leaf, 'content'> & { content: bigint }>(
        `SELECT n.content, n.inode, n.parent, n.name, n.view, n.pinned_to AS pinnedTo
         FROM content c JOIN node n ON n.content = c.id WHERE c.torrent = ?`,
      )
      .safeIntegers();
    this.#remove = db.prepare<[bigint]>('DELETE FROM node WHERE inode = ?');
    this.#hasChildren = db.prepare<[bigint], { one: number }>(
      'SELECT 1 AS one FROM node WHERE parent = ? LIMIT 1',
    );
    this.#touch = db.prepare<[number, bigint]>('UPDATE node SET mtime_ms = ? WHERE inode = ?');
    this.#inodeUsed = db.prepare<[bigint], { one: number }>('SELECT 1 AS one FROM node WHERE inode = ?');
  }

  isTaken(parent: Inode, name: string): boolean {
    return this.#taken.get(parent, name) !== undefined;
  }

  folder(inode: Inode): Folder | undefined {
    return asFolder(this.#folder.get(inode));
  }

  folderByKey(parent: Inode, key: string): Folder | undefined {
    return asFolder(this.#folderByKey.get(parent, key));
  }

  /** The folder whose key is `start`, `:` and anything; undefined where there is none, or several. */
  onlyFolderByKeyStart(parent: Inode, start: string): Folder | undefined {
    const [only, another] = this.#foldersByKeyStart.all(parent, start, start);
    return another === undefined ? asFolder(only) : undefined;
  }

  /** Says what a folder stands for, now that more is known. */
  setKey(inode: Inode, key: string): void {
    this.#setKey.run(key, inode);
  }

  folderByName(parent: Inode, name: string): Folder | undefined {
    return asFolder(this.#folderByName.get(parent, name));
  }

  folders(parent: Inode): Folder[] {
    return this.#folders.all(parent).flatMap((row) => asFolder(row) ?? []);
  }

  addRoot(mtimeMs: number): void {
    if (this.#inodeUsed.get(rootInode) !== undefined) return;
    this.#insert.run(rootInode, 0n, '', 'directory', mtimeMs, null, null, null, null, null);
  }

  addFolder(place: Place, key: string | null): Folder {
    const inode = this.#inodeFor('directory', place, '');
    this.#insert.run(
      inode,
      place.parent,
      place.name,
      'directory',
      place.mtimeMs,
      key,
      null,
      null,
      null,
      null,
    );
    return { inode, ...place, key };
  }

  /** @param identity text that tells the content from all others, also in another store. */
  addFile(
    place: Place,
    view: View,
    content: ContentId,
    identity: string,
    pinnedTo: AccountName | null,
  ): Inode {
    const inode = this.#inodeFor('file', place, identity);
    this.#insert.run(
      inode,
      place.parent,
      place.name,
      'file',
      place.mtimeMs,
      null,
      view,
      content,
      pinnedTo,
      null,
    );
    return inode;
  }

  addStatic(place: Place, bytes: Uint8Array): Inode {
    const inode = this.#inodeFor('static', place, '');
    this.#insert.run(inode, place.parent, place.name, 'static', place.mtimeMs, null, null, null, null, bytes);
    return inode;
  }

  /** Every place of every file of a torrent. */
  leaves(torrent: TorrentKey): TorrentLeaves {
    const leaves = this.#leaves.all(torrent).map((row): Leaf => ({ ...row, content: Number(row.content) }));
    return groupBy(leaves, ({ content }) => content);
  }

  remove(inode: Inode): void {
    this.#remove.run(inode);
  }

  hasChildren(inode: Inode): boolean {
    return this.#hasChildren.get(inode) !== undefined;
  }

  setMtime(inode: Inode, mtimeMs: number): void {
    this.#touch.run(mtimeMs, inode);
  }

  #inodeFor(kind: string, place: Place, what: string): Inode {
    for (let salt = 0; ; salt += 1) {
      const inode = hashedInode(kind, place, what, salt);
      if (inode > lastReservedInode && this.#inodeUsed.get(inode) === undefined) return inode;
    }
  }
}

function hashedInode(kind: string, place: Place, what: string, salt: number): Inode {
  const text = JSON.stringify([kind, String(place.parent), place.name, what, salt]);
  return hash('sha256', text, 'buffer').readBigUInt64BE(0) >> 1n;
}

function asFolder(row: FolderRow | undefined): Folder | undefined {
  return row === undefined ? undefined : { ...row, mtimeMs: Number(row.mtimeMs) };
}

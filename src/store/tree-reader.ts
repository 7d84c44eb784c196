import type { AccountName } from '../core/account.js';
import type { Content, ContentId, Extent, Inside, Source } from '../core/content.js';
import { Costly } from '../core/costly.js';
import type { ItemState, ListName } from '../core/torrent.js';
import type { Inode, Tree, TreeNode } from '../core/tree.js';
import type { Connection } from './database.js';

interface NodeRow {
  readonly inode: bigint;
  readonly parent: bigint;
  readonly name: string;
  readonly kind: TreeNode['kind'];
  readonly mtimeMs: bigint;
  readonly content: bigint | null;
  readonly pinnedTo: string | null;
  readonly bytes: Buffer | null;
  readonly size: bigint | null;
}

interface ExtentRow extends Omit<Extent, 'ref' | 'confirmed'> {
  /** Null where the item does not hold the volume. */
  readonly ref: string | null;
  readonly confirmed: number;
}

interface ArchivedRow extends Omit<SourceRow, 'ref'> {
  readonly item: number;
  readonly first: ContentId;
  readonly path: string;
}

interface SourceRow {
  readonly account: AccountName;
  readonly list: ListName;
  readonly itemId: string;
  readonly ref: string;
  readonly state: ItemState;
  readonly reason: string | null;
}

/** All nodes of a large library take some 100 ms to be counted, and a monitor may ask each second. */
const countsKept = { leastMs: 0, mostMs: 10_000 };

const nodeQuery = `SELECT n.inode, n.parent, n.name, n.kind, n.mtime_ms AS mtimeMs, n.content, n.pinned_to AS pinnedTo,
  n.bytes, c.size FROM node n LEFT JOIN content c ON c.id = n.content`;

/**
 * The published tree, read straight from the store: nothing is loaded at start, and each answer is of the newest
 * published state. A look-up takes a few microseconds.
 */
export class TreeReader implements Tree {
  readonly #accountOrder: ReadonlyMap<AccountName, number>;
  readonly #node;
  readonly #child;
  readonly #children;
  readonly #childrenFrom;
  readonly #childCount;
  readonly #folders;
  readonly #content;
  readonly #places;
  readonly #sources;
  readonly #sealed;
  readonly #archived;
  readonly #extents;
  readonly #nodeCount;
  readonly #byteCount;
  readonly #counts = new Costly(
    () => ({ nodes: this.#nodeCount.get()?.nodes ?? 0, bytes: this.#byteCount.get()?.bytes ?? 0 }),
    countsKept,
  );

  /** @param accounts the configured accounts, most wanted first. */
  constructor(db: Connection, accounts: readonly AccountName[]) {
    this.#accountOrder = new Map(accounts.map((account, index) => [account, index]));
    this.#node = db.prepare<[bigint], NodeRow>(`${nodeQuery} WHERE n.inode = ?`).safeIntegers();
    this.#child = db
      .prepare<[bigint, string], NodeRow>(`${nodeQuery} WHERE n.parent = ? AND n.name = ?`)
      .safeIntegers();
    this.#children = db
      .prepare<[bigint, bigint, number], NodeRow>(
        `${nodeQuery} WHERE n.parent = ? AND n.inode > ? ORDER BY n.inode LIMIT ?`,
      )
      .safeIntegers();
    // The names come from their index alone: what is passed over costs next to nothing.
    this.#childrenFrom = db
      .prepare<[bigint, number, number], NodeRow>(
        `WITH page AS (SELECT inode FROM node WHERE parent = ? ORDER BY name LIMIT ? OFFSET ?)
         ${nodeQuery} WHERE n.inode IN (SELECT inode FROM page) ORDER BY n.name`,
      )
      .safeIntegers();
    this.#childCount = db.prepare<[bigint], number>('SELECT count(*) FROM node WHERE parent = ?').pluck();
    this.#folders = db
      .prepare<[], Inode>("SELECT inode FROM node WHERE kind = 'directory' ORDER BY mtime_ms DESC")
      .safeIntegers()
      .pluck();
    this.#content = db.prepare<[number], Content>(
      'SELECT id, torrent, size, base_name AS baseName, ordinal FROM content WHERE id = ?',
    );
    this.#places = db
      .prepare<[bigint], NodeRow>(
        `${nodeQuery} WHERE n.content = ?
         ORDER BY n.view GLOB 'accounts/*', n.view = 'all', n.view <> 'library', n.view`,
      )
      .safeIntegers();
    this.#sources = db.prepare<[number], SourceRow>(
      `SELECT i.account, i.list, i.id AS itemId, f.ref, i.state, i.reason
       FROM item_file f JOIN item i ON i.row = f.item WHERE f.content = ? ORDER BY i.added_ms DESC, i.id`,
    );
    this.#sealed = db.prepare<[number], { reason: string | null }>(
      'SELECT reason FROM archive WHERE volume = ?',
    );
    this.#archived = db.prepare<[number], ArchivedRow>(
      `SELECT i.row AS item, a.first, a.path, i.account, i.list, i.id AS itemId, i.state, i.reason
       FROM archived a JOIN item_file f ON f.content = a.first JOIN item i ON i.row = f.item
       WHERE a.content = ? ORDER BY i.added_ms DESC, i.id`,
    );
    this.#extents = db.prepare<[number, number, number], ExtentRow>(
      `SELECT e.at, e.number AS volume, f.ref, e.offset, e.length, c.size AS volumeSize, e.confirmed
       FROM extent e JOIN content c ON c.id = e.volume
         LEFT JOIN item_file f ON f.item = ? AND f.content = e.volume
       WHERE e.content = ? AND e.first = ? ORDER BY e.at`,
    );
    this.#nodeCount = db.prepare<[], { nodes: number }>('SELECT count(*) AS nodes FROM node');
    this.#byteCount = db.prepare<[], { bytes: number }>(
      "SELECT total(c.size) AS bytes FROM node n JOIN content c ON c.id = n.content WHERE n.view = 'all'",
    );
  }

  node(inode: Inode): TreeNode | undefined {
    return asNode(this.#node.get(inode));
  }

  child(parent: Inode, name: string): TreeNode | undefined {
    return asNode(this.#child.get(parent, name));
  }

  children(parent: Inode, after: Inode, limit: number): TreeNode[] {
    return this.#children.all(parent, after, limit).flatMap((row) => asNode(row) ?? []);
  }

  childrenFrom(parent: Inode, from: number, limit: number): TreeNode[] {
    return this.#childrenFrom.all(parent, limit, from).flatMap((row) => asNode(row) ?? []);
  }

  childCount(parent: Inode): number {
    return this.#childCount.get(parent) ?? 0;
  }

  folders(): Inode[] {
    return this.#folders.all();
  }

  counts(): { readonly nodes: number; readonly bytes: number } {
    return this.#counts.get();
  }

  content(id: ContentId): Content | undefined {
    return this.#content.get(id);
  }

  sealed(id: ContentId): string | null {
    return this.#sealed.get(id)?.reason ?? null;
  }

  places(id: ContentId): TreeNode[] {
    return this.#places.all(BigInt(id)).flatMap((row) => asNode(row) ?? []);
  }

  sources(id: ContentId): Source[] {
    const rank = (source: Source): number =>
      (source.ready ? 0 : this.#accountOrder.size + 1) +
      (this.#accountOrder.get(source.account) ?? this.#accountOrder.size);
    return [...this.#sources.all(id), ...this.#inArchives(id)]
      .map(({ state, ...source }): Source => ({
        ...source,
        ready: state === 'ready' && this.#accountOrder.has(source.account),
      }))
      .sort((a, b) => rank(a) - rank(b));
  }

  /** Where it lies inside of stored archives, of which an item holds every volume. */
  #inArchives(id: ContentId): (SourceRow & { readonly inside: Inside })[] {
    return this.#archived.all(id).flatMap(({ item, first, path, ...row }) => {
      const extents: Extent[] = [];
      for (const { ref, confirmed, ...extent } of this.#extents.all(item, id, first)) {
        if (ref === null) return [];
        extents.push({ ...extent, ref, confirmed: confirmed === 1 });
      }
      const ref = extents[0]?.ref;
      return ref === undefined ? [] : [{ ...row, ref, inside: { path, extents } }];
    });
  }

  /** Says that another state was published. */
  changed(): void {
    this.#counts.changed();
  }
}

function asNode(row: NodeRow | undefined): TreeNode | undefined {
  if (row === undefined) return undefined;
  const { inode, parent, name } = row;
  const base = { inode, parent, name, mtimeMs: Number(row.mtimeMs) };
  switch (row.kind) {
    case 'directory':
      return { kind: 'directory', ...base };
    case 'static':
      return { kind: 'static', ...base, bytes: row.bytes ?? new Uint8Array(0) };
    case 'file':
      return {
        kind: 'file',
        ...base,
        content: Number(row.content),
        size: Number(row.size),
        pinnedTo: row.pinnedTo,
      };
  }
}

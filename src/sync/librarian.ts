import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Link } from '../core/provider.js';
import type { Item, ItemDetails, ItemFile, ListName, Listing, TorrentKey } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import { identify } from '../library/identity.js';
import { splitRoot } from '../library/raw-paths.js';
import { ContentStore } from '../store/contents.js';
import type { Connection } from '../store/database.js';
import { ItemStore, type HeldFile, type KnownItem } from '../store/items.js';
import { LinkRows } from '../store/links.js';
import { Meta } from '../store/meta.js';
import { judgeAbsence, type HeldLoss } from './absence.js';
import { Publisher, type PublishOptions } from './publisher.js';

/** What applying a listing or details did. */
export interface Applied {
  readonly items: number;
  readonly added: number;
  readonly removed: number;
  /** Items that a complete listing lacked and that wait for another to agree. */
  readonly missing: number;
  readonly held: HeldLoss | null;
  readonly changes: readonly TreeChange[];
}

/**
 * The store's one writer: takes what accounts say and publishes the tree that follows from it. Every method is one
 * transaction: it happens whole or not at all. Synchronous and possibly slow (a first listing of thousands), so the
 * process runs it in a thread of its own.
 */
export class Librarian {
  readonly #db: Connection;
  readonly #accounts: readonly AccountName[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #items: ItemStore;
  readonly #contents: ContentStore;
  readonly #links: LinkRows;
  readonly #meta: Meta;
  readonly #publisher: Publisher;

  constructor(db: Connection, options: PublishOptions, clock: Clock, logger: Logger) {
    this.#db = db;
    this.#accounts = options.accounts;
    this.#clock = clock;
    this.#logger = logger;
    this.#items = new ItemStore(db);
    this.#contents = new ContentStore(db);
    this.#links = new LinkRows(db);
    this.#meta = new Meta(db);
    this.#publisher = new Publisher(db, this.#items, this.#contents, this.#meta, options, clock);
    this.#write(() => this.#publisher.prepare());
  }

  /** Whether some account's listing was ever complete, so that the tree may be shown. */
  isPublished(): boolean {
    return this.#meta.get('published') !== undefined;
  }

  /** Says that one account's lists were all complete: from now on the tree is trusted. */
  markPublished(): readonly TreeChange[] {
    return this.#write(() => this.#publisher.trust());
  }

  /**
   * Takes over a listing. Additions and changes apply at once; what a complete listing lacks goes by the rules of
   * `judgeAbsence`.
   */
  applyListing(account: AccountName, list: ListName, listing: Listing, confirmAfterMs: number): Applied {
    return this.#write(() => {
      const known = this.#items.known(account, list);
      const touched = new Set<TorrentKey>();
      let added = 0;
      for (const item of listing.items) {
        const before = known.get(item.id);
        if (before === undefined) added += 1;
        this.#applyItem(account, list, item, before, touched);
      }
      const present = new Set([...listing.items.map((item) => item.id), ...listing.unreadable]);
      for (const id of listing.unreadable) {
        const before = known.get(id);
        if (before !== undefined && before.missingSinceMs !== null)
          this.#items.setMissingSince(before.row, null);
      }
      const absence =
        listing.scope === 'complete'
          ? this.#applyAbsence([...known.values()], present, confirmAfterMs, touched)
          : null;
      return {
        items: known.size + added - (absence?.removed ?? 0),
        added,
        removed: absence?.removed ?? 0,
        missing: absence?.missing ?? 0,
        held: absence?.held ?? null,
        changes: this.#publisher.publish(touched),
      };
    });
  }

  /** Takes over details. Details of items that are no longer kept are passed over. */
  applyDetails(account: AccountName, list: ListName, details: readonly ItemDetails[]): Applied {
    return this.#write(() => {
      const touched = new Set<TorrentKey>();
      let applied = 0;
      for (const detail of details) {
        const known = this.#items.find(account, list, detail.id);
        if (known === undefined || detail.files === null) continue;
        this.#setFiles(known.row, known.torrent, detail.name, known.revision, detail.files);
        touched.add(known.torrent);
        applied += 1;
      }
      return {
        items: applied,
        added: 0,
        removed: 0,
        missing: 0,
        held: null,
        changes: this.#publisher.publish(touched),
      };
    });
  }

  /** Ready items whose files must still be asked for, newest first. */
  awaitingDetails(account: AccountName, list: ListName, limit: number): string[] {
    return this.#items.awaitingDetails(account, list, limit);
  }

  /** Removes what accounts that are no longer configured held. Call it once all others are known to be complete. */
  forgetOtherAccounts(): readonly TreeChange[] {
    return this.#write(() => {
      const touched = new Set<TorrentKey>();
      for (const { account, list } of this.#items.lists()) {
        if (this.#accounts.includes(account)) continue;
        this.#logger.info({ account, list }, 'forgetting an account that is no longer configured');
        for (const item of this.#items.known(account, list).values()) {
          this.#items.remove(item.row);
          touched.add(item.torrent);
        }
      }
      return [...this.#publisher.publish(touched), ...this.#publisher.releaseAccountFolders()];
    });
  }

  putLink(key: string, link: Link): void {
    this.#links.put(key, link);
  }

  dropLink(key: string): void {
    this.#links.drop(key);
  }

  close(): void {
    this.#db.close();
  }

  #write<Result>(work: () => Result): Result {
    return this.#db.transaction(work).immediate();
  }

  #applyItem(
    account: AccountName,
    list: ListName,
    item: Item,
    before: KnownItem | undefined,
    touched: Set<TorrentKey>,
  ): void {
    if (before !== undefined && isUnchanged(before, item)) return;
    if (before !== undefined && before.torrent !== item.torrent) touched.add(before.torrent);
    const row = before?.row ?? this.#items.add(account, list, item);
    if (before !== undefined) this.#items.update(row, item);
    // Only a ready item changes what is shown: one that expires or fails keeps its files, and reading them says why.
    if (item.state === 'ready' && item.files !== null && before?.filesRevision !== item.revision) {
      this.#setFiles(row, item.torrent, item.name, item.revision, item.files);
      touched.add(item.torrent);
    }
  }

  #setFiles(
    row: number,
    torrent: TorrentKey,
    name: string,
    revision: string,
    files: readonly ItemFile[],
  ): void {
    const identities = identify(files);
    const told = splitRoot(files.map((file) => file.path));
    const held: HeldFile[] = [];
    for (const [index, file] of files.entries()) {
      const identity = identities[index];
      if (file.ref === null || identity === undefined) continue;
      const content = this.#contents.ensure({ torrent, ...identity, packed: file.packed });
      held.push({ content, path: told.paths[index] ?? '', pathTold: file.pathTold, ref: file.ref });
    }
    this.#items.setFiles(row, revision, name, told.root, held);
  }

  #applyAbsence(
    known: readonly KnownItem[],
    present: ReadonlySet<string>,
    confirmAfterMs: number,
    touched: Set<TorrentKey>,
  ): { readonly removed: number; readonly missing: number; readonly held: HeldLoss | null } {
    const nowMs = this.#clock.now();
    const { remove, mark, held } = judgeAbsence(known, present, nowMs, confirmAfterMs);
    for (const item of mark) this.#items.setMissingSince(item.row, nowMs);
    for (const item of remove) {
      this.#items.remove(item.row);
      touched.add(item.torrent);
    }
    const missing = known.filter((item) => !present.has(item.id)).length - remove.length;
    return { removed: remove.length, missing, held };
  }
}

function isUnchanged(before: KnownItem, item: Item): boolean {
  return (
    before.missingSinceMs === null &&
    before.revision === item.revision &&
    before.state === item.state &&
    before.reason === item.reason &&
    before.name === item.name &&
    before.torrent === item.torrent &&
    before.addedMs === item.addedMs &&
    (item.files === null || item.state !== 'ready' || before.filesRevision === item.revision)
  );
}

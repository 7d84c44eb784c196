import type { AccountName } from '../core/account.js';
import type { Layout } from '../archives/archive.js';
import type { Clock } from '../core/clock.js';
import { itemOfKey } from '../core/content.js';
import type { Identification } from '../core/identification.js';
import type { Logger } from '../core/logger.js';
import type { Link } from '../core/provider.js';
import type { Item, ItemDetails, ItemFile, ListName, Listing, TorrentKey } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import { identify } from '../library/identity.js';
import type { Overrides } from '../library/overrides.js';
import { splitRoot } from '../library/raw-paths.js';
import { ContentStore } from '../store/contents.js';
import { asStorageError, type Connection } from '../store/database.js';
import type { HeldFile } from '../store/held-files.js';
import { ItemStore, type AwaitedItem, type KnownItem } from '../store/items.js';
import { LinkRows } from '../store/links.js';
import { Meta } from '../store/meta.js';
import { isFull } from '../store/sqlite-trouble.js';
import { MadeDownloadRows } from '../store/made-downloads.js';
import { TrafficRows, type TrafficDay } from '../store/traffic.js';
import { heldOf, judgeAbsence, type Absence, type HeldLoss, type Judgement } from './absence.js';
import { Archives, type VolumeSet } from './archives.js';
import type { ToAsk } from './awaited-answers.js';
import type { Renamed } from './shown-places.js';
import { Publisher, type Awaiting, type PublishOptions } from './publisher.js';

/** What applying a listing or details did. */
export interface Applied {
  readonly items: number;
  readonly added: number;
  readonly removed: number;
  /** Items that the last complete listing lacked and that wait for another to agree. */
  readonly missing: number;
  readonly held: HeldLoss | null;
  readonly changes: readonly TreeChange[];
}

/** Details, with what their item was when they were asked for. */
export interface AnsweredDetails extends ItemDetails {
  readonly torrent: TorrentKey;
  readonly revision: string;
}

/** Some of the items whose details are to be asked for. */
export interface AwaitedItems {
  readonly first: readonly AwaitedItem[];
  readonly count: number;
}

/** What `retag` did, or would do. */
export interface Retagged {
  readonly changes: readonly TreeChange[];
  readonly renamed: readonly Renamed[];
}

/** Ends a transaction whose work was only to be looked at. */
class Undone extends Error {}

/** How long one slice of placing anew takes, in milliseconds: a link that is to be kept waits no longer. */
const sliceMs = 100;

/** So long the list of a service may be the one of before a removal, in milliseconds: TorBox's cache (documented). */
const staleMs = 600_000;

/**
 * The store's one writer: takes what accounts say and publishes the tree that follows from it. Every change is one
 * transaction: it happens whole or not at all. (A single row, such as a link, is one by itself.) Synchronous and possibly slow (a first listing of thousands), so the
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
  readonly #traffic: TrafficRows;
  readonly #madeDownloads: MadeDownloadRows;
  readonly #archives: Archives;
  readonly #publisher: Publisher;
  /**
   * What the newest complete listing of each list lacked. In memory only: after a restart two listings must agree anew,
   * and no step of the wall clock can confirm a loss.
   */
  readonly #absences = new Map<string, ReadonlyMap<number, Absence>>();

  /** Until when an item that the user had removed may still be told by a list of changes, monotonic milliseconds. */
  readonly #removedByUser = new Map<string, number>();

  /** Whether the publisher knows what the store holds: not before the first change, nor after one that failed. */
  #isPrepared = false;

  constructor(db: Connection, options: PublishOptions, clock: Clock, logger: Logger) {
    this.#db = db;
    this.#accounts = options.accounts;
    this.#clock = clock;
    this.#logger = logger;
    this.#items = new ItemStore(db);
    this.#contents = new ContentStore(db);
    this.#links = new LinkRows(db);
    this.#meta = new Meta(db);
    this.#traffic = new TrafficRows(db);
    this.#madeDownloads = new MadeDownloadRows(db);
    this.#archives = new Archives(db, this.#items, this.#contents);
    this.#publisher = new Publisher(db, this.#items, this.#contents, this.#meta, options, clock);
    try {
      this.#write(() => {
        this.#traffic.dropOld(clock.now());
        this.#madeDownloads.dropOld(clock.now());
      });
    } catch (thrown) {
      // What is there can be shown; what is new is taken over once there is room.
      if (!isFull(thrown)) throw thrown;
      logger.warn({}, asStorageError(thrown).message);
    }
  }

  /** Whether some account's listing was ever complete, so that the tree may be shown. */
  isPublished(): boolean {
    return this.#meta.get('published') !== undefined;
  }

  /** Says that one account told all it holds, as far as it can be understood: from now on the tree is trusted. */
  markPublished(): readonly TreeChange[] {
    return this.#write(() => this.#publisher.trust());
  }

  /**
   * Takes over a listing. Additions and changes apply at once; what a complete listing lacks goes by the rules of
   * `judgeAbsence`.
   */
  applyListing(account: AccountName, list: ListName, listing: Listing, confirmAfterMs: number): Applied {
    const place = `${account} ${list}`;
    const before = this.#absences.get(place) ?? new Map<number, Absence>();
    const { absences, ...applied } = this.#write(() => {
      const known = this.#items.known(account, list);
      const touched = new Set<TorrentKey>();
      let added = 0;
      for (const item of listing.items) {
        if (listing.scope === 'changes' && this.#wasRemoved(`${place} ${item.id}`)) continue;
        const kept = this.#settleId(known, item);
        if (kept === undefined) added += 1;
        this.#applyItem(account, list, item, kept, touched);
      }
      const present = new Set([...listing.items.map((item) => item.id), ...listing.unreadable]);
      const nowMs = this.#clock.monotonic();
      const all = [...known.values()];
      const { remove, absences, held } =
        listing.scope === 'complete'
          ? judgeAbsence(all, present, before, nowMs, confirmAfterMs)
          : stillLacked(all, present, before);
      const removed = this.#remove(account, list, remove, touched);
      return {
        items: known.size + added - removed,
        added,
        removed,
        missing: absences.size,
        held: held === null ? null : { ...held, sinceMs: this.#clock.now() - (nowMs - held.sinceMs) },
        absences,
        changes: this.#publisher.publish(touched),
      };
    });
    this.#absences.set(place, absences);
    return applied;
  }

  /**
   * Takes over details. Those of items that are gone or have changed since they were asked for are passed over: an id
   * may stand for another torrent by now, and two torrents may have one revision, which tells states of one item apart.
   */
  applyDetails(
    account: AccountName,
    list: ListName,
    details: readonly AnsweredDetails[],
  ): readonly TreeChange[] {
    return this.#write(() => {
      const touched = new Set<TorrentKey>();
      for (const { id, name, torrent, files, revision } of details) {
        const known = this.#items.find(account, list, id);
        if (known?.torrent !== torrent || known.revision !== revision || files === null) continue;
        this.#setFiles(known.row, torrent, name, revision, files);
        touched.add(torrent);
      }
      return this.#publisher.publish(touched);
    });
  }

  /** Ready items whose files must still be asked for, newest first: at most `limit`, and how many there are in all. */
  awaitingDetails(account: AccountName, list: ListName, limit: number): AwaitedItems {
    return {
      first: this.#items.awaitingDetails(account, list, limit),
      count: this.#items.countAwaitingDetails(account, list),
    };
  }

  /**
   * Removes what accounts that are no longer configured held, except what comes back by another item once its details
   * are known. Call it after rounds in which all configured accounts were known completely.
   */
  forgetOtherAccounts(): readonly TreeChange[] {
    const others = this.#items.lists().filter(({ account }) => !this.#accounts.includes(account));
    if (others.length === 0) return [];
    return this.#write(() => {
      const touched = new Set<TorrentKey>();
      for (const { account, list } of others) {
        const items = [...this.#items.known(account, list).values()];
        const removed = this.#remove(account, list, items, touched);
        if (removed === 0) continue;
        this.#logger.info({ account, list, removed }, 'forgetting an account that is no longer configured');
      }
      return [...this.#publisher.publish(touched), ...this.#publisher.releaseAccountFolders()];
    });
  }

  /**
   * Forgets an item that the user just had removed from its account: that needs no listings to agree, and a list of changes from before
   * does not bring it back. What comes back with another item of its torrent stays.
   */
  forgetItem(account: AccountName, list: ListName, itemId: string): readonly TreeChange[] {
    this.#removedByUser.set(`${account} ${list} ${itemId}`, this.#clock.monotonic() + staleMs);
    return this.#write(() => {
      const item = this.#items.find(account, list, itemId);
      if (item === undefined) return [];
      const touched = new Set<TorrentKey>();
      this.#remove(account, list, [item], touched);
      // Its row may come to stand for another item.
      const place = `${account} ${list}`;
      const absences = [...(this.#absences.get(place) ?? [])].filter(([row]) => row !== item.row);
      this.#absences.set(place, new Map(absences));
      return this.#publisher.publish(touched);
    });
  }

  /** Torrents that a catalogue is to be asked about, those first that wait for it: at most `limit`. */
  toIdentify(limit: number): ToAsk {
    return this.#write(() => this.#publisher.toIdentify(limit));
  }

  /** Takes over what a catalogue says of a torrent; null: that it does not know it. */
  identified(torrent: TorrentKey, told: Identification | null): readonly TreeChange[] {
    return this.#write(() => this.#publisher.identified(torrent, told));
  }

  /**
   * Puts what was learnt after torrents were shown into names.
   * @param below only what has this path, or lies below it; empty: everything.
   * @param isDry whether nothing is changed, and only told.
   */
  retag(below: string, isDry: boolean): Retagged {
    let found: Retagged = { changes: [], renamed: [] };
    try {
      this.#write(() => {
        found = this.#publisher.retag(below);
        if (isDry || found.renamed.length === 0) throw new Undone();
      });
    } catch (thrown) {
      if (!(thrown instanceof Undone)) throw thrown;
      return { changes: [], renamed: found.renamed };
    }
    return found;
  }

  /** Says whether new torrents may wait for a catalogue; shows those that waited long enough. */
  awaitAnswers(isAsking: boolean): Awaiting {
    return this.#write(() => this.#publisher.awaitAnswers(isAsking));
  }

  /** Takes over what the user says of torrents; `placeAnew` shows it. */
  setOverrides(overrides: Overrides): void {
    this.#write(() => this.#publisher.setOverrides(overrides));
  }

  /**
   * Places some of what was placed by other rules than now, a slice at a time, so that listings and links need not wait.
   * @returns what changed, and how many torrents are left: call it until there are none.
   */
  placeAnew(): { readonly changes: readonly TreeChange[]; readonly left: number } {
    return this.#write(() => this.#publisher.placeAnew(sliceMs));
  }

  /** Keeps a link, unless its item went while it was asked for: a link goes with its item, so this one never would. */
  putLink(key: string, link: Link): void {
    const { account, list, itemId } = itemOfKey(key);
    if (this.#items.find(account, list, itemId) !== undefined) this.#links.put(key, link);
  }

  /** Keeps what file hosts sent, and drops the days that are no longer counted. */
  putTraffic(days: readonly TrafficDay[]): void {
    this.#write(() => {
      for (const day of days) this.#traffic.put(day);
      this.#traffic.dropOld(this.#clock.now());
    });
  }

  /** Keeps which row of an account's downloads was made here. */
  putMadeDownload(account: AccountName, id: string, madeMs: number): void {
    this.#madeDownloads.put(account, id, madeMs);
  }

  /** Sets of volumes of which nobody knows what is inside, at most `limit`. */
  unknownArchives(limit: number): readonly VolumeSet[] {
    return this.#write(() => this.#archives.unknown(limit));
  }

  /** Takes over what is inside of a set of volumes, and shows it. */
  applyLayout(set: VolumeSet, layout: Layout): readonly TreeChange[] {
    return this.#write(() => {
      this.#archives.apply(set, layout);
      return this.#publisher.publish([set.torrent]);
    });
  }

  close(): void {
    this.#db.close();
  }

  #wasRemoved(key: string): boolean {
    const untilMs = this.#removedByUser.get(key);
    if (untilMs === undefined) return false;
    if (this.#clock.monotonic() < untilMs) return true;
    this.#removedByUser.delete(key);
    return false;
  }

  #write<Result>(work: () => Result): Result {
    const isPrepared = this.#isPrepared;
    this.#isPrepared = false;
    const result = this.#db
      .transaction(() => {
        if (!isPrepared) this.#publisher.prepare();
        return work();
      })
      .immediate();
    this.#isPrepared = true;
    return result;
  }

  /**
   * What is kept of an item. An id that now stands for another torrent is another item: the one that it stood for is
   * kept beside it, under an id that no listing has, so that it goes by the same rules as everything that is lacked.
   * Without files it shows nothing and can be asked for nothing, and goes at once.
   */
  #settleId(known: Map<string, KnownItem>, { id, torrent }: Item): KnownItem | undefined {
    const kept = known.get(id);
    if (kept === undefined || kept.torrent === torrent) return kept;
    known.delete(id);
    if (kept.filesRevision === null) {
      this.#items.remove(kept.row);
    } else {
      const retiredId = `${id} ${kept.torrent}`;
      this.#items.rename(kept.row, retiredId);
      known.set(retiredId, { ...kept, id: retiredId });
    }
    const returning = known.get(`${id} ${torrent}`);
    if (returning === undefined) return undefined;
    this.#items.rename(returning.row, id);
    known.delete(returning.id);
    const returned = { ...returning, id };
    known.set(id, returned);
    return returned;
  }

  #applyItem(
    account: AccountName,
    list: ListName,
    told: Item,
    before: KnownItem | undefined,
    touched: Set<TorrentKey>,
  ): void {
    const hasFiles = before?.filesRevision === told.revision;
    const item: Item = {
      ...told,
      // The name that came with the files stays with them.
      name: hasFiles ? before.name : told.name,
      addedMs: told.addedMs > 0 ? told.addedMs : (before?.addedMs ?? this.#clock.now()),
    };
    if (before !== undefined && isUnchanged(before, item)) return;
    const row = before?.row ?? this.#items.add(account, list, item);
    if (before !== undefined) this.#items.update(row, item);
    // Only a ready item changes what is shown: one that expires or fails keeps its files, and reading them says why.
    if (item.state === 'ready' && item.files !== null && !hasFiles) {
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
    this.#archives.filesChanged(torrent);
  }

  /**
   * Removes items and their links, save those that another item of the same torrent is about to replace. Items without
   * files go first: one that goes itself replaces nothing.
   */
  #remove(
    account: AccountName,
    list: ListName,
    items: readonly KnownItem[],
    touched: Set<TorrentKey>,
  ): number {
    let removed = 0;
    const withoutFiles = items.filter((item) => item.filesRevision === null);
    const withFiles = items.filter((item) => item.filesRevision !== null);
    for (const item of [...withoutFiles, ...withFiles]) {
      if (item.filesRevision !== null && this.#items.comesBack(item)) continue;
      this.#items.remove(item.row);
      this.#links.dropItem({ account, list, itemId: item.id });
      touched.add(item.torrent);
      removed += 1;
    }
    return removed;
  }
}

/** What a listing of changes does not tell either: it removes nothing. */
function stillLacked(
  known: readonly KnownItem[],
  present: ReadonlySet<string>,
  before: ReadonlyMap<number, Absence>,
): Judgement<KnownItem> {
  const untold = new Set(known.filter((item) => !present.has(item.id)).map((item) => item.row));
  const absences = new Map([...before].filter(([row]) => untold.has(row)));
  return { remove: [], absences, held: heldOf(absences, known.length) };
}

function isUnchanged(before: KnownItem, item: Item): boolean {
  return (
    before.revision === item.revision &&
    before.state === item.state &&
    before.reason === item.reason &&
    before.name === item.name &&
    before.addedMs === item.addedMs &&
    (item.files === null || item.state !== 'ready' || before.filesRevision === item.revision)
  );
}

import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { ContentId } from '../core/content.js';
import type { Identification } from '../core/identification.js';
import type { TorrentKey } from '../core/torrent.js';
import { rootInode, type TreeChange } from '../core/tree.js';
import { turningAges } from '../library/folder-rules.js';
import type { Overrides, TorrentOverrides } from '../library/overrides.js';
import { parserVersion } from '../library/place.js';
import type { ContentStore } from '../store/contents.js';
import { Identifications } from '../store/identifications.js';
import type { Connection } from '../store/database.js';
import type { ItemStore } from '../store/items.js';
import type { Meta } from '../store/meta.js';
import { isPlacedView, NodeStore, type Leaf, type TorrentLeaves } from '../store/nodes.js';
import { VersionStore } from '../store/versions.js';
import { AwaitedAnswers, type ToAsk } from './awaited-answers.js';
import { LibraryViews, type LibraryRules } from './library-views.js';
import { RawViews } from './raw-views.js';
import { placedLeaves, shownPlaces, titleFolder, type Renamed } from './shown-places.js';
import { torrentView, type TorrentView } from './torrent-view.js';
import { TreeEdit } from './tree-edit.js';

export interface PublishOptions extends LibraryRules {
  readonly accounts: readonly AccountName[];
  /** Null where they cannot be understood at present: then those that were last understood hold. */
  readonly overrides: Overrides | null;
}

/** What became of torrents that waited for a catalogue. */
export interface Awaiting {
  readonly changes: readonly TreeChange[];
  /** How many wait on. */
  readonly awaited: number;
}

const sentinelName = '.debridfs-mounted';
const sentinelText = 'The tree below this folder is the library as last confirmed.\n';

/** A torrent that is brought in line more often in one publication goes round in circles. */
const mostTurns = 20;

/**
 * Turns what is held into the tree, torrent by torrent: takes away what nobody holds any more, then adds what is new.
 * What is shown keeps its name, whatever is learnt later, unless the rules of placing change, or it lay in `other/` and is known by
 * now. Only inside the
 * librarian's transaction.
 *
 * INVARIANT: outside of a call, every folder with a key has a child, and every file's content is held.
 */
export class Publisher {
  readonly #nodes: NodeStore;
  readonly #items: ItemStore;
  readonly #contents: ContentStore;
  readonly #meta: Meta;
  readonly #options: PublishOptions;
  readonly #clock: Clock;
  readonly #raw: RawViews;
  readonly #library: LibraryViews;
  readonly #versions: VersionStore;
  readonly #answers: Identifications;
  readonly #awaited: AwaitedAnswers;
  /** What every placement depends on besides the torrent and its overrides. */
  readonly #rules: string;
  #overrides: Overrides;
  /** Torrents that are to be placed anew, in order of arrival. */
  #stale: TorrentKey[] = [];
  /** Torrents of which a file came of an age, and until when that was looked up; null: they were all placed. */
  #aged: { readonly torrents: TorrentKey[]; readonly untilMs: number } | null = null;

  constructor(
    db: Connection,
    items: ItemStore,
    contents: ContentStore,
    meta: Meta,
    options: PublishOptions,
    clock: Clock,
  ) {
    this.#nodes = new NodeStore(db);
    this.#items = items;
    this.#contents = contents;
    this.#meta = meta;
    this.#options = options;
    this.#clock = clock;
    this.#versions = new VersionStore(db);
    this.#raw = new RawViews(contents);
    this.#answers = new Identifications(db);
    this.#awaited = new AwaitedAnswers(this.#answers, clock, (torrent) => this.#viewOf(torrent));
    this.#library = new LibraryViews(this.#nodes, contents, this.#versions, this.#answers, options);
    this.#overrides = options.overrides ?? storedOverrides(meta);
    const { anime, versions, folders } = options;
    this.#rules = JSON.stringify([parserVersion, anime, versions, folders.map(ruleText)]);
  }

  /** Makes the fixed folders, and finds what was placed by other rules than these. */
  prepare(): void {
    this.#nodes.addRoot(this.#clock.now());
    const edit = this.#edit();
    for (const name of this.#topFolders()) edit.fixedFolder(rootInode, name);
    const accounts = edit.fixedFolder(rootInode, 'accounts');
    for (const account of this.#options.accounts) edit.fixedFolder(accounts.inode, account);
    edit.finish();
    this.releaseAccountFolders();
    if (this.#options.versions === 'all') this.#versions.clear();
    this.#keepOverrides();
    if (this.#meta.get('aged') === undefined) this.#meta.set('aged', String(this.#clock.now()));
    this.#aged = null;
    this.#findStale();
  }

  /** Shows the sentinel: from now on the tree is trusted. */
  trust(): readonly TreeChange[] {
    this.#meta.set('published', 'true');
    const edit = this.#edit();
    edit.staticFile(rootInode, sentinelName, Buffer.from(sentinelText));
    return edit.finish();
  }

  /** Brings the tree in line with what is now held of these torrents. */
  publish(torrents: Iterable<TorrentKey>): readonly TreeChange[] {
    const touched = new Set(torrents);
    if (touched.size === 0) return [];
    const edit = this.#edit();
    const later = new Set<TorrentKey>();
    // All removals go first, so that a name given up by one torrent is free for the next.
    for (const torrent of touched) this.#removeUnheld(torrent, edit, later);
    for (const torrent of this.#items.inOrderOfArrival(touched)) this.#showTorrent(torrent, edit, later);
    // INVARIANT: ends, because a version that is beaten uncovers only worse ones; counted all the same, since this is in a transaction.
    const turns = new Map<TorrentKey, number>();
    for (const torrent of later) {
      // One that changes again on the way comes up again.
      later.delete(torrent);
      const turn = (turns.get(torrent) ?? 0) + 1;
      if (turn > mostTurns) continue;
      turns.set(torrent, turn);
      this.#showTorrent(torrent, edit, later);
    }
    return edit.finish();
  }

  /** Torrents that a catalogue is to be asked about, at most `limit`. */
  toIdentify(limit: number): ToAsk {
    return this.#awaited.toAsk(limit);
  }

  /** Takes over what a catalogue says of a torrent; one that is shown already stays as it is. */
  identified(torrent: TorrentKey, told: Identification | null): readonly TreeChange[] {
    this.#awaited.answered(torrent, told, this.#isShown(torrent));
    return this.publish([torrent]);
  }

  /**
   * Places what a catalogue knows by what it says, and what shares a title's folder with it, whatever name was shown so far.
   * @param below only files with this path, or in a folder that has it; empty: all.
   */
  retag(below: string): { readonly changes: readonly TreeChange[]; readonly renamed: readonly Renamed[] } {
    const held = this.#contents.placedBy().map(({ torrent }) => torrent);
    const known = new Set(this.#answers.known());
    const asked = held.filter((torrent) => known.has(torrent) && this.#isBelow(torrent, below));
    const isAsked = new Set(asked);
    const titles = new Set(
      asked.flatMap((torrent) => this.#placedLeaves(torrent).map((leaf) => titleFolder(this.#nodes, leaf))),
    );
    const isNeighbour = (leaf: Leaf): boolean => titles.has(titleFolder(this.#nodes, leaf));
    const others = held.filter(
      (torrent) => !isAsked.has(torrent) && this.#placedLeaves(torrent).some(isNeighbour),
    );
    const all = [...asked, ...others];
    const before = all.map((torrent) => shownPlaces(this.#nodes, this.#nodes.leaves(torrent)));
    const edit = this.#edit();
    for (const torrent of all) for (const leaf of this.#placedLeaves(torrent)) edit.removeLeaf(leaf);
    for (const torrent of asked) this.#answers.use(torrent);
    // Those with ids come first: who comes first names the folder.
    const changes = [...edit.finish(), ...this.publish(asked), ...this.publish(others)];
    const renamed = all.flatMap((torrent, index) => {
      const now = shownPlaces(this.#nodes, this.#nodes.leaves(torrent));
      return [...(before[index] ?? [])].flatMap(([key, from]) => {
        const to = now.get(key) ?? from;
        return to === from ? [] : [{ from, to }];
      });
    });
    return { changes, renamed };
  }

  #placedLeaves(torrent: TorrentKey): readonly Leaf[] {
    return placedLeaves(this.#nodes.leaves(torrent));
  }

  #isBelow(torrent: TorrentKey, below: string): boolean {
    if (below === '') return true;
    const places = [...shownPlaces(this.#nodes, this.#nodes.leaves(torrent)).values()];
    return places.some((path) => path === below || path.startsWith(`${below}/`));
  }

  /** Says whether a catalogue answers at present; shows what has waited for it for long enough, or in vain. */
  awaitAnswers(isAsking: boolean): Awaiting {
    const changes = this.publish([...this.#awaited.setAsking(isAsking), ...this.#awaited.overdue()]);
    return { changes, awaited: this.#awaited.count };
  }

  /** Takes over what the user says of torrents; what it changes is placed anew by `placeAnew`. */
  setOverrides(overrides: Overrides): void {
    this.#overrides = overrides;
    this.#keepOverrides();
    this.#findStale();
  }

  /**
   * Places some of what was placed by other rules, or what has come of an age since.
   * @param limitMs after which it ends, at the next torrent.
   */
  placeAnew(limitMs: number): { readonly changes: readonly TreeChange[]; readonly left: number } {
    const endMs = this.#clock.monotonic() + limitMs;
    this.#aged ??= this.#comeOfAge();
    const changes: TreeChange[] = [];
    const { torrents, untilMs } = this.#aged;
    const left = (): number => this.#stale.length + torrents.length;
    do {
      const next = this.#stale.length > 0 ? this.#stale : torrents;
      changes.push(...this.publish(next.splice(0, 1)));
    } while (left() > 0 && this.#clock.monotonic() < endMs);
    if (left() === 0) {
      // Only now: what a restart cuts off is looked up again.
      this.#meta.set('aged', String(untilMs));
      this.#aged = null;
      changes.push(...this.#releaseTopFolders());
    }
    return { changes, left: left() };
  }

  /** Takes away the empty folders of accounts that are not configured. */
  releaseAccountFolders(): readonly TreeChange[] {
    const edit = this.#edit();
    const accounts = edit.fixedFolder(rootInode, 'accounts');
    for (const folder of this.#nodes.folders(accounts.inode)) {
      if (!this.#options.accounts.includes(folder.name)) edit.releaseFolder(folder);
    }
    return edit.finish();
  }

  #keepOverrides(): void {
    this.#meta.set('overrides', JSON.stringify([...this.#overrides]));
  }

  #edit(): TreeEdit {
    return new TreeEdit(this.#nodes, this.#clock.now());
  }

  #topFolders(): readonly string[] {
    const { anime, folders } = this.#options;
    const own = ['movies', 'shows', 'other', 'all', 'accounts'];
    return [...own, ...(anime === 'separate' ? ['anime'] : []), ...folders.map(({ name }) => name)];
  }

  /** Takes away the empty folders at the top that nothing asks for any more. */
  #releaseTopFolders(): readonly TreeChange[] {
    const edit = this.#edit();
    const wanted = this.#topFolders();
    for (const folder of this.#nodes.folders(rootInode)) {
      if (!wanted.includes(folder.name)) edit.releaseFolder(folder);
    }
    return edit.finish();
  }

  #findStale(): void {
    const stale = this.#contents.placedBy().filter(({ torrent, rules }) => rules !== this.#rulesFor(torrent));
    this.#stale = this.#items.inOrderOfArrival(stale.map(({ torrent }) => torrent));
  }

  /** Torrents of which a file has reached an age that a folder's rule names, since this was asked last. */
  #comeOfAge(): { readonly torrents: TorrentKey[]; readonly untilMs: number } {
    const nowMs = this.#clock.now();
    const sinceMs = Number(this.#meta.get('aged') ?? nowMs);
    const turned = turningAges(this.#options.folders).flatMap((ageMs) =>
      this.#contents.torrentsBornBetween(sinceMs - ageMs, nowMs - ageMs),
    );
    return { torrents: this.#items.inOrderOfArrival(new Set(turned)), untilMs: Math.max(sinceMs, nowMs) };
  }

  #rulesFor(torrent: TorrentKey): string {
    const overrides = this.#overrides.get(torrent);
    return overrides === undefined ? this.#rules : `${this.#rules} ${JSON.stringify(overrides)}`;
  }

  #removeUnheld(torrent: TorrentKey, edit: TreeEdit, later: Set<TorrentKey>): void {
    const holders = new Map<ContentId, Set<AccountName>>();
    for (const { content, account } of this.#items.filesOfTorrent(torrent)) {
      holders.set(content, (holders.get(content) ?? new Set()).add(account));
    }
    const leaves = this.#nodes.leaves(torrent);
    for (const content of this.#contents.ofTorrent(torrent)) {
      const accounts = holders.get(content);
      for (const leaf of leaves.get(content) ?? []) {
        const held = leaf.pinnedTo === null ? accounts !== undefined : accounts?.has(leaf.pinnedTo) === true;
        if (!held) edit.removeLeaf(leaf);
      }
      if (accounts === undefined) for (const other of this.#library.forget(content)) later.add(other);
    }
  }

  /** Whether a torrent was ever placed. */
  #isShown(torrent: TorrentKey, leaves: TorrentLeaves = this.#nodes.leaves(torrent)): boolean {
    if (this.#contents.placedByOf(torrent) !== null) return true;
    return [...leaves.values()].some((of) => of.some(({ view }) => isPlacedView(view)));
  }

  #viewOf(torrent: TorrentKey): TorrentView | null {
    return torrentView(torrent, this.#items.filesOfTorrent(torrent));
  }

  #showTorrent(torrent: TorrentKey, edit: TreeEdit, later: Set<TorrentKey>): void {
    const view = this.#viewOf(torrent);
    if (view === null) {
      this.#awaited.forget(torrent);
      return;
    }
    for (const { content, mtimeMs, isNew } of view.files)
      if (isNew) this.#contents.setMtime(content, mtimeMs);
    const leaves = this.#nodes.leaves(torrent);
    this.#raw.add(view, leaves, edit);
    const rules = this.#rulesFor(torrent);
    if (!this.#isShown(torrent, leaves) && this.#awaited.keepsBack(view)) return;
    const anew = this.#contents.placedByOf(torrent) !== rules;
    const others = this.#library.settle(view, leaves, this.#overrides, this.#clock.now(), anew, edit);
    for (const other of others) later.add(other);
    if (anew) this.#contents.setPlacedBy(torrent, rules);
  }
}

/** What the user said when it was last understood. */
export function storedOverrides(meta: Meta): Overrides {
  return new Map(JSON.parse(meta.get('overrides') ?? '[]') as [TorrentKey, TorrentOverrides][]);
}

/** A rule as a text that is equal for equal rules. */
function ruleText(rule: object): string {
  return JSON.stringify(rule, (_, value: unknown) => (value instanceof RegExp ? String(value) : value));
}

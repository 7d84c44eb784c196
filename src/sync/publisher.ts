import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { shortHash, type ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import { rootInode, type TreeChange } from '../core/tree.js';
import { fitName, splitExtension } from '../library/names.js';
import { parserVersion, placeTorrent } from '../library/place.js';
import type { Placement } from '../library/placement.js';
import { cleanPath, torrentFolderName } from '../library/raw-paths.js';
import type { ContentStore } from '../store/contents.js';
import type { Connection } from '../store/database.js';
import type { ItemStore } from '../store/items.js';
import type { Meta } from '../store/meta.js';
import { NodeStore, type Folder, type Leaf, type View } from '../store/nodes.js';
import { factsOf, torrentView, type TorrentView, type ViewedFile } from './torrent-view.js';
import { TreeEdit } from './tree-edit.js';

export interface PublishOptions {
  readonly accounts: readonly AccountName[];
  /** Whether anime has a folder of its own beside `shows/`. */
  readonly anime: 'shows' | 'separate';
}

/** Bytes that a subtitle's `.en.forced.sdh.srt` is longer than its video's `.mkv`. */
const subtitleBytes = 18;

const sentinelName = '.debridfs-mounted';
const sentinelText = 'The tree below this folder is the library as last confirmed.\n';

/**
 * Turns what is held into the tree, torrent by torrent: takes away what nobody holds any more, then adds what is new.
 * What is shown keeps its name, whatever is learnt later. Only inside the librarian's transaction.
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
  }

  /** Makes the fixed folders, and places everything anew when the rules of placing are not those it was placed by. */
  prepare(): void {
    this.#nodes.addRoot(this.#clock.now());
    const edit = this.#edit();
    for (const name of ['movies', 'shows', 'other', 'all', 'accounts']) edit.fixedFolder(rootInode, name);
    const accounts = edit.fixedFolder(rootInode, 'accounts');
    for (const account of this.#options.accounts) edit.fixedFolder(accounts.inode, account);
    const placing = JSON.stringify({ parserVersion, anime: this.#options.anime });
    if (this.#meta.get('placing') !== placing) {
      for (const leaf of this.#nodes.leavesOfView('library')) edit.removeLeaf(leaf);
      for (const torrent of this.#items.torrents()) this.#addHeld(torrent, edit);
      this.#meta.set('placing', placing);
    }
    edit.finish();
    this.#settleAnimeFolder();
  }

  /** Shows the sentinel: from now on the tree is trusted. */
  trust(): readonly TreeChange[] {
    this.#meta.set('published', 'true');
    const edit = this.#edit();
    edit.staticFile(rootInode, sentinelName, Buffer.from(sentinelText));
    return edit.finish();
  }

  /** Brings the tree in line with what is now held of these torrents. */
  publish(torrents: ReadonlySet<TorrentKey>): readonly TreeChange[] {
    if (torrents.size === 0) return [];
    const edit = this.#edit();
    // All removals go first, so that a name given up by one torrent is free for the next.
    for (const torrent of torrents) this.#removeUnheld(torrent, edit);
    for (const torrent of this.#items.inOrderOfArrival(torrents)) this.#addHeld(torrent, edit);
    return edit.finish();
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

  #edit(): TreeEdit {
    return new TreeEdit(this.#nodes, this.#clock.now());
  }

  /** `anime/` is there when asked for, and for as long as anything is in it. */
  #settleAnimeFolder(): void {
    const edit = this.#edit();
    const folder = this.#nodes.folderByName(rootInode, 'anime');
    if (this.#options.anime === 'separate') edit.fixedFolder(rootInode, 'anime');
    else if (folder !== undefined) edit.releaseFolder(folder);
    edit.finish();
  }

  #removeUnheld(torrent: TorrentKey, edit: TreeEdit): void {
    const holders = new Map<ContentId, Set<AccountName>>();
    for (const { content, account } of this.#items.filesOfTorrent(torrent)) {
      holders.set(content, (holders.get(content) ?? new Set()).add(account));
    }
    for (const content of this.#contents.ofTorrent(torrent)) {
      const accounts = holders.get(content);
      for (const leaf of this.#nodes.leaves(content)) {
        const held = leaf.pinnedTo === null ? accounts !== undefined : accounts?.has(leaf.pinnedTo) === true;
        if (!held) edit.removeLeaf(leaf);
      }
    }
  }

  #addHeld(torrent: TorrentKey, edit: TreeEdit): void {
    const view = torrentView(torrent, this.#items.filesOfTorrent(torrent));
    if (view === null) return;
    const shown = new Map(view.files.map((file) => [file.content, this.#nodes.leaves(file.content)]));
    const isShown = (file: ViewedFile, where: View): boolean =>
      shown.get(file.content)?.some((leaf) => leaf.view === where) === true;

    const folderName = this.#torrentFolderName(view);
    const all = edit.fixedFolder(rootInode, 'all');
    const accounts = edit.fixedFolder(rootInode, 'accounts');
    for (const file of view.files) {
      if (!isShown(file, 'all')) this.#addRaw(view, file, folderName, all, 'all', null, edit);
      for (const account of file.accounts) {
        const where = `accounts/${account}` as const;
        if (isShown(file, where)) continue;
        const folder = edit.fixedFolder(accounts.inode, account);
        this.#addRaw(view, file, folderName, folder, where, account, edit);
      }
    }
    if (view.files.every((file) => isShown(file, 'library'))) return;
    this.#addPlaced(view, shown, edit);
  }

  #torrentFolderName(view: TorrentView): string {
    const isBareFile = view.files.length === 1 && view.files[0]?.path.includes('/') === false;
    return this.#contents.torrentName(view.torrent, torrentFolderName(view.name, isBareFile));
  }

  #addRaw(
    view: TorrentView,
    file: ViewedFile,
    folderName: string,
    base: Folder,
    where: View,
    pinnedTo: AccountName | null,
    edit: TreeEdit,
  ): void {
    const mtimeMs = this.#contents.mtime(file.content, file.addedMs);
    const key = `torrent:${view.torrent}`;
    let folder = edit.folder(base.inode, folderName, key, shortHash(view.torrent, ''), mtimeMs);
    const path = cleanPath(file.path);
    for (const name of path.slice(0, -1)) {
      folder = edit.folder(folder.inode, name, `path:${name}`, shortHash(view.torrent, name), mtimeMs);
    }
    const [stem, extension] = splitExtension(path.at(-1) ?? '');
    edit.file({
      parent: folder.inode,
      stem,
      extension,
      tag: shortHash(view.torrent, file.path),
      view: where,
      content: file.content,
      identity: file.identity,
      pinnedTo,
      mtimeMs,
    });
  }

  #addPlaced(view: TorrentView, shown: ReadonlyMap<ContentId, readonly Leaf[]>, edit: TreeEdit): void {
    /** Stems of placed files by their number in the torrent, for what goes beside them. */
    const stems = new Map<number, { readonly folder: Folder; readonly stem: string }>();
    const placements = placeTorrent(factsOf(view), { anime: this.#options.anime });
    for (const placement of besideLast(placements)) {
      const file = view.files[placement.file];
      if (file === undefined) continue;
      const leaf = shown.get(file.content)?.find((known) => known.view === 'library');
      if (leaf !== undefined) {
        const folder = this.#nodes.folder(leaf.parent);
        if (folder !== undefined) stems.set(placement.file, { folder, stem: splitExtension(leaf.name)[0] });
        continue;
      }
      const mtimeMs = this.#contents.mtime(file.content, file.addedMs);
      const tag = shortHash(view.torrent, file.path);
      const place = this.#placeFor(placement, stems, tag, mtimeMs, edit);
      if (place === null) continue;
      const { content, identity } = file;
      const { stem, extension } = place;
      const spot = { parent: place.folder.inode, stem, extension, tag, pinnedTo: null, mtimeMs };
      const name = edit.file({ ...spot, view: 'library', content, identity });
      stems.set(placement.file, { folder: place.folder, stem: splitExtension(name)[0] });
    }
  }

  #placeFor(
    placement: Placement,
    stems: ReadonlyMap<number, { readonly folder: Folder; readonly stem: string }>,
    tag: string,
    mtimeMs: number,
    edit: TreeEdit,
  ): { readonly folder: Folder; readonly stem: string; readonly extension: string } | null {
    if (placement.name.kind === 'beside') {
      const video = stems.get(placement.name.video);
      if (video === undefined) return null;
      return { folder: video.folder, stem: video.stem, extension: placement.name.suffix };
    }
    let folder = edit.fixedFolder(rootInode, placement.view);
    let title: Folder | null = null;
    for (const step of placement.folders) {
      folder = edit.folder(folder.inode, step.name, step.key, tag, mtimeMs);
      title ??= folder;
    }
    const { name } = placement;
    const { extension } = name;
    const stem = name.kind === 'titled' ? `${title?.name ?? ''}${name.rest}` : name.stem;
    // A video leaves room for what a subtitle adds, so that the two keep one stem and players pair them.
    return { folder, stem: fitName(stem, '', subtitleBytes + Buffer.byteLength(extension)), extension };
  }
}

/** Files that go beside others come after them. */
function besideLast(placements: readonly Placement[]): readonly Placement[] {
  const isBeside = (placement: Placement): boolean => placement.name.kind === 'beside';
  return [...placements.filter((one) => !isBeside(one)), ...placements.filter(isBeside)];
}

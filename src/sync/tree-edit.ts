import type { AccountName } from '../core/account.js';
import type { ContentId } from '../core/content.js';
import type { Inode, TreeChange } from '../core/tree.js';
import { fitName } from '../library/names.js';
import type { PlacedFolder } from '../library/placement.js';
import { splitTitleKey } from '../library/titles.js';
import type { Folder, Leaf, NodeStore, View } from '../store/nodes.js';

/** More files of one name than this are placed anew under other numbers when they need not be. */
const maxNamesakes = 50;

/** Tells what tells one thing from another of its name. Most names are free, so it is asked for only then. */
export type Tag = () => string;

/** A file to be shown. */
export interface NewFile {
  readonly parent: Inode;
  readonly stem: string;
  /** Whatever must stay at the end: an extension, or a subtitle's `.en.srt`. */
  readonly extension: string;
  /** What tells it from another file that has the name already; null: a number behind the stem, as subtitles have. */
  readonly tag: Tag | null;
  readonly view: View;
  readonly content: ContentId;
  /** The content as text, the same in every store. */
  readonly identity: string;
  readonly pinnedTo: AccountName | null;
  readonly mtimeMs: number;
}

/**
 * One edit of the tree: folders and files come and go, and `finish` settles what follows from it: folders left empty
 * go too, and a folder's time moves when its children changed.
 */
export class TreeEdit {
  readonly #nodes: NodeStore;
  readonly #nowMs: number;
  readonly #changes: TreeChange[] = [];
  /** Folders made by this edit, with the newest time of what they hold. */
  readonly #fresh = new Map<Inode, number>();
  /** Folders from before whose children changed. */
  readonly #touched = new Set<Inode>();
  /** Folders that were asked for, by parent and key or name: most files of an edit go into the same few. */
  readonly #asked = new Map<string, Folder>();
  /** Folders that lost a child and may be empty now. */
  readonly #thinned = new Set<Inode>();

  constructor(nodes: NodeStore, nowMs: number) {
    this.#nodes = nodes;
    this.#nowMs = nowMs;
  }

  /** A folder that is there whether or not it holds anything. */
  fixedFolder(parent: Inode, name: string): Folder {
    return this.#remember(
      `${parent}/${name}`,
      () => this.#nodes.folderByName(parent, name) ?? this.#addFolder(parent, name, null, this.#nowMs),
    );
  }

  /**
   * The folder that stands for `key`, under whatever name it was shown first; a new one as `name`, or with the tag
   * where something else has that name.
   */
  folder(parent: Inode, { name, key, yearMayLack }: PlacedFolder, tag: Tag, mtimeMs: number): Folder {
    return this.#remember(
      `${parent} ${key}`,
      () =>
        this.#nodes.folderByKey(parent, key) ??
        (yearMayLack ? this.#otherYear(parent, key) : undefined) ??
        this.#addFolder(parent, this.#freeName(parent, name, '', tag), key, mtimeMs),
    );
  }

  #remember(asked: string, find: () => Folder): Folder {
    const known = this.#asked.get(asked);
    if (known !== undefined) return known;
    const found = find();
    this.#asked.set(asked, found);
    return found;
  }

  /**
   * The folder of the same title where only one of the two tells a year: the one without, which thereby gets it; or the
   * only one with.
   */
  #otherYear(parent: Inode, key: string): Folder | undefined {
    const { title, year } = splitTitleKey(key);
    const only = this.#nodes.onlyFolderByKeyStart(parent, title);
    if (year === '') return only;
    if (only?.key !== `${title}:`) return undefined;
    this.#nodes.setKey(only.inode, key);
    return only;
  }

  /** Whether a shown file has the place and a name that it would get now. */
  isAt(
    leaf: Leaf,
    { parent, stem, extension, tag }: Pick<NewFile, 'parent' | 'stem' | 'extension' | 'tag'>,
  ): boolean {
    if (leaf.parent !== parent) return false;
    for (let count = 1; count <= maxNamesakes; count += 1)
      if (leaf.name === nthName(stem, extension, tag, count)) return true;
    return false;
  }

  /** @returns the name it got. */
  file(file: NewFile): string {
    const { parent, view, content, identity, pinnedTo, mtimeMs } = file;
    const name = this.#freeName(parent, file.stem, file.extension, file.tag);
    const inode = this.#nodes.addFile({ parent, name, mtimeMs }, view, content, identity, pinnedTo);
    this.#added(parent, name, inode, false, mtimeMs);
    return name;
  }

  staticFile(parent: Inode, name: string, bytes: Uint8Array): void {
    if (this.#nodes.isTaken(parent, name)) return;
    const inode = this.#nodes.addStatic({ parent, name, mtimeMs: this.#nowMs }, bytes);
    this.#added(parent, name, inode, false, this.#nowMs);
  }

  removeLeaf(leaf: Leaf): void {
    this.#nodes.remove(leaf.inode);
    this.#removed(leaf.parent, leaf.name, leaf.inode, false);
  }

  /** Lets a fixed folder go, if nothing is in it. */
  releaseFolder(folder: Folder): void {
    if (!this.#nodes.hasChildren(folder.inode)) this.#removeFolder(folder);
  }

  /** Settles the edit. @returns what changed, folders before what is in them. */
  finish(): readonly TreeChange[] {
    for (const inode of this.#thinned) this.#removeWhileEmpty(inode);
    // Made for a file that then was not shown, because a better version is.
    for (const inode of [...this.#fresh.keys()]) this.#removeWhileEmpty(inode);
    for (const [inode, mtimeMs] of this.#fresh) this.#nodes.setMtime(inode, mtimeMs);
    for (const inode of this.#touched) {
      const folder = this.#nodes.folder(inode);
      if (folder !== undefined) this.#nodes.setMtime(inode, Math.max(this.#nowMs, folder.mtimeMs + 1));
    }
    return this.#changes;
  }

  #addFolder(parent: Inode, name: string, key: string | null, mtimeMs: number): Folder {
    const folder = this.#nodes.addFolder({ parent, name, mtimeMs }, key);
    this.#added(parent, name, folder.inode, true, mtimeMs);
    this.#fresh.set(folder.inode, mtimeMs);
    return folder;
  }

  #freeName(parent: Inode, stem: string, extension: string, tag: Tag | null): string {
    for (let count = 1; ; count += 1) {
      const name = nthName(stem, extension, tag, count);
      if (!this.#nodes.isTaken(parent, name)) return name;
    }
  }

  #added(parent: Inode, name: string, inode: Inode, directory: boolean, mtimeMs: number): void {
    this.#changes.push({ kind: 'added', parent, name, inode, directory });
    this.#childChanged(parent, mtimeMs);
  }

  #removed(parent: Inode, name: string, inode: Inode, directory: boolean): void {
    this.#changes.push({ kind: 'removed', parent, name, inode, directory });
    this.#childChanged(parent, this.#nowMs);
    this.#thinned.add(parent);
  }

  #childChanged(parent: Inode, mtimeMs: number): void {
    const fresh = this.#fresh.get(parent);
    if (fresh === undefined) this.#touched.add(parent);
    else this.#fresh.set(parent, Math.max(fresh, mtimeMs));
  }

  #removeWhileEmpty(inode: Inode): void {
    let folder = this.#nodes.folder(inode);
    while (folder !== undefined && folder.key !== null && !this.#nodes.hasChildren(folder.inode)) {
      this.#removeFolder(folder);
      folder = this.#nodes.folder(folder.parent);
    }
  }

  #removeFolder(folder: Folder): void {
    this.#nodes.remove(folder.inode);
    this.#asked.clear();
    this.#fresh.delete(folder.inode);
    this.#removed(folder.parent, folder.name, folder.inode, true);
  }
}

/**
 * The name that is tried in the nth place: as it is, then with what tells it apart. A subtitle's number stands before its
 * language, so that players still find the language at the end, and the two files of a pair (`.idx`, `.sub`) get the same one.
 */
function nthName(stem: string, extension: string, tag: Tag | null, count: number): string {
  if (count === 1) return fitName(stem, extension);
  if (tag === null) return fitName(stem, `.${count}${extension}`);
  return fitName(stem, ` [${count === 2 ? tag() : `${tag()}-${count - 1}`}]${extension}`);
}

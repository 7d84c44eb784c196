import { shortHash, type ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import { rootInode } from '../core/tree.js';
import { belonging, type FolderRule } from '../library/folder-rules.js';
import { fitName, splitExtension } from '../library/names.js';
import { withoutIdTags, type IdTagStyle } from '../library/id-tags.js';
import type { Overrides } from '../library/overrides.js';
import { placeTorrent } from '../library/place.js';
import type { PlacedFolder, Placement } from '../library/placement.js';
import { splitTitleKey } from '../library/titles.js';
import type { ContentStore } from '../store/contents.js';
import type { Identifications } from '../store/identifications.js';
import {
  isPlacedView,
  type Folder,
  type Leaf,
  type PlacedView,
  type NodeStore,
  type TorrentLeaves,
} from '../store/nodes.js';
import type { VersionStore } from '../store/versions.js';
import { factsOf, type TorrentView, type ViewedFile } from './torrent-view.js';
import type { TreeEdit } from './tree-edit.js';

/** How the library is laid out; what is placed under one of these is comparable only with what is placed under the same. */
export interface LibraryRules {
  /** Whether anime has a folder of its own beside `shows/`. */
  readonly anime: 'shows' | 'separate';
  /** Whether all versions of a film or an episode are shown, or only the best. */
  readonly versions: 'all' | 'best';
  /** How folders tell ids: a change renames nothing that is shown, so nothing is placed anew for it. */
  readonly idTags: IdTagStyle;
  readonly folders: readonly FolderRule[];
}

/** Bytes that a subtitle's `.en.forced.sdh.srt` is longer than its video's `.mkv`. */
const subtitleBytes = 18;

/** Where one file is shown in one view: its folder, and its name without extension. */
interface Spot {
  readonly folder: Folder;
  readonly stem: string;
}

/** A torrent being brought in line, with what is known of it so far. */
interface Settling {
  readonly view: TorrentView;
  readonly edit: TreeEdit;
  /** True where the rules are not those it was placed by, so that names may change. */
  readonly anew: boolean;
  readonly leaves: TorrentLeaves;
  /** By number in the torrent: the views in which a file belongs, with its spot; null where a better version is shown. */
  readonly spots: Map<number, ReadonlyMap<PlacedView, Spot | null>>;
  /** Torrents that this one changes something for. */
  readonly others: Set<TorrentKey>;
}

/** Shows torrents where their files belong: in movies, shows and other, and in the folders of the user's rules. */
export class LibraryViews {
  readonly #nodes: NodeStore;
  readonly #contents: ContentStore;
  readonly #versions: VersionStore;
  readonly #answers: Identifications;
  readonly #rules: LibraryRules;

  constructor(
    nodes: NodeStore,
    contents: ContentStore,
    versions: VersionStore,
    answers: Identifications,
    rules: LibraryRules,
  ) {
    this.#answers = answers;
    this.#nodes = nodes;
    this.#contents = contents;
    this.#versions = versions;
    this.#rules = rules;
  }

  /**
   * Brings the views in line with a torrent: adds what is missing, takes away what does not belong there. What is shown keeps
   * its name unless it is placed `anew`.
   * @returns torrents of other versions, which must be brought in line after this one.
   */
  settle(
    view: TorrentView,
    leaves: TorrentLeaves,
    overrides: Overrides,
    nowMs: number,
    anew: boolean,
    edit: TreeEdit,
  ): ReadonlySet<TorrentKey> {
    const settling: Settling = { view, edit, anew, leaves, spots: new Map(), others: new Set() };
    const facts = factsOf(view, this.#answers.usedOf(view.torrent));
    const placements = placeTorrent(facts, this.#rules, overrides.get(view.torrent));
    for (const placement of ownersFirst(placements)) {
      const file = view.files[placement.file];
      if (file === undefined) continue;
      const spots = new Map<PlacedView, Spot | null>();
      for (const [where, base] of this.#homes(placement, file, nowMs, settling)) {
        spots.set(where, this.#showIn(placement, file, where, base, settling));
      }
      settling.spots.set(placement.file, spots);
    }
    this.#removeStrays(settling, new Set(placements.filter(hasVersions).map((one) => one.file)));
    return settling.others;
  }

  /** Says that nobody holds a content any more. @returns torrents of other versions, as `settle` does. */
  forget(content: ContentId): readonly TorrentKey[] {
    return this.#torrentsOf(this.#versions.leave(content, new Set()));
  }

  /** In which views a file belongs, each with the folder at the top of the tree that it is below. */
  #homes(
    { view, about, goesWith }: Placement,
    { mtimeMs, accounts, size, path }: ViewedFile,
    nowMs: number,
    { view: torrent, spots }: Settling,
  ): readonly (readonly [PlacedView, string])[] {
    if (goesWith !== null) {
      const owner = spots.get(goesWith) ?? new Map<PlacedView, Spot | null>();
      return [...owner.keys()].map((where) => [
        where,
        where === 'library' ? view : where.slice('folders/'.length),
      ]);
    }
    const ageMs = nowMs - mtimeMs;
    const ruled = { about, accounts, ageMs, sizeBytes: size, path: `${torrent.name}/${path}` };
    const { library, folders } = belonging(ruled, this.#rules.folders);
    return [
      ...(library ? [['library', view] as const] : []),
      ...folders.map((name) => [`folders/${name}`, name] as const),
    ];
  }

  /** Null where it is not shown, because a better version is. */
  #showIn(
    placement: Placement,
    file: ViewedFile,
    where: PlacedView,
    base: string,
    settling: Settling,
  ): Spot | null {
    const { view, edit } = settling;
    if (isBesideHidden(placement, where, settling)) return null;
    const leaf = leafIn(settling, file, where);
    const shown = leaf === undefined ? null : this.#shownTitle(leaf, placement);
    if (leaf !== undefined && !settling.anew && !this.#isUnknown(leaf, placement)) {
      const isBest = shown === null || this.#enterVersion(placement, file, where, shown, settling);
      return isBest ? this.#spotOf(leaf) : null;
    }
    const tag = (): string => shortHash(view.torrent, file.path);
    const { mtimeMs } = file;
    let folder = edit.fixedFolder(rootInode, base);
    let title: Folder | null = null;
    for (const step of placement.folders) {
      const isSame = title === null && shown?.parent === folder.inode && isSameTitle(shown, step);
      folder = isSame ? shown : edit.folder(folder.inode, step, tag, mtimeMs);
      title ??= folder;
    }
    if (title !== null && !this.#enterVersion(placement, file, where, title, settling)) return null;

    const place = this.#nameOf(placement, where, { folder, stem: title?.name ?? '' }, settling);
    if (place === null) return null;
    const { stem, extension } = place;
    const parent = place.folder.inode;
    const isSubtitle = placement.name.kind === 'beside';
    const wanted = { parent, stem, extension, tag: isSubtitle ? null : tag };
    if (leaf !== undefined) {
      if (edit.isAt(leaf, wanted)) return this.#spotOf(leaf);
      edit.removeLeaf(leaf);
    }
    const { content, identity } = file;
    const name = edit.file({ ...wanted, view: where, content, identity, pinnedTo: null, mtimeMs });
    return { folder: place.folder, stem: splitExtension(name)[0] };
  }

  /** The title's folder that a leaf is in; null where it is nowhere near one. */
  #shownTitle(leaf: Leaf, { folders }: Placement): Folder | null {
    let folder = this.#nodes.folder(leaf.parent);
    for (let depth = folders.length; depth > 1 && folder !== undefined; depth -= 1)
      folder = this.#nodes.folder(folder.parent);
    return folder ?? null;
  }

  /** Whether a file lies in `other/` that is known for a film or an episode by now, since another account told more. */
  #isUnknown(leaf: Leaf, { view }: Placement): boolean {
    const key = view === 'other' ? null : this.#nodes.folder(leaf.parent)?.key;
    return /^(?:torrent|path):/.test(key ?? '');
  }

  /** @param title the folder that it is in, and the name of its title's folder. */
  #nameOf(
    { name, about }: Placement,
    where: PlacedView,
    title: Spot,
    { spots }: Settling,
  ): (Spot & { readonly extension: string }) | null {
    if (name.kind === 'beside') {
      const video = spots.get(name.video)?.get(where);
      return video === undefined || video === null ? null : { ...video, extension: name.suffix };
    }
    const { extension } = name;
    // A film's file begins with its folder's exact name; an episode is found by its folder.
    const titled = about.kind === 'movie' ? title.stem : withoutIdTags(title.stem);
    const stem = name.kind === 'titled' ? titled + name.rest : name.stem;
    // A video leaves room for what a subtitle adds, so that the two keep one stem and players pair them.
    return {
      folder: title.folder,
      stem: fitName(stem, '', subtitleBytes + Buffer.byteLength(extension)),
      extension,
    };
  }

  /**
   * Enters a file as a version of its film or episode.
   * @returns whether it is the one to show; the one that is shown so far is to be looked at again then.
   */
  #enterVersion(
    { version }: Placement,
    { content }: ViewedFile,
    where: PlacedView,
    title: Folder,
    { others }: Settling,
  ): boolean {
    if (version === null || this.#rules.versions === 'all') return true;
    const entry = { content, view: where, folder: title.inode, of: version.of, quality: version.quality };
    const { isBest, uncovered } = this.#versions.enter(entry);
    const beaten = isBest ? this.#versions.othersShown(entry) : [];
    for (const torrent of this.#torrentsOf([...beaten, ...uncovered])) others.add(torrent);
    return isBest;
  }

  /** Takes away what is shown where it does not belong, or not any more. */
  #removeStrays({ view, edit, leaves, spots, others }: Settling, versioned: ReadonlySet<number>): void {
    for (const [index, file] of view.files.entries()) {
      const homes = spots.get(index) ?? new Map<PlacedView, Spot | null>();
      for (const leaf of leaves.get(file.content) ?? []) {
        if (isPlacedView(leaf.view) && (homes.get(leaf.view) ?? null) === null) edit.removeLeaf(leaf);
      }
      if (this.#rules.versions === 'all') continue;
      const left = this.#versions.leave(file.content, new Set(versioned.has(index) ? homes.keys() : []));
      for (const torrent of this.#torrentsOf(left)) others.add(torrent);
    }
  }

  #torrentsOf(contents: readonly ContentId[]): readonly TorrentKey[] {
    return contents.flatMap((content) => this.#contents.torrentOf(content) ?? []);
  }

  #spotOf(leaf: Leaf): Spot | null {
    const folder = this.#nodes.folder(leaf.parent);
    return folder === undefined ? null : { folder, stem: splitExtension(leaf.name)[0] };
  }
}

function leafIn({ leaves }: Settling, { content }: ViewedFile, where: PlacedView): Leaf | undefined {
  return leaves.get(content)?.find((leaf) => leaf.view === where);
}

/** Whether a show's folder may keep what is in it: the title is the same, and no other year is told. */
function isSameTitle({ key }: Folder, step: PlacedFolder): boolean {
  if (key === null || !step.yearMayLack) return key === step.key;
  const [shown, wanted] = [splitTitleKey(key), splitTitleKey(step.key)];
  return shown.title === wanted.title && (shown.year === wanted.year || wanted.year === '');
}

/** Whether a file goes beside one that is not shown there. */
function isBesideHidden({ name }: Placement, where: PlacedView, { spots }: Settling): boolean {
  return name.kind === 'beside' && (spots.get(name.video)?.get(where) ?? null) === null;
}

function hasVersions({ version }: Placement): boolean {
  return version !== null;
}

/** Files that go with others come after them. */
function ownersFirst(placements: readonly Placement[]): readonly Placement[] {
  const goesWith = (placement: Placement): boolean => placement.goesWith !== null;
  const isBeside = ({ name }: Placement): boolean => name.kind === 'beside';
  return [
    ...placements.filter((one) => !goesWith(one)),
    ...placements.filter((one) => goesWith(one) && !isBeside(one)),
    ...placements.filter((one) => goesWith(one) && isBeside(one)),
  ];
}

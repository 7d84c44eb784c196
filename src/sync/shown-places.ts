import { rootInode, type Inode } from '../core/tree.js';
import { isPlacedView, type Leaf, type NodeStore, type TorrentLeaves } from '../store/nodes.js';

/** A file that is shown under another name than before. Paths from the mount's root, without a slash at their start. */
export interface Renamed {
  readonly from: string;
  readonly to: string;
}

/** Where the library shows the files of torrents, by file and view. */
export function shownPlaces(nodes: NodeStore, leaves: TorrentLeaves): ReadonlyMap<string, string> {
  return new Map(placedLeaves(leaves).map((leaf) => [`${leaf.content} ${leaf.view}`, pathOf(nodes, leaf)]));
}

/** Those of a torrent's leaves that placing made. */
export function placedLeaves(leaves: TorrentLeaves): readonly Leaf[] {
  return [...leaves.values()].flat().filter(({ view }) => isPlacedView(view));
}

/** The folder of a leaf that stands for its title. */
export function titleFolder(nodes: NodeStore, leaf: Leaf): Inode {
  let inode = leaf.parent;
  for (;;) {
    const folder = nodes.folder(inode);
    const above = folder === undefined ? undefined : nodes.folder(folder.parent);
    // Below one of the folders at the top, which have no key.
    if (folder === undefined || above === undefined || above.key === null) return inode;
    inode = folder.parent;
  }
}

function pathOf(nodes: NodeStore, { name, parent }: Leaf): string {
  const names = [name];
  for (let inode = parent; inode !== rootInode;) {
    const folder = nodes.folder(inode);
    if (folder === undefined) break;
    names.unshift(folder.name);
    inode = folder.parent;
  }
  return names.join('/');
}

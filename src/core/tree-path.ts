import { rootInode, type Inode, type Tree, type TreeChange, type TreeNode } from './tree.js';

/** The components of a path from the mount's root, normalised as names in the tree are (NFC); `..` ends at the root. */
export function pathNames(path: string): string[] {
  const names: string[] = [];
  for (const name of path.normalize('NFC').split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

/** What a path from the mount's root names, or undefined. */
export function nodeAtPath(tree: Tree, path: string): TreeNode | undefined {
  let node = tree.node(rootInode);
  for (const name of pathNames(path)) {
    if (node?.kind !== 'directory') return undefined;
    node = tree.child(node.inode, name);
  }
  return node;
}

/** The path of a node from the root, with a slash at its start; null where it is not in the tree any more. */
export function pathOf(tree: Pick<Tree, 'node'>, inode: Inode): string | null {
  const path = pathsBy((at) => tree.node(at))(inode);
  return path === '' ? '/' : path;
}

/** Where a node is. */
export type Placed = Pick<TreeNode, 'parent' | 'name'>;

/** The path of a node from the root, with a slash at its start, and empty for the root; null where it is in no tree. */
export type PathsByInode = (inode: Inode) => string | null;

/**
 * Paths in the tree as it is after changes, and of folders that went with them. Each folder is looked up once, and none that is in the
 * changes: as an inode stands for one place, it is where they say.
 */
export function pathsAfter(
  changes: readonly TreeChange[],
  nodeAt: (inode: Inode) => Placed | undefined,
): PathsByInode {
  const folders = new Map<Inode, TreeChange>();
  for (const change of changes) if (change.directory) folders.set(change.inode, change);
  return pathsBy((inode) => folders.get(inode) ?? nodeAt(inode));
}

function pathsBy(nodeAt: (inode: Inode) => Placed | undefined): PathsByInode {
  const known = new Map<Inode, string | null>([[rootInode, '']]);
  const pathTo: PathsByInode = (inode) => {
    const path = known.get(inode);
    if (path !== undefined) return path;
    // Until more is known: in a damaged store, a folder may lie in itself.
    known.set(inode, null);
    const node = nodeAt(inode);
    const above = node === undefined ? null : pathTo(node.parent);
    const found = node === undefined || above === null ? null : `${above}/${node.name}`;
    known.set(inode, found);
    return found;
  };
  return pathTo;
}

/** Whether a path lies in the views that show torrents as they are. */
export function isRawPath(path: string): boolean {
  return /^\/(?:all|accounts)\//.test(path);
}

/** Children that one query of a listing asks for: a page is a few hundred kilobytes at most. */
const pageSize = 1000;

/** All children of a directory, in order of name. */
export function childrenByName(tree: Tree, directory: TreeNode): TreeNode[] {
  const all: TreeNode[] = [];
  for (let after = 0n; ;) {
    const page = tree.children(directory.inode, after, pageSize);
    const last = page.at(-1);
    if (last === undefined) break;
    all.push(...page);
    after = last.inode;
  }
  return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

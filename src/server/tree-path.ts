import { rootInode, type Inode, type Tree, type TreeNode } from '../core/tree.js';

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
export function pathOf(tree: Tree, inode: Inode): string | null {
  const names: string[] = [];
  for (let at = inode; at !== rootInode;) {
    const node = tree.node(at);
    if (node === undefined) return null;
    names.unshift(node.name);
    at = node.parent;
  }
  return `/${names.join('/')}`;
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

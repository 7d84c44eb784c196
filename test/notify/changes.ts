import { rootInode, type TreeChange, type TreeNode } from '../../src/core/tree.js';

/** A tree of folders, by number. */
const folders = new Map<bigint, TreeNode>([
  [10n, { kind: 'directory', inode: 10n, parent: rootInode, name: 'movies', mtimeMs: 0 }],
  [11n, { kind: 'directory', inode: 11n, parent: 10n, name: 'A Film (2020)', mtimeMs: 0 }],
  [20n, { kind: 'directory', inode: 20n, parent: rootInode, name: 'all', mtimeMs: 0 }],
]);
export const tree = { node: (inode: bigint) => folders.get(inode) };

export const change = (
  kind: TreeChange['kind'],
  parent: bigint,
  name: string,
  inode: bigint,
  directory = false,
): TreeChange => ({
  kind,
  parent,
  name,
  inode,
  directory,
});

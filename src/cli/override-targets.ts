import type { OverrideTarget } from '../config/overrides-file.js';
import { AppError } from '../core/errors.js';
import { rootInode, type FileNode, type Tree, type TreeNode } from '../core/tree.js';
import { groupBy } from '../core/group-by.js';
import { childrenByName, nodeAtPath, pathNames } from '../server/tree-path.js';

/**
 * Which torrents, or files and folders in them, a path in the tree stands for: a file for itself; a folder of a torrent
 * for that; a folder of the library for the torrents of which it shows everything, and else for the files that it shows.
 * @throws {AppError} `not-found`; `invalid` for a folder that is too much, or nobody's.
 */
export function overrideTargets(tree: Tree, path: string): readonly OverrideTarget[] {
  const node = nodeAtPath(tree, path);
  const names = pathNames(path);
  if (node === undefined) throw new AppError('not-found', `There is no /${names.join('/')} in the tree.`);
  if (node.kind === 'static') throw new AppError('invalid', 'This is a file of debridfs itself.');
  if (node.kind === 'file') return [targetOf(tree, node)];
  const above = rawDepth(names);
  if (names.length < Math.max(above, 2))
    throw new AppError('invalid', 'Name a file, a torrent or the folder of one title: this is all of them.');
  const files = filesBelow(tree, node);
  const [first] = files;
  if (first === undefined) throw new AppError('invalid', 'The folder is empty.');
  if (above > 0) {
    const { torrent } = targetOf(tree, first);
    const inTorrent = names.slice(above);
    return [{ torrent, path: inTorrent.length === 0 ? null : inTorrent.join('/') }];
  }
  const byTorrent = groupBy(files, (file) => targetOf(tree, file).torrent);
  return [...byTorrent].flatMap(([torrent, shown]): OverrideTarget[] =>
    isWhole(tree, shown) ? [{ torrent, path: null }] : shown.map((file) => targetOf(tree, file)),
  );
}

/** How many components a torrent's folder in `all/` or `accounts/` has; 0 for a path of the library. */
function rawDepth([top]: readonly string[]): number {
  return top === 'all' ? 2 : top === 'accounts' ? 3 : 0;
}

function targetOf(tree: Tree, { content }: FileNode): OverrideTarget {
  const torrent = tree.content(content)?.torrent;
  const raw = tree
    .places(content)
    .map((place) => namesOf(tree, place))
    .find(([top]) => top === 'all');
  if (torrent === undefined || raw === undefined) throw new AppError('not-found', 'Nobody holds this file.');
  return { torrent, path: raw.slice(2).join('/') };
}

/** Whether all files of a torrent that the library shows are among those given. */
function isWhole(tree: Tree, shown: readonly FileNode[]): boolean {
  const contents = new Set(shown.map(({ content }) => content));
  const [first] = contents;
  const raw =
    first === undefined ? undefined : tree.places(first).find((place) => namesOf(tree, place)[0] === 'all');
  let folder = raw;
  while (folder !== undefined && namesOf(tree, folder).length > 2) folder = tree.node(folder.parent);
  if (folder === undefined) return false;
  return filesBelow(tree, folder).every(
    ({ content }) =>
      contents.has(content) || tree.places(content).every((place) => rawDepth(namesOf(tree, place)) > 0),
  );
}

function filesBelow(tree: Tree, folder: TreeNode): FileNode[] {
  return childrenByName(tree, folder).flatMap((child) =>
    child.kind === 'file' ? [child] : child.kind === 'directory' ? filesBelow(tree, child) : [],
  );
}

function namesOf(tree: Tree, node: TreeNode): readonly string[] {
  const names: string[] = [];
  for (
    let at: TreeNode | undefined = node;
    at !== undefined && at.inode !== rootInode;
    at = tree.node(at.parent)
  )
    names.unshift(at.name);
  return names;
}

import type { OverrideTarget } from '../config/overrides-file.js';
import type { ContentId } from '../core/content.js';
import { AppError } from '../core/errors.js';
import { groupBy } from '../core/group-by.js';
import type { TorrentKey } from '../core/torrent.js';
import type { FileNode, Tree, TreeNode } from '../core/tree.js';
import { childrenByName, nodeAtPath, pathNames } from '../core/tree-path.js';
import type { PlacedFiles } from '../sync/placing-reports.js';

/** A tree, and what is known of the torrents in it. */
export interface CorrectableTree {
  readonly tree: Tree;
  /** The files of a torrent as they are placed now. */
  placed(torrent: TorrentKey): PlacedFiles;
  /** Versions of what a title's folder shows, whether they are shown or not. */
  versionsBelow(folder: TreeNode): readonly ContentId[];
}

/**
 * Which torrents, or files and folders in them, a path in the tree stands for: a file for itself; a folder of a torrent
 * for that; a folder of the library for the torrents of which it has everything, and else for the files that it has. What
 * it has, it has whether a better version hides it or not.
 * @throws {AppError} `not-found`; `invalid` for a folder that is too much, or nobody's.
 */
export function overrideTargets(library: CorrectableTree, path: string): readonly OverrideTarget[] {
  const { tree } = library;
  const node = nodeAtPath(tree, path);
  const names = pathNames(path);
  if (node === undefined) {
    throw new AppError(
      'not-found',
      `There is no /${names.join('/')} in the tree. What is hidden, or has another name by now, is still in /all.`,
    );
  }
  if (node.kind === 'static') throw new AppError('invalid', 'This is a file of debridfs itself.');
  if (node.kind === 'file') return [targetOf(library, node.content)];
  const above = rawDepth(names);
  if (names.length < Math.max(above, 2))
    throw new AppError('invalid', 'Name a file, a torrent or the folder of one title: this is all of them.');
  const files = filesBelow(tree, node);
  const [first] = files;
  if (first === undefined) throw new AppError('invalid', 'The folder is empty.');
  if (above > 0) return [rawTarget(library, first, names.slice(above))];
  const versions = names.length === 2 ? library.versionsBelow(node) : [];
  const contents = new Set([...files.map(({ content }) => content), ...versions]);
  const byTorrent = groupBy(contents, (content) => targetOf(library, content).torrent);
  return [...byTorrent].flatMap(([torrent, some]): OverrideTarget[] => {
    const isWhole = library
      .placed(torrent)
      .every(({ content, isPlaced }) => !isPlaced || contents.has(content));
    return isWhole ? [{ torrent, path: null }] : some.map((content) => targetOf(library, content));
  });
}

/** How many components a torrent's folder in `all/` or `accounts/` has; 0 for a path of the library. */
function rawDepth([top]: readonly string[]): number {
  return top === 'all' ? 2 : top === 'accounts' ? 3 : 0;
}

/** By the path that the torrent tells now: the one that is shown may be older, or tell two of one name apart. */
function targetOf(library: CorrectableTree, content: ContentId): OverrideTarget {
  const torrent = library.tree.content(content)?.torrent;
  const file =
    torrent === undefined ? undefined : library.placed(torrent).find((one) => one.content === content);
  if (torrent === undefined || file === undefined) throw new AppError('not-found', 'Nobody holds this file.');
  return { torrent, path: file.path };
}

/** A folder of a torrent, or all of it. @param inTorrent its names as shown, of which a file below tells what they are called. */
function rawTarget(library: CorrectableTree, file: FileNode, inTorrent: readonly string[]): OverrideTarget {
  const { torrent, path } = targetOf(library, file.content);
  if (inTorrent.length === 0) return { torrent, path: null };
  return { torrent, path: (path ?? '').split('/').slice(0, inTorrent.length).join('/') };
}

function filesBelow(tree: Tree, folder: TreeNode): FileNode[] {
  return childrenByName(tree, folder).flatMap((child) =>
    child.kind === 'file' ? [child] : child.kind === 'directory' ? filesBelow(tree, child) : [],
  );
}

import { AppError } from '../core/errors.js';
import type { Tree } from '../core/tree.js';
import type { Explanation } from './surface.js';
import { nodeAtPath, pathNames } from './tree-path.js';

/**
 * What the tree alone tells about a path: what it is and who holds it, without links and failures, which only the
 * running process knows.
 * @throws {AppError} `not-found`.
 */
export function explainFromTree(tree: Tree, path: string): Explanation {
  const clean = `/${pathNames(path).join('/')}`;
  const node = nodeAtPath(tree, path);
  if (node === undefined) throw new AppError('not-found', `There is no ${clean} in the tree.`);
  const content = node.kind === 'file' ? tree.content(node.content) : undefined;
  const sources = node.kind === 'file' ? tree.sources(node.content) : [];
  return {
    path: clean,
    kind: node.kind === 'directory' ? 'directory' : 'file',
    inode: node.inode.toString(),
    mtimeMs: node.mtimeMs,
    sizeBytes: node.kind === 'directory' ? null : node.kind === 'file' ? node.size : node.bytes.byteLength,
    content:
      content === undefined
        ? null
        : { torrent: content.torrent, baseName: content.baseName, ordinal: content.ordinal },
    reasons:
      node.kind === 'file' && node.pinnedTo !== null
        ? [`It is read from account ${node.pinnedTo} only.`]
        : [],
    sources: sources
      .filter(({ account }) => node.kind !== 'file' || node.pinnedTo === null || node.pinnedTo === account)
      .map(({ account, list, itemId, ready, reason }) => ({
        account,
        list,
        itemId,
        ready,
        reason,
        linkBornMs: null,
      })),
    lastFailure: null,
  };
}

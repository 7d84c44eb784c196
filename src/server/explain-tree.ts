import { AppError } from '../core/errors.js';
import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import type { Tree } from '../core/tree.js';
import type { PlacingReport } from '../library/explain.js';
import type { Explanation } from './surface.js';
import { nodeAtPath, pathNames, pathOf } from './tree-path.js';

/** Tells why a content is where it is; null where nobody holds it. */
export type Placing = (torrent: TorrentKey, content: ContentId) => PlacingReport | null;

/**
 * What the tree alone tells about a path: what it is and who holds it, without links and failures, which only the
 * running process knows.
 * @throws {AppError} `not-found`.
 */
export function explainFromTree(tree: Tree, path: string, placing: Placing): Explanation {
  const clean = `/${pathNames(path).join('/')}`;
  const node = nodeAtPath(tree, path);
  if (node === undefined) throw new AppError('not-found', `There is no ${clean} in the tree.`);
  const content = node.kind === 'file' ? tree.content(node.content) : undefined;
  const sources = node.kind === 'file' ? tree.sources(node.content) : [];
  const places =
    node.kind === 'file'
      ? tree.places(node.content).flatMap((place) => pathOf(tree, place.inode) ?? [])
      : [clean];
  const why = content === undefined ? null : placing(content.torrent, content.id);
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
    places,
    placing: why,
    reasons: [
      ...(node.kind === 'file' && node.pinnedTo !== null
        ? [`It is read from account ${node.pinnedTo} only.`]
        : []),
      ...((why?.confidence ?? null) !== null && places.every(isRaw)
        ? ['A better version of it is shown in the library (tree.versions: best).']
        : []),
    ],
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

/** Whether a path lies in the views that show torrents as they are. */
function isRaw(path: string): boolean {
  return /^\/(?:all|accounts)\//.test(path);
}

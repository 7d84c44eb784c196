import { AppError } from '../core/errors.js';
import type { ContentId, Inside } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import { groupBy } from '../core/group-by.js';
import type { FileNode, Tree, TreeNode } from '../core/tree.js';
import type { PlacingReport } from '../library/explain.js';
import type { Explanation } from './surface.js';
import { nodeAtPath, pathNames, pathOf } from '../core/tree-path.js';

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
  const sealed = content === undefined ? null : tree.sealed(content.id);
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
      ...(node.kind === 'directory' ? contentsOf(tree, node, placing) : []),
      ...(node.kind === 'file' && node.pinnedTo !== null
        ? [`It is read from account ${node.pinnedTo} only.`]
        : []),
      ...(sealed === null ? [] : [`Nothing inside of it is shown: ${sealed}`]),
      ...sources.flatMap(({ account, inside }) =>
        inside === undefined
          ? []
          : [`At ${account} it lies in an archive without compression, ${volumesOf(inside)}.`],
      ),
      ...(why?.folders ?? []).map((name) => `A rule of \`folders\` shows it in ${name}/.`),
      ...(why?.isMoved === true ? ['That rule says `only`: it is not in movies/ or shows/ as well.'] : []),
      ...((why?.confidence ?? null) !== null && lacksPlace(places, why)
        ? ['A better version of it is shown where it would be (tree.versions: best).']
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
        refused: null,
        linkBornMs: null,
      })),
    lastFailure: null,
  };
}

function volumesOf({ extents }: Inside): string {
  return extents.length === 1 ? 'in one volume' : `in ${extents.length} volumes`;
}

/** Whether a file that is placed is missing from a folder that it belongs into. */
function lacksPlace(places: readonly string[], why: PlacingReport | null): boolean {
  const tops = new Set(places.map((place) => place.split('/')[1] ?? ''));
  const folders = why?.folders ?? [];
  const isInOwn = [...tops].some((top) => top !== 'all' && top !== 'accounts' && !folders.includes(top));
  return folders.some((folder) => !tops.has(folder)) || (why?.isMoved !== true && !isInOwn);
}

/** More torrents than this are only counted. */
const maxTorrents = 20;
/**
 * Places below a folder that are looked at, and of one folder: a large library has hundreds of thousands, and the kernel waits for each
 * answer of this thread.
 */
const maxLooks = 1_000;
const maxLooksOfOne = 500;

/** Which torrents a folder's files are of, a sentence each. */
function contentsOf(tree: Tree, folder: TreeNode, placing: Placing): readonly string[] {
  const { files, isAll } = filesBelow(tree, folder);
  const byTorrent = groupBy(files, ({ content }) => tree.content(content)?.torrent ?? '');
  const sentences = [...byTorrent].slice(0, maxTorrents).map(([torrent, [first, ...more]]) => {
    const name = first === undefined ? undefined : placing(torrent, first.content)?.torrentName;
    const called = name === undefined ? '' : ` (${JSON.stringify(name)})`;
    const least = isAll ? '' : 'at least ';
    return `It has ${least}${more.length === 0 ? '1 file' : `${more.length + 1} files`} of torrent ${torrent}${called}.`;
  });
  if (!isAll) return [...sentences, 'It has more than was looked at.'];
  return byTorrent.size > sentences.length
    ? [...sentences, 'It has files of more torrents than that.']
    : sentences;
}

/** Files below a folder, and whether these are all. */
function filesBelow(
  tree: Tree,
  folder: TreeNode,
): { readonly files: readonly FileNode[]; readonly isAll: boolean } {
  const files: FileNode[] = [];
  const open: TreeNode[] = [folder];
  let left = maxLooks;
  let isAll = true;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const limit = Math.min(left, maxLooksOfOne);
    const children = tree.childrenFrom(next.inode, 0, limit + 1);
    left -= Math.min(children.length, limit);
    isAll &&= children.length <= limit;
    for (const child of children.slice(0, limit)) {
      if (child.kind === 'directory') open.push(child);
      else if (child.kind === 'file') files.push(child);
    }
    if (left === 0) return { files, isAll: isAll && open.length === 0 };
  }
  return { files, isAll };
}

/** Flattens the trees in which AllDebrid tells the files of a magnet. */
import type { ItemFile } from '../../core/torrent.js';
import { asList, asObject, asSize, asText, asUrl } from '../decode.js';

/**
 * Longest path, in UTF-16 units: far beyond PATH_MAX (4,096 bytes), so that no real file is lost, and short enough
 * that a tree of a hundred thousand levels does not fill the memory with paths.
 */
const maxPathLength = 16_384;

export interface FlatFiles {
  /** In the order of the tree, which is the torrent's. */
  readonly files: readonly ItemFile[];
  /** Files left out because name or size could not be understood, or the path is longer than any real one. */
  readonly leftOut: number;
}

/** A folder being walked. */
interface Level {
  readonly entries: Iterator<unknown>;
  /** Path of the folder with `/` at its end; null where it is too long to be kept. */
  readonly prefix: string | null;
}

/**
 * All files of a tree of `n` (name), `e` (entries of a folder), `s` (size) and `l` (link); null where it is no tree.
 * Walks without recursion, so that no depth overflows the stack. A root folder is kept as told.
 */
export function flattenFiles(tree: unknown): FlatFiles | null {
  const roots = asList(tree);
  if (roots === null) return null;
  const files: ItemFile[] = [];
  let leftOut = 0;
  const levels: Level[] = [{ entries: roots.values(), prefix: '' }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const next = level.entries.next();
    if (next.done === true) {
      levels.pop();
      continue;
    }
    const node = asObject(next.value);
    const name = asText(node?.['n']) ?? '';
    const path = extend(level.prefix, name);
    const entries = node !== null && node['l'] === undefined ? asList(node['e']) : null;
    if (entries !== null) {
      const prefix = path === null || name === '' ? level.prefix : `${path}/`;
      levels.push({ entries: entries.values(), prefix: path === null ? null : prefix });
      continue;
    }
    const size = asSize(node?.['s']);
    if (node === null || name === '' || path === null || size === null) leftOut += 1;
    else files.push({ path, pathTold: true, size, ref: asUrl(node['l']), packed: false });
  }
  return { files, leftOut };
}

function extend(prefix: string | null, name: string): string | null {
  if (prefix === null || prefix.length + name.length > maxPathLength) return null;
  return prefix + name;
}

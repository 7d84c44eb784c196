import { AppError } from '../core/errors.js';
import type { Tree } from '../core/tree.js';
import { nodeAtPath, pathNames } from '../core/tree-path.js';

/** A folder of the tree, for people to walk through. */
export interface FolderListing {
  /** From the mount's root, with a slash at its start. */
  readonly path: string;
  readonly entries: readonly FolderEntry[];
  /** How many there are; more than `entries` where these are a page. */
  readonly total: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'directory' | 'file';
  /** Null for a directory. */
  readonly sizeBytes: number | null;
  readonly mtimeMs: number;
}

/** As many as a page shows at once. */
const pageEntries = 500;

/** Entries of a folder by name, from number `from` on. @throws {AppError} `not-found`, `not-a-directory`. */
export function listFolder(tree: Tree, path: string, from: number): FolderListing {
  const names = pathNames(path);
  const told = `/${names.join('/')}`;
  const node = nodeAtPath(tree, path);
  if (node === undefined) throw new AppError('not-found', `There is nothing at ${told}.`);
  if (node.kind !== 'directory') throw new AppError('not-a-directory', `${told} is a file.`);
  const entries = tree.childrenFrom(node.inode, from, pageEntries).map((child): FolderEntry => {
    const { name, mtimeMs } = child;
    if (child.kind === 'directory') return { name, kind: 'directory', sizeBytes: null, mtimeMs };
    return {
      name,
      kind: 'file',
      sizeBytes: child.kind === 'file' ? child.size : child.bytes.length,
      mtimeMs,
    };
  });
  return { path: told, entries, total: tree.childCount(node.inode) };
}

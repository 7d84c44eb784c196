/** Which content each file of an item is, however its service tells paths. */
import type { ItemFile } from '../core/torrent.js';
import { normalText } from './names.js';
import { pathComponents } from './raw-paths.js';

/** What tells a file from the others of its torrent. */
export interface FileIdentity {
  /** Last component of the path, NFC, otherwise as told. */
  readonly baseName: string;
  /** Bytes. */
  readonly size: number;
  /** Place among the files of the same base name and size, in path order, from 0. */
  readonly ordinal: number;
}

/**
 * The identity of each file, in the order given. `files` are all files of the torrent, those the account does not hold
 * included: the ordinals count them. Paths are compared component by component, so that a root folder before all of
 * them changes nothing; files of one and the same path keep the order given.
 */
export function identify(files: readonly Pick<ItemFile, 'path' | 'size'>[]): readonly FileIdentity[] {
  const split = files.map((file) => pathComponents(file.path));
  const inPathOrder = files.map((_, index) => index);
  inPathOrder.sort((a, b) => comparePaths(split[a] ?? [], split[b] ?? []) || a - b);
  const seen = new Map<string, number>();
  const identities: FileIdentity[] = [];
  for (const index of inPathOrder) {
    const size = files[index]?.size ?? 0;
    const baseName = split[index]?.at(-1) ?? normalText(files[index]?.path ?? '');
    const key = `${size}/${baseName}`;
    const ordinal = seen.get(key) ?? 0;
    seen.set(key, ordinal + 1);
    identities[index] = { baseName, size, ordinal };
  }
  return identities;
}

/** Order of two paths by their components, in code units: the same on every machine. */
function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    if (left !== right) return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

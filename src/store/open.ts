import type { Tree } from '../core/tree.js';
import { openForReading } from './database.js';
import { TreeReader } from './tree-reader.js';

/**
 * Opens the published tree of a state folder without a running process. The caller closes it.
 * @throws {AppError} `not-found` when there is none yet; `storage` when it cannot be read.
 */
export function openTree(stateDir: string): { readonly tree: Tree; close(): void } {
  const db = openForReading(stateDir);
  return { tree: new TreeReader(db, []), close: () => db.close() };
}

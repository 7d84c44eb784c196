import { AppError } from '../core/errors.js';
import type { Tree } from '../core/tree.js';
import { openForReading, type Connection } from './database.js';
import { Meta } from './meta.js';
import { TreeReader } from './tree-reader.js';

/** The store's tree, and the connection that it is read by. */
export interface StoredTree {
  readonly tree: Tree;
  readonly db: Connection;
  close(): void;
}

/**
 * Opens the published tree of a state folder without a running process. The caller closes it.
 * @throws {AppError} `not-found` when there is none yet; `storage` when it cannot be read.
 */
export function openTree(stateDir: string): StoredTree {
  const db = openForReading(stateDir);
  if (new Meta(db).get('published') === undefined) {
    db.close();
    throw new AppError('not-found', 'There is no tree yet: no account has answered completely so far.');
  }
  return { tree: new TreeReader(db, []), db, close: () => db.close() };
}

import { AppError } from '../core/errors.js';
import type { Tree } from '../core/tree.js';
import { asStorageError } from './database.js';
import { suspectDamage, type SuspectedBy } from './restore.js';
import { isDamage } from './sqlite-trouble.js';

/** A tree that is told of its changes. */
export interface ChangingTree extends Tree {
  changed(): void;
}

/** Hears of damage of the library that is met while it is used, so that the process ends and its next start mends it. */
export class DamageWatch {
  readonly #stateDir: string;
  #tell: (error: AppError) => void = () => undefined;
  /** Resolves when damage is met, with a sentence for the user. */
  readonly met: Promise<AppError>;

  constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.met = new Promise((resolve) => (this.#tell = resolve));
  }

  /** Hears of damage that the next start has to look for. */
  found(error: AppError, by: SuspectedBy = 'use'): void {
    suspectDamage(this.#stateDir, by);
    this.#tell(error);
  }

  /**
   * The tree, which fails as before with what it cannot read: with `storage`, never as if something were not there. Once its
   * connection is closed it fails with `aborted`: programs may still ask for what they have open while the process ends.
   */
  over(tree: ChangingTree, db: { readonly open: boolean }): ChangingTree {
    const watch = <Result>(read: () => Result): Result => {
      if (!db.open) throw new AppError('aborted', 'The library is closed, because the process ends.');
      try {
        return read();
      } catch (thrown) {
        const error = asStorageError(thrown);
        if (isDamage(thrown)) this.found(error);
        throw error;
      }
    };
    return {
      changed: () => tree.changed(),
      node: (inode) => watch(() => tree.node(inode)),
      child: (parent, name) => watch(() => tree.child(parent, name)),
      children: (parent, after, limit) => watch(() => tree.children(parent, after, limit)),
      childrenFrom: (parent, from, limit) => watch(() => tree.childrenFrom(parent, from, limit)),
      childCount: (parent) => watch(() => tree.childCount(parent)),
      folders: () => watch(() => tree.folders()),
      counts: () => watch(() => tree.counts()),
      content: (id) => watch(() => tree.content(id)),
      sealed: (id) => watch(() => tree.sealed(id)),
      places: (id) => watch(() => tree.places(id)),
      sources: (id) => watch(() => tree.sources(id)),
    };
  }
}

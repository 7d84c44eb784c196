import type { Inode } from '../../core/tree.js';

/**
 * How often the kernel was told each node, less how often it forgot it: what it may still ask about. Numbers of nodes come
 * from the tree, so nothing depends on these counts; they show that what is given out comes back.
 *
 * INVARIANT: holds exactly the nodes with a count above zero, the root aside.
 */
export class KnownNodes {
  readonly #lookups = new Map<Inode, number>();

  get size(): number {
    return this.#lookups.size;
  }

  told(inode: Inode): void {
    this.#lookups.set(inode, (this.#lookups.get(inode) ?? 0) + 1);
  }

  /** More than was told is all: a server before this one told the rest. */
  forgot(inode: Inode, lookups: bigint): void {
    const left = (this.#lookups.get(inode) ?? 0) - Number(lookups);
    if (left > 0) this.#lookups.set(inode, left);
    else this.#lookups.delete(inode);
  }
}

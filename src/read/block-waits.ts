import type { Block } from './block-pool.js';

/** Readers that wait for one block. */
interface Wait {
  readonly promise: Promise<Block>;
  readonly resolve: (block: Block) => void;
  readonly reject: (error: unknown) => void;
  /** Those that have not given up. */
  readers: number;
}

/**
 * Who waits for which blocks of one file, however these come.
 *
 * INVARIANT: holds the blocks that have a reader and neither came nor failed.
 */
export class BlockWaits {
  readonly #byIndex = new Map<number, Wait>();

  get size(): number {
    return this.#byIndex.size;
  }

  /** The blocks that are waited for, in the order in which they were first asked for. */
  indexes(): number[] {
    return [...this.#byIndex.keys()];
  }

  isAwaited(index: number): boolean {
    return this.#byIndex.has(index);
  }

  /** Whether a block of the half-open range is waited for. */
  isAnyAwaited(from: number, to: number): boolean {
    for (const index of this.#byIndex.keys()) if (index >= from && index < to) return true;
    return false;
  }

  /**
   * Waits for a block, until `use` ends.
   * @param use is given the promise of the block, and stops waiting for it by returning.
   * @param onDeserted is called where the last reader left before the block came.
   */
  async join(
    index: number,
    use: (block: Promise<Block>) => Promise<Block>,
    onDeserted: () => void,
  ): Promise<Block> {
    const wait = this.#byIndex.get(index) ?? this.#begin(index);
    wait.readers += 1;
    try {
      return await use(wait.promise);
    } finally {
      wait.readers -= 1;
      if (wait.readers === 0 && this.#byIndex.get(index) === wait) {
        this.#byIndex.delete(index);
        onDeserted();
      }
    }
  }

  deliver(index: number, block: Block): void {
    this.#byIndex.get(index)?.resolve(block);
    this.#byIndex.delete(index);
  }

  fail(index: number, error: unknown): void {
    this.#byIndex.get(index)?.reject(error);
    this.#byIndex.delete(index);
  }

  failAll(error: unknown): void {
    for (const { reject } of this.#byIndex.values()) reject(error);
    this.#byIndex.clear();
  }

  #begin(index: number): Wait {
    let resolve: Wait['resolve'] = () => undefined;
    let reject: Wait['reject'] = () => undefined;
    const promise = new Promise<Block>((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    promise.catch(() => undefined);
    const wait = { promise, resolve, reject, readers: 0 };
    this.#byIndex.set(index, wait);
    return wait;
  }
}

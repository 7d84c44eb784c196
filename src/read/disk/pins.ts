import type { Held } from './slot-contents.js';

/**
 * How many blocks are pinned, of which contents, and who must give when that is too much.
 *
 * INVARIANT: `count` is the sum of all contents' `pinned`, and never exceeds `max`; `#givers` are those that have some.
 */
export class Pins {
  readonly max: number;
  /** The least recently used first. */
  readonly #givers = new Set<Held>();
  #count = 0;
  /** Bytes of blocks that lost their pin because others needed it or their slot was given up, or that got none. */
  droppedBytes = 0;

  constructor(max: number) {
    this.max = max;
  }

  get count(): number {
    return this.#count;
  }

  /** Counts a use of a content. */
  use(held: Held): void {
    if (this.#givers.delete(held)) this.#givers.add(held);
  }

  /**
   * The content whose pins must all go before one more block of `held` can be pinned; `none` where there is room, and `refused`
   * where its own content has all pins that there are. @param bytes of the block.
   */
  giverTo(held: Held, bytes: number): Held | 'none' | 'refused' {
    this.use(held);
    if (this.#count < this.max) return 'none';
    const [oldest] = this.#givers;
    if (oldest !== undefined && oldest !== held) return oldest;
    this.droppedBytes += bytes;
    return 'refused';
  }

  add(held: Held): void {
    held.pinned += 1;
    this.#count += 1;
    this.#givers.add(held);
  }

  remove(held: Held): void {
    held.pinned -= 1;
    this.#count -= 1;
    if (held.pinned === 0) this.#givers.delete(held);
  }
}

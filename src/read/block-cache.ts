import { LRUCache } from 'lru-cache';
import type { ContentId } from '../core/content.js';

/**
 * Blocks of all contents in memory, the least recently used going first. Blocks are shared, never written to. The cap also
 * counts the blocks that streams are filling: they are drawn from it before they are allocated.
 *
 * INVARIANT: `usedBytes + drawnBytes` never exceeds `maxBytes`; room is made before anything is added.
 */
export class BlockCache {
  readonly maxBytes: number;
  readonly #blocks: LRUCache<string, Uint8Array>;
  #drawnBytes = 0;

  /** @param maxBytes one cap for the whole process. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
    this.#blocks = new LRUCache({ maxSize: maxBytes, sizeCalculation: (block) => block.length });
  }

  /** A block, which counts as a use of it. */
  get(content: ContentId, index: number): Uint8Array | undefined {
    return this.#blocks.get(`${content}:${index}`);
  }

  /** Whether it has a block, which is no use of it. */
  has(content: ContentId, index: number): boolean {
    return this.#blocks.has(`${content}:${index}`);
  }

  /** Keeps a whole block at the expense of those not used for longest; not at all when streams leave no room for it. */
  put(content: ContentId, index: number, block: Uint8Array): void {
    if (this.#makeRoom(block.length)) this.#blocks.set(`${content}:${index}`, block);
  }

  /** Takes bytes out of the cap for a stream, dropping blocks for it. False, and nothing taken, when all is drawn. */
  draw(bytes: number): boolean {
    if (!this.#makeRoom(bytes)) return false;
    this.#drawnBytes += bytes;
    return true;
  }

  /** Gives back what was drawn. */
  giveBack(bytes: number): void {
    this.#drawnBytes -= bytes;
  }

  get usedBytes(): number {
    return this.#blocks.calculatedSize;
  }

  get drawnBytes(): number {
    return this.#drawnBytes;
  }

  #makeRoom(bytes: number): boolean {
    const room = this.maxBytes - this.#drawnBytes - bytes;
    if (room < 0) return false;
    while (this.#blocks.calculatedSize > room) this.#blocks.pop();
    return true;
  }
}

import { LRUCache } from 'lru-cache';
import type { ContentId } from '../core/content.js';

/**
 * Bytes of a block; the last one of a content is shorter. 128 KiB is what the kernel asks for at once through libfuse2, so
 * that one request is answered by one block, and a probe of head and tail keeps little that nobody wanted.
 */
export const blockBytes = 131_072;

/** Blocks of all contents in memory, the least recently used going first: one cap in bytes for the whole process. */
export class BlockCache {
  readonly #blocks: LRUCache<string, Uint8Array>;

  /** @param maxBytes a block is kept only where it fits below this. */
  constructor(maxBytes: number) {
    this.#blocks = new LRUCache({
      maxSize: Math.max(maxBytes, blockBytes),
      sizeCalculation: (block) => Math.max(1, block.length),
    });
  }

  get(content: ContentId, index: number): Uint8Array | undefined {
    return this.#blocks.get(`${content}:${index}`);
  }

  /** Keeps a block, which must not be written to any more. */
  set(content: ContentId, index: number, block: Uint8Array): void {
    this.#blocks.set(`${content}:${index}`, block);
  }

  get bytes(): number {
    return this.#blocks.calculatedSize;
  }
}

/** How many blocks a content of `size` bytes has. */
export function blockCount(size: number): number {
  return Math.ceil(size / blockBytes);
}

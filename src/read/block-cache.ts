import { LRUCache } from 'lru-cache';
import type { ContentId } from '../core/content.js';
import { BlockPool, type Block, type BlockPoolOptions } from './block-pool.js';
import { blockBytes } from './blocks.js';

/** So many blocks are kept free for those who take one: what may be released in one turn of the event loop at full speed. */
const spareBlocks = 32;
/** Of a small pool, this share. */
const spareShare = 1 / 16;

/**
 * Blocks of all contents in memory, the least recently used going first. Their memory is the one pool of which streams, the disk
 * and readers have theirs too: who takes a block has it at the expense of those that were not used for longest.
 */
export class BlockCache {
  readonly #pool: BlockPool;
  readonly #spare: number;
  readonly #blocks: LRUCache<string, Block>;
  #evicted = 0;

  /** @param maxBytes one cap for the whole process. */
  constructor(maxBytes: number, options: Pick<BlockPoolOptions, 'scribbles'> = {}) {
    this.#pool = new BlockPool({ count: Math.floor(maxBytes / blockBytes), ...options });
    this.#spare = Math.min(spareBlocks, Math.ceil(this.#pool.count * spareShare));
    this.#blocks = new LRUCache({ max: this.#pool.count, dispose: (block) => block.release() });
  }

  get maxBytes(): number {
    return this.#pool.count * blockBytes;
  }

  /** Memory of blocks that somebody has: this cache, a stream, the disk or a reader. More than `maxBytes` only where all is in use. */
  get usedBytes(): number {
    return this.#pool.held * blockBytes;
  }

  /** Of that, what would be left if the cache kept nothing. */
  get lentBytes(): number {
    let kept = 0;
    for (const block of this.#blocks.values()) if (block.isHeldOnce) kept += 1;
    return (this.#pool.held - kept) * blockBytes;
  }

  /** Blocks that went for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** A block, which counts as a use of it. Valid in this turn of the event loop, or while it is held. */
  get(content: ContentId, index: number): Block | undefined {
    return this.#blocks.get(`${content}:${index}`);
  }

  /** The same, which is no use of it. */
  peek(content: ContentId, index: number): Block | undefined {
    return this.#blocks.peek(`${content}:${index}`);
  }

  /** Whether it has a block, which is no use of it. */
  has(content: ContentId, index: number): boolean {
    return this.#blocks.has(`${content}:${index}`);
  }

  /** Keeps a whole block, of which it becomes a holder. */
  put(content: ContentId, index: number, block: Block): void {
    const key = `${content}:${index}`;
    if (this.#blocks.peek(key) !== block) this.#blocks.set(key, block.hold());
  }

  /** A block of so many bytes to be filled, which the caller holds. */
  take(length: number): Block {
    const most = this.#pool.count - this.#spare;
    while (this.#pool.held >= most && this.#blocks.size > 0) {
      this.#blocks.pop();
      this.#evicted += 1;
    }
    return this.#pool.take(length);
  }
}

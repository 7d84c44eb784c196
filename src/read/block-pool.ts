import { blockBytes } from './blocks.js';

/** Blocks that are allocated at once, so that a small cache stays small until it is used: 4 MiB. */
const segmentBlocks = 32;

/**
 * The memory of one block, which is used again once nobody holds it. Who takes one holds it; each holder releases it once.
 * Its bytes stay as they are until the event loop's next turn after the last release, so that who looks at them within this turn,
 * or takes hold of them, need not have held them.
 */
export class Block {
  /** Written to by nobody but the one who took it, until it is shared. */
  readonly bytes: Buffer;
  readonly #memory: BlockMemory;
  readonly #pool: BlockPool;

  /** Use `BlockPool.take`. */
  constructor(memory: BlockMemory, length: number, pool: BlockPool) {
    this.bytes = length === blockBytes ? memory.bytes : memory.bytes.subarray(0, length);
    this.#memory = memory;
    this.#pool = pool;
  }

  /** Whether whoever asks, being one, is the only holder. */
  get isHeldOnce(): boolean {
    return this.#memory.holders === 1;
  }

  /** Becomes one more holder. @returns itself. */
  hold(): this {
    this.#pool.hold(this.#memory);
    return this;
  }

  release(): void {
    this.#pool.release(this.#memory);
  }
}

/** One piece of the pool, whoever has it. */
interface BlockMemory {
  readonly bytes: Buffer;
  holders: number;
  isResting: boolean;
  /** Whether it is beyond what the pool has, and goes when nobody holds it. */
  readonly isExtra: boolean;
}

export interface BlockPoolOptions {
  /** How many blocks. */
  readonly count: number;
  /** Overwrites blocks that nobody holds any more, so that a test sees who still looks at them. */
  readonly scribbles?: boolean;
}

/**
 * Memory for blocks that is allocated once. Fresh memory for each costs more than all else that is done with a block: it has the
 * garbage collector run 85 times per GB (measured 2026-11).
 *
 * INVARIANT: a piece is free; or held; or resting, because nobody holds it since this turn of the event loop began.
 */
export class BlockPool {
  /** How many blocks it has memory for. */
  readonly count: number;
  readonly #scribbles: boolean;
  readonly #free: BlockMemory[] = [];
  #resting: BlockMemory[] = [];
  #allocated = 0;
  #held = 0;

  constructor({ count, scribbles = false }: BlockPoolOptions) {
    this.count = Math.max(1, count);
    this.#scribbles = scribbles;
  }

  /** How many are held; more than `count` where some were taken beyond it. */
  get held(): number {
    return this.#held;
  }

  /** A block of so many bytes, at most `blockBytes`, with anything in it. Where none is free, it is one beyond the pool. */
  take(length: number): Block {
    if (this.#free.length === 0) this.#allocate();
    const memory = this.#free.pop() ?? newMemory(Buffer.allocUnsafeSlow(blockBytes), true);
    this.hold(memory);
    return new Block(memory, length, this);
  }

  /** For `Block.hold`. */
  hold(memory: BlockMemory): void {
    if (memory.holders === 0) this.#held += 1;
    memory.holders += 1;
  }

  /** For `Block.release`. */
  release(memory: BlockMemory): void {
    if (memory.holders === 0) throw new Error('A block was released by more than held it.');
    memory.holders -= 1;
    if (memory.holders > 0) return;
    this.#held -= 1;
    if (memory.isResting) return;
    memory.isResting = true;
    if (this.#resting.push(memory) === 1) setImmediate(() => this.#reuse());
  }

  #reuse(): void {
    const rested = this.#resting;
    this.#resting = [];
    for (const memory of rested) {
      memory.isResting = false;
      if (memory.holders > 0) continue;
      if (this.#scribbles) memory.bytes.fill(0xdb);
      if (!memory.isExtra) this.#free.push(memory);
    }
  }

  #allocate(): void {
    const count = Math.min(segmentBlocks, this.count - this.#allocated);
    if (count <= 0) return;
    const segment = Buffer.allocUnsafeSlow(count * blockBytes);
    this.#allocated += count;
    for (let at = count - 1; at >= 0; at -= 1)
      this.#free.push(newMemory(segment.subarray(at * blockBytes, (at + 1) * blockBytes), false));
  }
}

function newMemory(bytes: Buffer, isExtra: boolean): BlockMemory {
  return { bytes, holders: 0, isResting: false, isExtra };
}

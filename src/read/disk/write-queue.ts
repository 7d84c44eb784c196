import { crc32 } from 'node:zlib';
import type { Block } from '../block-pool.js';
import type { ContentKey, SourceTag } from './record.js';
import type { WrittenBlock } from './slot-contents.js';

/** Blocks written in one go, at most: 2 MiB, of which a system call more or less is nothing. */
export const maxRun = 16;

/** A block that is not on disk yet. */
export class QueuedBlock {
  readonly key: ContentKey;
  readonly index: number;
  readonly block: Block;
  readonly source: SourceTag;
  isPinned: boolean;
  /** False where it was removed while it was being written. */
  isWanted = true;

  /** Holds the block until it is written, or is not to be. */
  constructor(key: ContentKey, index: number, block: Block, source: SourceTag, isPinned: boolean) {
    this.key = key;
    this.index = index;
    this.block = block.hold();
    this.source = source;
    this.isPinned = isPinned;
  }

  get bytes(): Buffer {
    return this.block.bytes;
  }

  /** What its record will say, by what is known now. */
  describe(): WrittenBlock {
    const { key, index, source, isPinned, bytes } = this;
    return { key, index, length: bytes.length, crc: crc32(bytes), source, isPinned };
  }
}

/**
 * Blocks on their way to the disk, in memory.
 *
 * INVARIANT: `bytes` is what those waiting and those being written hold, and never exceeds `maxBytes`.
 */
export class WriteQueue {
  readonly maxBytes: number;
  /** Is called when there is more room than before. */
  onRoom: () => void = () => undefined;
  readonly #waiting = new Set<QueuedBlock>();
  /** Those waiting and those being written, unless they were removed. */
  readonly #known = new Map<ContentKey, Map<number, QueuedBlock>>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  find(key: ContentKey, index: number): QueuedBlock | undefined {
    return this.#known.get(key)?.get(index);
  }

  anyOf(key: ContentKey): QueuedBlock | undefined {
    return this.#known.get(key)?.values().next().value;
  }

  /** Whether there is room for a block. */
  takes(block: Block): boolean {
    return this.#bytes + block.bytes.length <= this.maxBytes;
  }

  /** Adds a block for which there is room, and which is not in it. */
  add(block: QueuedBlock): void {
    const ofContent = this.#known.get(block.key) ?? new Map<number, QueuedBlock>();
    this.#known.set(block.key, ofContent);
    ofContent.set(block.index, block);
    this.#waiting.add(block);
    this.#bytes += block.bytes.length;
  }

  /** The block that waited longest, and those that follow it in its content; none where none waits. `done` must be told. */
  nextRun(): QueuedBlock[] {
    const run: QueuedBlock[] = [];
    let [next] = this.#waiting;
    while (next !== undefined && this.#waiting.delete(next)) {
      run.push(next);
      if (run.length === maxRun) break;
      next = this.find(next.key, next.index + 1);
    }
    return run;
  }

  /** Forgets blocks that `nextRun` gave. */
  done(run: readonly QueuedBlock[]): void {
    for (const block of run) {
      this.#letGo(block);
      if (this.find(block.key, block.index) === block) this.#forget(block);
    }
    this.onRoom();
  }

  /** Forgets the blocks of a content. Those being written are only not to be used any more. */
  remove(key: ContentKey): void {
    for (const block of this.#known.get(key)?.values() ?? []) {
      block.isWanted = false;
      if (this.#waiting.delete(block)) this.#letGo(block);
    }
    this.#known.delete(key);
  }

  /** Forgets all blocks that wait. */
  clear(): void {
    for (const block of this.#waiting) {
      this.#letGo(block);
      this.#forget(block);
    }
    this.#waiting.clear();
  }

  #letGo({ block }: QueuedBlock): void {
    this.#bytes -= block.bytes.length;
    block.release();
  }

  #forget(block: QueuedBlock): void {
    const ofContent = this.#known.get(block.key);
    ofContent?.delete(block.index);
    if (ofContent?.size === 0) this.#known.delete(block.key);
  }
}

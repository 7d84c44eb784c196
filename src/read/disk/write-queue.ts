import { crc32 } from 'node:zlib';
import type { ContentKey, SourceTag } from './record.js';
import type { WrittenBlock } from './slot-contents.js';

/** Blocks written in one go, at most: 2 MiB, of which a system call more or less is nothing. */
export const maxRun = 16;

/** A block that is not on disk yet. */
export class QueuedBlock {
  readonly key: ContentKey;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly source: SourceTag;
  isPinned: boolean;
  /** False where it was removed while it was being written. */
  isWanted = true;

  constructor(key: ContentKey, index: number, bytes: Uint8Array, source: SourceTag, isPinned: boolean) {
    this.key = key;
    this.index = index;
    this.bytes = bytes;
    this.source = source;
    this.isPinned = isPinned;
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

  /** False, and nothing added, where there is no room. The block must not be in it. */
  add(block: QueuedBlock): boolean {
    if (this.#bytes + block.bytes.length > this.maxBytes) return false;
    const ofContent = this.#known.get(block.key) ?? new Map<number, QueuedBlock>();
    this.#known.set(block.key, ofContent);
    ofContent.set(block.index, block);
    this.#waiting.add(block);
    this.#bytes += block.bytes.length;
    return true;
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
      this.#bytes -= block.bytes.length;
      if (this.find(block.key, block.index) === block) this.#forget(block);
    }
  }

  /** Forgets the blocks of a content. Those being written are only not to be used any more. */
  remove(key: ContentKey): void {
    for (const block of this.#known.get(key)?.values() ?? []) {
      block.isWanted = false;
      if (this.#waiting.delete(block)) this.#bytes -= block.bytes.length;
    }
    this.#known.delete(key);
  }

  /** Forgets all blocks that wait. */
  clear(): void {
    for (const block of this.#waiting) {
      this.#bytes -= block.bytes.length;
      this.#forget(block);
    }
    this.#waiting.clear();
  }

  #forget(block: QueuedBlock): void {
    const ofContent = this.#known.get(block.key);
    ofContent?.delete(block.index);
    if (ofContent?.size === 0) this.#known.delete(block.key);
  }
}

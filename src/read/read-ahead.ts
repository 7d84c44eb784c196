import { blockAt } from './blocks.js';

/** First and largest read-ahead in bytes: two seconds of a 62 Mbit/s film are 16 MiB. */
const firstBytes = 512 * 1024;
const largestBytes = 16 * 1024 * 1024;
/** The kernel sends the requests of a sequential reader up to this far out of order, in bytes (observed 2026-11). */
const disorderBytes = 1024 * 1024;

/** How far one reader's next bytes are fetched ahead: nothing at first, doubling while it reads on, nothing after a jump. */
export class ReadAhead {
  readonly #maxBytes: number;
  #windowBytes = 0;
  /** End of the furthest read since the last jump; null before the first. */
  #endOffset: number | null = null;

  /** @param memoryBytes the budget that all readers share: one takes at most an eighth of it. */
  constructor(memoryBytes: number) {
    this.#maxBytes = Math.min(largestBytes, Math.floor(memoryBytes / 8));
  }

  /** Takes note of a read. @returns index of the last block worth having after it. */
  after(offset: number, length: number): number {
    const end = offset + length;
    const previous = this.#endOffset;
    if (previous === null || Math.abs(offset - previous) > disorderBytes) {
      this.#windowBytes = 0;
      this.#endOffset = end;
    } else if (end > previous) {
      this.#windowBytes = Math.min(this.#maxBytes, Math.max(firstBytes, this.#windowBytes * 2));
      this.#endOffset = end;
    }
    return blockAt(Math.max(0, end + this.#windowBytes - 1));
  }
}

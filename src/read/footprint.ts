import { blockBytes } from './blocks.js';

/** Who touches more than this is no probe, in blocks: mediainfo reads 48 MiB of a ts (traced 2026-11). */
const mostBlocks = (64 * 1024 * 1024) / blockBytes;

/** Which blocks a reader touched, as long as these are no more than a probe touches. */
export class Footprint {
  #blocks: Set<number> | null = new Set();

  /** Takes note of the blocks `first` to `last`. */
  touch(first: number, last: number): void {
    const blocks = this.#blocks;
    if (blocks === null) return;
    for (let index = first; index <= last; index += 1) blocks.add(index);
    if (blocks.size > mostBlocks) this.#blocks = null;
  }

  /** What was touched; none where it was too much. */
  blocks(): Iterable<number> {
    return this.#blocks ?? [];
  }
}

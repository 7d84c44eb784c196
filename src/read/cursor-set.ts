import { blockBytes } from './blocks.js';
import type { Cursor } from './cursor.js';

/**
 * A block at most this far behind a cursor's next one is worth waiting for instead of opening another: 2 MiB take 80 ms at
 * 25 MB/s, less than a new request's first byte, and the kernel sends its requests out of order by up to 1 MiB.
 */
const reachBlocks = (2 * 1024 * 1024) / blockBytes;

/** The cursors of one file that have not ended, and which of them brings what. */
export class CursorSet {
  readonly #cursors = new Set<Cursor>();

  get size(): number {
    return this.#cursors.size;
  }

  /** How many are fetching, and not parked. */
  get busy(): number {
    let busy = 0;
    for (const { idle } of this.#cursors) if (!idle) busy += 1;
    return busy;
  }

  [Symbol.iterator](): Iterator<Cursor> {
    return this.#cursors.values();
  }

  add(cursor: Cursor): void {
    this.#cursors.add(cursor);
  }

  remove(cursor: Cursor): void {
    this.#cursors.delete(cursor);
  }

  /** The cursor that comes by a block soonest, and soon enough for a reader. */
  serving(index: number): Cursor | undefined {
    let nearest: Cursor | undefined;
    for (const cursor of this.#cursors) {
      if (!isAhead(cursor, index) || index > cursor.next + reachBlocks) continue;
      if (nearest === undefined || cursor.next > nearest.next) nearest = cursor;
    }
    return nearest;
  }

  /** A cursor that will come by a block once it is asked to go on. */
  leadingTo(index: number): Cursor | undefined {
    for (const cursor of this.#cursors) {
      const to = Math.max(cursor.next, cursor.demand) + reachBlocks;
      if (isAhead(cursor, index) && index <= to) return cursor;
    }
    return undefined;
  }

  /** Those that have been told to fetch a block. */
  fetching(index: number): Cursor[] {
    return [...this.#cursors].filter(({ next, demand }) => next <= index && index <= demand);
  }

  /** The one that is furthest in the file, of those that may go. */
  furthest(mayGo: (cursor: Cursor) => boolean): Cursor | undefined {
    return [...this.#cursors].filter(mayGo).sort((a, b) => b.next - a.next)[0];
  }

  /** The one that was of no use for longest, of those that may go. */
  leastUsed(mayGo: (cursor: Cursor) => boolean): Cursor | undefined {
    return [...this.#cursors].filter(mayGo).sort((a, b) => a.usedMs - b.usedMs)[0];
  }
}

/** Whether a block lies in what a cursor has before it. */
function isAhead({ next, end }: Cursor, index: number): boolean {
  return next <= index && index < end;
}

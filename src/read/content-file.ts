import { abortable } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Purpose } from '../core/reading.js';
import type { BlockCache } from './block-cache.js';
import { blockBytes, blockCount } from './blocks.js';
import { Cursor } from './cursor.js';
import type { Feed } from './feed.js';

/**
 * A block at most this far behind a cursor's next one is worth waiting for instead of opening another: 2 MiB take 80 ms at
 * 25 MB/s, less than a new request's first byte, and the kernel sends its requests out of order by up to 1 MiB.
 */
const reachBlocks = (2 * 1024 * 1024) / blockBytes;
/** Streams kept per file: mp4 players alternate between two positions, a probe of the tail makes it three. */
const maxCursors = 4;

/** Somebody waits for a block. */
interface Waiting {
  readonly promise: Promise<Uint8Array>;
  readonly resolve: (block: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  /** Readers that have not given up. */
  readers: number;
}

/**
 * One content that is open, whoever has it open: its cursors, and who waits for which block.
 *
 * INVARIANT: every block waited for lies at or after some cursor's next, up to its demand; so it comes or fails. `#cursors`
 * holds the ones that were not closed.
 */
export class ContentFile {
  readonly feed: Feed;
  readonly #blocks: BlockCache;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #cursors = new Set<Cursor>();
  readonly #waiting = new Map<number, Waiting>();

  constructor(feed: Feed, blocks: BlockCache, clock: Clock, patienceMs: number) {
    this.feed = feed;
    this.#blocks = blocks;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  get size(): number {
    return this.feed.content.size;
  }

  get cursors(): number {
    return this.#cursors.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  cached(index: number): Uint8Array | undefined {
    return this.#blocks.get(this.feed.content.id, index);
  }

  /** Lets a cursor that is just ahead of a reader at `from` read on to the block `to`; opens none. */
  encourage(from: number, to: number): void {
    for (const cursor of this.#cursors) {
      if (cursor.next > from && cursor.next <= to + 1) cursor.want(this.#clip(to), null);
    }
  }

  /**
   * A block that is not cached.
   * @param ahead the last block to fetch with it. @param purpose of who waits for it. @throws {AppError} `aborted`; why it cannot be had.
   */
  async fetch(index: number, ahead: number, purpose: Purpose, signal: AbortSignal): Promise<Uint8Array> {
    const waiting = this.#wait(index);
    waiting.readers += 1;
    const cursor = this.#servingCursor(index) ?? this.#open(index, ahead, purpose);
    cursor.want(this.#clip(Math.max(index, ahead)), purpose);
    try {
      return await abortable(waiting.promise, signal);
    } finally {
      waiting.readers -= 1;
      if (waiting.readers === 0 && this.#waiting.get(index) === waiting) {
        this.#waiting.delete(index);
        this.#closeUnwanted(index);
      }
    }
  }

  close(): void {
    for (const cursor of this.#cursors) this.#end(cursor);
    const closed = new AppError('aborted', 'The file was closed.');
    for (const { reject } of this.#waiting.values()) reject(closed);
    this.#waiting.clear();
  }

  #wait(index: number): Waiting {
    const known = this.#waiting.get(index);
    if (known !== undefined) return known;
    let resolve: Waiting['resolve'] = () => undefined;
    let reject: Waiting['reject'] = () => undefined;
    const promise = new Promise<Uint8Array>((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    promise.catch(() => undefined);
    const waiting = { promise, resolve, reject, readers: 0 };
    this.#waiting.set(index, waiting);
    return waiting;
  }

  /** The cursor that comes by a block soonest. */
  #servingCursor(index: number): Cursor | undefined {
    let nearest: Cursor | undefined;
    for (const cursor of this.#cursors) {
      if (cursor.next > index || index > cursor.next + reachBlocks) continue;
      if (nearest === undefined || cursor.next > nearest.next) nearest = cursor;
    }
    return nearest;
  }

  #open(index: number, ahead: number, purpose: Purpose): Cursor {
    if (this.#cursors.size >= maxCursors) this.#closeOldest();
    const { feed } = this;
    const how = {
      feed,
      first: index,
      demand: this.#clip(ahead),
      clock: this.#clock,
      patienceMs: this.#patienceMs,
      purpose,
    };
    const cursor = new Cursor(how, {
      onBlock: (at, block) => {
        this.#blocks.put(feed.content.id, at, block);
        this.#waiting.get(at)?.resolve(block);
        this.#waiting.delete(at);
      },
      onEnd: (ended, error) => this.#ended(ended, error),
    });
    this.#cursors.add(cursor);
    return cursor;
  }

  #ended(cursor: Cursor, error: unknown): void {
    this.#cursors.delete(cursor);
    for (const [index, waiting] of this.#waiting) {
      if (this.#servingCursor(index) !== undefined) continue;
      if (error !== null) {
        this.#waiting.delete(index);
        waiting.reject(error);
      } else {
        this.#open(index, index, cursor.purpose);
      }
    }
  }

  #closeOldest(): void {
    const idle = [...this.#cursors].filter((cursor) => !this.#isAwaited(cursor));
    const [oldest] = idle.sort((a, b) => a.usedMs - b.usedMs);
    if (oldest !== undefined) this.#end(oldest);
  }

  /** Ends the cursors that are still trying for a block whose readers have left. */
  #closeUnwanted(index: number): void {
    for (const cursor of this.#cursors) {
      const isFor = cursor.next <= index && index <= cursor.demand;
      if (isFor && !this.#isAwaited(cursor)) this.#end(cursor);
    }
  }

  #end(cursor: Cursor): void {
    this.#cursors.delete(cursor);
    cursor.close();
  }

  #isAwaited(cursor: Cursor): boolean {
    for (const index of this.#waiting.keys()) if (index >= cursor.next && index <= cursor.demand) return true;
    return false;
  }

  #clip(index: number): number {
    return Math.min(index, blockCount(this.size) - 1);
  }
}

import type { Clock } from '../core/clock.js';
import { blockBytes, blockCount } from './blocks.js';
import type { Feed, OpenFeed } from './feed.js';

/** A cursor that nobody wants more from is kept open this long, in milliseconds: players pause, kernels come back. */
const parkedMs = 15_000;

export interface CursorEvents {
  /** A whole block, not to be written to any more. */
  onBlock(index: number, block: Uint8Array): void;
  /** It has ended: by itself, by `close`, or because of `error`. Called once. */
  onEnd(cursor: Cursor, error: unknown): void;
}

/**
 * One open stream of a content's bytes: delivers blocks in order, reading on only while somebody is about to want the next
 * one, and goes on at the same byte through another link or source when it breaks.
 *
 * INVARIANT: holds at most one unfinished block; all blocks before `next` were delivered.
 */
export class Cursor {
  /** Index of the block it delivers next. */
  next: number;
  #demand: number;
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #events: CursorEvents;
  readonly #closed = new AbortController();
  #wake: (() => void) | null = null;
  #deadlineMs: number;
  /** When it was last of use, monotonic milliseconds. */
  usedMs: number;

  constructor(
    feed: Feed,
    first: number,
    demand: number,
    clock: Clock,
    patienceMs: number,
    events: CursorEvents,
  ) {
    this.#feed = feed;
    this.next = first;
    this.#demand = demand;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#events = events;
    this.usedMs = clock.monotonic();
    this.#deadlineMs = this.usedMs + patienceMs;
    void this.#run();
  }

  /** The last block it was asked to deliver. */
  get demand(): number {
    return this.#demand;
  }

  /** Lets it read on to the block with this index. */
  want(index: number): void {
    this.usedMs = this.#clock.monotonic();
    if (index <= this.#demand) return;
    this.#demand = index;
    this.#wake?.();
  }

  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    try {
      while (this.next < blockCount(this.#feed.content.size) && !signal.aborted) {
        const feed = await this.#feed.open(this.next * blockBytes, () => this.#deadlineMs, signal);
        const before = this.next;
        try {
          const parked = await this.#pump(feed, signal);
          if (parked) break;
        } catch (error) {
          signal.throwIfAborted();
          await this.#feed.failed(feed, error, this.next > before);
        } finally {
          feed.body.destroy();
        }
      }
      this.#events.onEnd(this, null);
    } catch (error) {
      this.#events.onEnd(this, signal.aborted ? null : error);
    }
  }

  /** @returns true when nobody wanted more for a while. */
  async #pump({ body, source }: OpenFeed, signal: AbortSignal): Promise<boolean> {
    let block: Buffer | null = null;
    let filled = 0;
    for await (const chunk of body.chunks) {
      for (let taken = 0; taken < chunk.length;) {
        block ??= Buffer.allocUnsafeSlow(this.#bytesOf(this.next));
        const copied = chunk.copy(block, filled, taken);
        taken += copied;
        filled += copied;
        if (filled < block.length) continue;
        this.#deliver(block, source);
        block = null;
        filled = 0;
        if (this.next > this.#demand && !(await this.#wanted(signal))) return true;
        if (signal.aborted) return true;
      }
    }
    return false;
  }

  #deliver(block: Uint8Array, source: OpenFeed['source']): void {
    const index = this.next;
    this.next += 1;
    this.#deadlineMs = this.#clock.monotonic() + this.#patienceMs;
    this.#feed.proved(source, index, block);
    this.#events.onBlock(index, block);
  }

  #bytesOf(index: number): number {
    return Math.min(blockBytes, this.#feed.content.size - index * blockBytes);
  }

  /** Waits until the next block is wanted; false when it is not for `parkedMs`, or the cursor is closed. */
  async #wanted(signal: AbortSignal): Promise<boolean> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const either = AbortSignal.any([signal, woken.signal]);
    const slept = await this.#clock.sleep(parkedMs, either).then(
      () => true,
      () => false,
    );
    this.#wake = null;
    this.#deadlineMs = this.#clock.monotonic() + this.#patienceMs;
    return !slept && !signal.aborted;
  }
}

import type { Clock } from '../core/clock.js';
import type { Purpose } from '../core/reading.js';
import { blockBytes, blockCount, blockLength } from './blocks.js';
import type { Feed, OpenFeed } from './feed.js';
import { ObservedFailure } from './observation.js';
import type { SlotHolder } from './stream-slots.js';

/** A cursor that nobody wants more from is kept open this long, in milliseconds: players pause, kernels come back. */
const parkedMs = 15_000;
/** A block that comes more slowly than this, in milliseconds, comes in drops: at 6.5 kB/s nothing can be played. */
const blockTimeoutMs = 20_000;

export interface CursorEvents {
  /** A whole block, not to be written to any more. */
  onBlock(index: number, block: Uint8Array): void;
  /** It has ended: by itself, by `close`, or because of `error`. Called once. */
  onEnd(cursor: Cursor, error: unknown): void;
}

export interface CursorOptions {
  readonly feed: Feed;
  /** Index of the first block it delivers, and of the last one that is wanted for now. */
  readonly first: number;
  readonly demand: number;
  readonly clock: Clock;
  /** How long it tries without progress. */
  readonly patienceMs: number;
  readonly purpose: Purpose;
}

/**
 * One open stream of a content's bytes: delivers blocks in order, reading on only while somebody is about to want the next
 * one, and goes on with the same block through another link or source when it breaks.
 *
 * INVARIANT: holds at most one unfinished block; all blocks from its first one to `next` were delivered.
 */
export class Cursor implements SlotHolder {
  readonly #options: CursorOptions;
  readonly #events: CursorEvents;
  readonly #closed = new AbortController();
  #next: number;
  #demand: number;
  #deadlineMs: number;
  #usedMs: number;
  #purpose: Purpose;
  /** Ends its parking: to go on, or to end. Null while it is not parked. */
  #wake: ((goOn: boolean) => void) | null = null;

  constructor(options: CursorOptions, events: CursorEvents) {
    this.#options = options;
    this.#events = events;
    this.#next = options.first;
    this.#demand = options.demand;
    this.#purpose = options.purpose;
    this.#usedMs = options.clock.monotonic();
    this.#deadlineMs = this.#usedMs + options.patienceMs;
    void this.#run();
  }

  /** Index of the block it delivers next. */
  get next(): number {
    return this.#next;
  }

  /** Index of the last block it was asked to deliver. */
  get demand(): number {
    return this.#demand;
  }

  get usedMs(): number {
    return this.#usedMs;
  }

  get purpose(): Purpose {
    return this.#purpose;
  }

  get idle(): boolean {
    return this.#wake !== null;
  }

  /**
   * Lets it read on to the block with this index.
   * @param awaitedBy a reader, whose patience begins now; null: it is read ahead.
   */
  want(index: number, awaitedBy: Purpose | null): void {
    const { clock, patienceMs } = this.#options;
    this.#usedMs = clock.monotonic();
    if (awaitedBy !== null) this.#deadlineMs = this.#usedMs + patienceMs;
    if (awaitedBy === 'play') this.#purpose = 'play';
    if (index <= this.#demand) return;
    this.#demand = index;
    this.#wake?.(true);
  }

  close(): void {
    this.#closed.abort();
    this.#wake?.(false);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    try {
      let goOn = true;
      while (goOn && this.#next < blockCount(this.#options.feed.content.size))
        goOn = await this.#readOn(signal);
      this.#events.onEnd(this, null);
    } catch (error) {
      this.#events.onEnd(this, signal.aborted ? null : error);
    }
  }

  /** Opens where it stopped and delivers until the body ends, breaks, or is not wanted any more; then it is false. */
  async #readOn(signal: AbortSignal): Promise<boolean> {
    const { feed } = this.#options;
    const start = this.#next * blockBytes;
    const opened = await feed.open({ start, deadlineMs: () => this.#deadlineMs, holder: this, signal });
    let failure: unknown;
    try {
      return await this.#deliverFrom(opened);
    } catch (error) {
      failure = error;
    } finally {
      opened.end();
    }
    await feed.failed(opened, failure, signal);
    return true;
  }

  async #deliverFrom(opened: OpenFeed): Promise<boolean> {
    const { feed, clock } = this.#options;
    const first = this.#next;
    let block: Buffer | null = null;
    let filled = 0;
    let sinceMs = clock.monotonic();
    for await (const bytes of opened.bytes) {
      for (let taken = 0; taken < bytes.length;) {
        block ??= Buffer.allocUnsafeSlow(blockLength(this.#next, feed.content.size));
        const copied = bytes.copy(block, filled, taken);
        taken += copied;
        filled += copied;
        if (filled < block.length) break;
        if (!feed.accept(opened, this.#next, block)) return true;
        this.#deliver(block);
        block = null;
        filled = 0;
        if (this.#next > this.#demand && !(await this.#park())) return false;
        sinceMs = clock.monotonic();
      }
      if (clock.monotonic() - sinceMs > blockTimeoutMs) throw new ObservedFailure({ kind: 'stalled' });
    }
    if (this.#next === first) throw new ObservedFailure({ kind: 'wrong-length' });
    return true;
  }

  #deliver(block: Uint8Array): void {
    const index = this.#next;
    this.#next += 1;
    this.#deadlineMs = this.#options.clock.monotonic() + this.#options.patienceMs;
    this.#events.onBlock(index, block);
  }

  /** Waits until the next block is wanted; false when it is not for `parkedMs`, or the cursor is closed. */
  async #park(): Promise<boolean> {
    const { clock, feed, patienceMs } = this.#options;
    if (this.#closed.signal.aborted || this.#next >= blockCount(feed.content.size)) return false;
    const timer = new AbortController();
    const goOn = await new Promise<boolean>((resolve) => {
      this.#wake = resolve;
      clock.sleep(parkedMs, timer.signal).then(
        () => resolve(false),
        () => undefined,
      );
      feed.parked();
    });
    this.#wake = null;
    timer.abort();
    this.#deadlineMs = clock.monotonic() + patienceMs;
    return goOn;
  }
}

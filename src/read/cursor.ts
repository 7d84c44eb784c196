import type { Clock } from '../core/clock.js';
import { isMoreUrgent, type Purpose } from '../core/reading.js';
import type { BandwidthUser } from './bandwidth.js';
import type { BlockCache } from './block-cache.js';
import type { Block } from './block-pool.js';
import { blockBytes, blockLength } from './blocks.js';
import type { Feed, Giver, OpenFeed } from './feed.js';
import { ObservedFailure } from './observation.js';
import type { SlotHolder } from './stream-slots.js';

/** A cursor that nobody wants more from is kept open this long, in milliseconds: players pause, kernels come back. */
const parkedMs = 15_000;

export interface CursorEvents {
  /** Whether somebody waits for a block that it is to deliver. */
  isAwaited(cursor: Cursor): boolean;
  /** A whole block, not to be written to any more, and held by the cursor until this returns. */
  onBlock(index: number, block: Block, from: Giver): void;
  /** It has ended: by itself, by `close`, or because of `error`. Called once. */
  onEnd(cursor: Cursor, error: unknown): void;
}

export interface CursorOptions {
  readonly feed: Feed;
  /** Index of the first block it delivers, and the one after the last that it may ever be asked for. */
  readonly first: number;
  readonly end: number;
  /** Index of the last block that is wanted for now. */
  readonly demand: number;
  /** Gives blocks to fill. */
  readonly blocks: Pick<BlockCache, 'take'>;
  readonly clock: Clock;
  /** How long it tries without progress. */
  readonly patienceMs: number;
  readonly purpose: Purpose;
}

/** A block that is not whole. */
interface BegunBlock {
  readonly block: Block;
  filled: number;
  readonly giver: Giver;
}

/**
 * One stream of a content's bytes: delivers blocks in order up to its end, reading on only while somebody is about to want
 * the next one, and goes on at the same byte through another link, or with the same block from another source, when it breaks.
 *
 * INVARIANT: holds at most one unfinished block; all blocks from its first one to `next` were delivered; `next <= end`.
 */
export class Cursor implements SlotHolder, BandwidthUser {
  readonly #options: CursorOptions;
  readonly #events: CursorEvents;
  readonly #closed = new AbortController();
  #next: number;
  #end: number;
  #demand: number;
  #deadlineMs: number;
  #usedMs: number;
  #purpose: Purpose;
  #begun: BegunBlock | null = null;
  /** Ends its parking: to go on, or to end. Null while it is not parked. */
  #wake: ((goOn: boolean) => void) | null = null;

  constructor(options: CursorOptions, events: CursorEvents) {
    this.#options = options;
    this.#events = events;
    this.#next = options.first;
    this.#end = options.end;
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

  /** Index of the block after the last one that it may deliver. */
  get end(): number {
    return this.#end;
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

  get urgency(): Purpose {
    return this.#events.isAwaited(this) ? this.#purpose : 'read-ahead';
  }

  get idle(): boolean {
    return this.#wake !== null;
  }

  /**
   * Lets it read on to the block with this index, which lies before its end.
   * @param purpose of a reader, whose patience begins now; or that it is read ahead.
   */
  want(index: number, purpose: Purpose): void {
    const { clock, feed, patienceMs } = this.#options;
    this.#usedMs = clock.monotonic();
    if (purpose !== 'read-ahead') this.#deadlineMs = this.#usedMs + patienceMs;
    if (isMoreUrgent(purpose, this.#purpose)) {
      this.#purpose = purpose;
      feed.reconsider();
    }
    if (index <= this.#demand) return;
    this.#demand = index;
    this.#wake?.(true);
  }

  /** Gives up what it would deliver from this block on, or from its next one, if that is later. */
  stopAt(index: number): void {
    this.#end = Math.max(this.#next, Math.min(this.#end, index));
    this.#demand = Math.min(this.#demand, this.#end - 1);
    if (this.#next >= this.#end) this.#wake?.(false);
  }

  close(): void {
    this.#closed.abort();
    this.#wake?.(false);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    try {
      let goOn = true;
      while (goOn && this.#next < this.#end) goOn = await this.#readOn(signal);
      this.#events.onEnd(this, null);
    } catch (error) {
      this.#events.onEnd(this, signal.aborted ? null : error);
    } finally {
      this.#letGo();
    }
  }

  /** Opens where it stopped and delivers until the body ends, breaks, or is not wanted any more; then it is false. */
  async #readOn(signal: AbortSignal): Promise<boolean> {
    const { feed } = this.#options;
    const asked = this.#end;
    const start = (origin: string): number =>
      this.#next * blockBytes + (this.#begun?.giver.reach.origin === origin ? this.#begun.filled : 0);
    const end = Math.min(asked * blockBytes, feed.content.size);
    const opened = await feed.open({ start, end, deadlineMs: () => this.#deadlineMs, holder: this, signal });
    let failure: unknown;
    try {
      return await this.#deliverFrom(opened, asked);
    } catch (error) {
      failure = error;
    } finally {
      opened.end();
    }
    // A body that hangs or breaks where it should end has given all that was wanted.
    if (this.#next >= this.#end) return false;
    await feed.failed(opened.giver, failure, signal);
    return true;
  }

  /** @param asked index of the block after the last one that the body holds. */
  async #deliverFrom({ body, giver, until }: OpenFeed, asked: number): Promise<boolean> {
    const { feed } = this.#options;
    const first = this.#next;
    for (;;) {
      const begun = this.#begin(giver);
      while (begun.filled < begun.block.bytes.length) {
        const at = this.#next * blockBytes + begun.filled;
        // The volume of an archive ends here: what follows is in the next.
        if (at === until) {
          await body.finish();
          return true;
        }
        const count = await body.fill(begun.block.bytes.subarray(begun.filled, begun.filled + until - at));
        // A body that promised less and ended is asked for the rest; one that did not give a single block is a failure, or a
        // host that gives a byte at a time would be asked as often.
        if (count === 0 && this.#next === first) throw new ObservedFailure({ kind: 'wrong-length' });
        if (count === 0) return true;
        begun.filled += count;
      }
      if (!feed.accept(giver, this.#next, begun.block.bytes)) {
        this.#letGo();
        return true;
      }
      this.#deliver(begun);
      if (this.#next === asked) {
        // A body that was asked for up to here ends by itself, and leaves its connection to the next request.
        await body.finish();
        return true;
      }
      if (this.#next >= this.#end) return false;
      if (this.#next > this.#demand && !(await this.#park())) return false;
    }
  }

  /** The block that is filled next: the one that was begun, if its bytes came from the same source. */
  #begin(giver: Giver): BegunBlock {
    if (this.#begun?.giver.reach.origin === giver.reach.origin) return this.#begun;
    const { feed, blocks } = this.#options;
    this.#letGo();
    this.#begun = { block: blocks.take(blockLength(this.#next, feed.content.size)), filled: 0, giver };
    return this.#begun;
  }

  #letGo(): void {
    this.#begun?.block.release();
    this.#begun = null;
  }

  #deliver({ block, giver }: BegunBlock): void {
    const index = this.#next;
    this.#next += 1;
    this.#deadlineMs = this.#options.clock.monotonic() + this.#options.patienceMs;
    this.#events.onBlock(index, block, giver);
    this.#letGo();
  }

  /** Waits until the next block is wanted; false when it is not for `parkedMs`, or the cursor is closed. */
  async #park(): Promise<boolean> {
    const { clock, feed, patienceMs } = this.#options;
    if (this.#closed.signal.aborted) return false;
    const timer = new AbortController();
    const goOn = await new Promise<boolean>((resolve) => {
      this.#wake = resolve;
      clock.sleep(parkedMs, timer.signal).then(
        () => resolve(false),
        () => undefined,
      );
      feed.reconsider();
    });
    this.#wake = null;
    timer.abort();
    this.#deadlineMs = clock.monotonic() + patienceMs;
    return goOn;
  }
}

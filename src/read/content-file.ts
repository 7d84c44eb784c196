import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Purpose } from '../core/reading.js';
import type { BlockCache } from './block-cache.js';
import type { Block } from './block-pool.js';
import { BlockWaits } from './block-waits.js';
import { blockAt, blockBytes, blockCount } from './blocks.js';
import { CursorSet } from './cursor-set.js';
import { Cursor } from './cursor.js';
import type { DiskCache } from './disk/disk-cache.js';
import type { Feed, Giver } from './feed.js';
import { Lanes } from './lanes.js';
import type { Outlook } from './read-pattern.js';

/** Cursors kept per file: four of a fast reader, two positions of an mp4 player, a probe of the tail. */
const maxCursors = 8;
/**
 * The start and the end of a file, which every player and scanner wants first (traced 2026-11): of the start also what the kernel reads
 * ahead for who reads only 512 KiB of it.
 */
const headBlocks = (1536 * 1024) / blockBytes;
const tailBlocks = (768 * 1024) / blockBytes;
/** Blocks fetched for who waits when what was to bring them is gone: 1 MiB. */
const rescueBlocks = (1024 * 1024) / blockBytes;
/** How much of a file one of several connections takes at once: at 8 MiB/s the first byte of a request costs 3 % of it. */
const laneBlocks = (12 * 1024 * 1024) / blockBytes;

/** Blocks read from disk in one go: 1 MiB, which the kernel asks for at once. */
const mostFromDisk = (1024 * 1024) / blockBytes;

/** What a file is read with. */
export interface FileParts {
  readonly blocks: BlockCache;
  /** Null while there is none. */
  readonly disk: () => DiskCache | null;
  readonly clock: Clock;
  readonly patienceMs: number;
}

/**
 * One content that is open, whoever has it open: brings the blocks that are waited for or worth having, from memory, disk
 * or a host.
 *
 * INVARIANT: every block waited for is being read from disk or lies in some cursor's range, up to its demand; so it comes or
 * fails.
 */
export class ContentFile {
  readonly feed: Feed;
  readonly #parts: FileParts;
  readonly #cursors = new CursorSet();
  readonly #waits = new BlockWaits();
  readonly #fromDisk = new Set<number>();
  readonly #lanes: Lanes;
  #isStreamed = false;
  #epoch = 0;

  constructor(feed: Feed, parts: FileParts) {
    this.feed = feed;
    this.#parts = parts;
    this.#lanes = new Lanes(parts.clock, () => feed.connectionsPerFile());
  }

  get size(): number {
    return this.feed.content.size;
  }

  get cursors(): number {
    return this.#cursors.size;
  }

  get waiting(): number {
    return this.#waits.size;
  }

  get lanes(): number {
    return this.#lanes.count;
  }

  /** Moves when blocks that a cursor was to bring will not come by it, so that `lookAhead` is worth asking again. */
  get epoch(): number {
    return this.#epoch;
  }

  /** A block in memory. Valid in this turn of the event loop, or while it is held. */
  cached(index: number): Block | undefined {
    return this.#parts.blocks.get(this.feed.content.id, index);
  }

  /** Whether a block is in memory or on disk. */
  isKnown(index: number): boolean {
    const { content } = this.feed;
    const { blocks, disk } = this.#parts;
    return blocks.has(content.id, index) || disk()?.has(content, index) === true;
  }

  /** For who begins at either end: fetches start and end, of which neither is known, side by side, and keeps them. */
  fetchEnds(offset: number, purpose: Purpose): void {
    const count = blockCount(this.size);
    const first = blockAt(offset);
    if (first >= headBlocks && first < count - tailBlocks) return;
    if (this.isKnown(0) || this.isKnown(count - 1)) return;
    const headEnd = Math.min(headBlocks, count);
    const tailStart = Math.max(headEnd, count - tailBlocks);
    this.keep(range(0, headEnd));
    this.keep(range(tailStart, count));
    if (this.#cursors.serving(0) === undefined) this.#open(0, headEnd, purpose);
    if (tailStart < count && this.#cursors.serving(tailStart) === undefined)
      this.#open(tailStart, count, 'read-ahead');
  }

  /**
   * A block that is not in memory. Valid in the turn of the event loop in which it comes, or while it is held.
   * @param givenUp is rejected when nobody wants it any more.
   * @throws {AppError} `aborted`; why it cannot be had.
   */
  fetch(index: number, outlook: Outlook, givenUp: Promise<never>): Promise<Block> {
    const use = (block: Promise<Block>): Promise<Block> => {
      this.#bring(index, outlook);
      this.#lanes.waiting(true);
      return Promise.race([givenUp, block]);
    };
    return this.#waits.join(index, use, () => {
      this.#lanes.waiting(this.#waits.size > 0);
      for (const cursor of this.#cursors.fetching(index)) if (!this.#isAwaited(cursor)) this.#end(cursor);
    });
  }

  /**
   * Has the blocks of an outlook fetched that are not known, as far as there are connections for it.
   * @param from the first block that may be missing. @returns the first one that may still be.
   */
  lookAhead(from: number, outlook: Outlook): number {
    this.#isStreamed = outlook.isStreaming;
    const last = Math.min(outlook.last, blockCount(this.size) - 1);
    let index = from;
    while (index <= last) {
      if (this.isKnown(index)) {
        index += 1;
        continue;
      }
      const leading = this.#cursors.leadingTo(index);
      if (leading === undefined && this.#cursors.busy >= Math.max(2, this.#lanes.count)) return index;
      const cursor = leading ?? this.#open(index, this.#endFor(index, outlook), 'read-ahead');
      const limit = Math.min(last + 1, cursor.end);
      do index += 1;
      while (index < limit && !this.isKnown(index));
      cursor.want(index - 1, 'read-ahead');
    }
    return last + 1;
  }

  /** Keeps blocks on disk, also those that are still to come, while all that is to be kept fits. */
  keep(indexes: Iterable<number>): void {
    this.#parts.disk()?.pin(this.feed.content, indexes);
  }

  close(): void {
    for (const cursor of this.#cursors) this.#end(cursor);
    this.#waits.failAll(new AppError('aborted', 'The file was closed.'));
  }

  #bring(index: number, outlook: Outlook): void {
    if (this.#fromDisk.has(index)) return;
    const disk = this.#parts.disk();
    if (disk?.has(this.feed.content, index) === true) void this.#bringFromDisk(disk, index, outlook);
    else this.#bringFromHost(index, outlook);
  }

  /** Reads a block from disk, and those after it that are worth having and lie there too. */
  async #bringFromDisk(disk: DiskCache, index: number, outlook: Outlook): Promise<void> {
    const { content } = this.feed;
    const { blocks } = this.#parts;
    let end = index;
    do {
      this.#fromDisk.add(end);
      end += 1;
    } while (
      end <= Math.min(outlook.last, index + mostFromDisk - 1) &&
      !this.#fromDisk.has(end) &&
      !blocks.has(content.id, end) &&
      disk.has(content, end)
    );
    const read = await disk.readRun(content, index, end - index);
    for (const at of range(index, end)) this.#fromDisk.delete(at);
    for (const [at, block] of read.entries()) {
      blocks.put(content.id, index + at, block);
      this.#deliver(index + at, block);
      block.release();
    }
    if (read.length === 0 && this.#waits.isAwaited(index)) this.#bringFromHost(index, outlook);
    // The others lie elsewhere on the disk.
    for (const at of range(index + Math.max(1, read.length), end))
      if (this.#waits.isAwaited(at)) this.#bring(at, outlook);
  }

  #bringFromHost(index: number, outlook: Outlook): void {
    const serving = this.#cursors.serving(index);
    if (serving === undefined) this.#makeWay();
    const cursor = serving ?? this.#open(index, this.#endFor(index, outlook), outlook.purpose);
    cursor.want(index, outlook.purpose);
  }

  /** Ends what is furthest ahead of its reader, where a connection for somebody who waits would be one too many. */
  #makeWay(): void {
    if (this.#lanes.count === 1 || this.#cursors.busy < this.#lanes.count) return;
    const furthest = this.#cursors.furthest((cursor) => !cursor.idle && !this.#isAwaited(cursor));
    if (furthest !== undefined) this.#end(furthest);
  }

  /** Where a cursor that starts at a block ends: at the latest where its reader's outlook or a known block says so. */
  #endFor(index: number, { last, span, isStreaming }: Outlook): number {
    const count = blockCount(this.size);
    const hasLanes = isStreaming && this.#lanes.count > 1;
    if (span === Infinity && !hasLanes) {
      const isTailKnown = count - index > tailBlocks && this.isKnown(count - tailBlocks);
      return isTailKnown ? count - tailBlocks : count;
    }
    const most = hasLanes ? index + this.#laneLength() : Math.max(index + span, last + 1);
    const limit = Math.min(most, count);
    let end = index + 1;
    while (end < limit && !this.isKnown(end)) end += 1;
    return end;
  }

  /** How many blocks a connection takes: the first ones fewer, so that they do not all end at once and ask for the next ones together. */
  #laneLength(): number {
    const place = Math.min(this.#lanes.count, this.#cursors.busy + 1);
    return Math.ceil((laneBlocks * place) / this.#lanes.count);
  }

  #open(index: number, end: number, purpose: Purpose): Cursor {
    if (this.#cursors.size >= maxCursors) {
      const leastUsed = this.#cursors.leastUsed((cursor) => !this.#isAwaited(cursor));
      if (leastUsed !== undefined) this.#end(leastUsed);
    }
    const { feed } = this;
    const { blocks, clock, patienceMs } = this.#parts;
    // Short ranges are fetched whole, others as far as they are wanted.
    const demand = end - index > laneBlocks ? index : end - 1;
    const cursor = new Cursor(
      { feed, first: index, end, demand, blocks, clock, patienceMs, purpose },
      {
        isAwaited: (open) => this.#isAwaited(open),
        onBlock: (at, block, giver) => this.#came(at, block, giver),
        onEnd: (ended, error) => this.#ended(ended, error),
      },
    );
    this.#cursors.add(cursor);
    return cursor;
  }

  #came(index: number, block: Block, { tag }: Giver): void {
    const { content } = this.feed;
    this.#parts.blocks.put(content.id, index, block);
    this.#parts.disk()?.put(content, tag, index, block);
    this.#deliver(index, block);
    if (this.#lanes.delivered(block.bytes.length, this.#cursors.busy, this.#isStreamed)) this.#cutStreams();
  }

  #deliver(index: number, block: Block): void {
    this.#waits.deliver(index, block);
    this.#lanes.waiting(this.#waits.size > 0);
  }

  #ended(cursor: Cursor, error: unknown): void {
    this.#cursors.remove(cursor);
    if (cursor.next < cursor.end) this.#epoch += 1;
    for (const index of this.#waits.indexes()) {
      if (this.#fromDisk.has(index)) continue;
      const other = this.#cursors.serving(index);
      // It may be parked before the block.
      if (other !== undefined) other.want(index, cursor.purpose);
      else if (error !== null) this.#waits.fail(index, error);
      else this.#open(index, Math.min(index + rescueBlocks, blockCount(this.size)), cursor.purpose);
    }
  }

  /** Makes streams without an end stop soon, so that several connections can take what follows. */
  #cutStreams(): void {
    for (const cursor of this.#cursors) {
      if (cursor.end - cursor.next <= laneBlocks) continue;
      cursor.stopAt(cursor.next + Math.ceil(laneBlocks / this.#lanes.count));
      this.#epoch += 1;
    }
  }

  #end(cursor: Cursor): void {
    this.#cursors.remove(cursor);
    this.#epoch += 1;
    cursor.close();
  }

  #isAwaited(cursor: Cursor): boolean {
    return this.#waits.isAnyAwaited(cursor.next, cursor.demand + 1);
  }
}

/** The numbers of a half-open range. */
function* range(from: number, to: number): Iterable<number> {
  for (let number = from; number < to; number += 1) yield number;
}

import { crc32 } from 'node:zlib';
import { atMost } from '../../core/abortable.js';
import type { Clock } from '../../core/clock.js';
import type { Content } from '../../core/content.js';
import { AppError } from '../../core/errors.js';
import type { BlockCache } from '../block-cache.js';
import type { Block } from '../block-pool.js';
import { blockLength } from '../blocks.js';
import type { DiskWriter } from './disk-writer.js';
import { contentKey, type BlockRecord, type ContentKey, type SourceTag } from './record.js';
import { slotBytes, type SlotTable } from './slot-table.js';
import { QueuedBlock, type WriteQueue } from './write-queue.js';

export interface DiskCacheStatistics {
  /** Size of both files, never more than `maxBytes`. */
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** Likewise of the slots of pinned blocks. */
  readonly pinnedBytes: number;
  readonly maxPinnedBytes: number;
  /** Bytes of blocks that lost their pin since the start, because pins do not fit or slots had to be given up. */
  readonly droppedPinBytes: number;
  readonly blocks: number;
  /** Blocks that went for others since the start. */
  readonly evicted: number;
  readonly hits: number;
  readonly misses: number;
  /** Blocks that could not be read, or were not as they were written. */
  readonly corrupt: number;
  /** Of those, the ones for which the disk gave an error. */
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly queuedBytes: number;
  /** Why nothing is written for now, as a sentence; null while it is. */
  readonly pausedBecause: string | null;
}

/** `close` waits no longer than this for the disk, in milliseconds: a stop may take 10 s in all. */
const closeMs = 3_000;
/** A record has 32 bits for it. */
const maxIndex = 2 ** 32 - 1;
/** A disk that takes longer hangs, in milliseconds: one that sleeps may take a second or two to turn. */
const longestReadMs = 2_000;
/** Pins of blocks that have not come yet: what a few hundred opening files ask for. */
const maxAwaitedPins = 4096;
/** Blocks that may be written later, as many as 1 GiB of memory has. */
const maxLate = 8192;

/** Blocks on disk, the least recently used going first, and pinned ones staying while they fit. Never throws; a failing disk is a miss. */
export class DiskCache {
  readonly #table: SlotTable;
  readonly #queue: WriteQueue;
  readonly #writer: DiskWriter;
  readonly #memory: Pick<BlockCache, 'take' | 'peek'>;
  readonly #clock: Clock;
  readonly #keys = new WeakMap<Content, ContentKey>();
  /** Blocks to be pinned when they come, as they are named by `awaitedName`. */
  readonly #awaitedPins = new Set<string>();
  /** Blocks for which the disk was too slow, as they are named by `awaitedName`: they are written while memory still has them. */
  readonly #late = new Map<
    string,
    { readonly content: Content; readonly source: SourceTag; readonly index: number }
  >();
  #closing: Promise<void> | null = null;
  #hits = 0;
  #misses = 0;
  #corrupt = 0;
  #readErrors = 0;
  /** Reads that were given up and have not come back. */
  #hanging = 0;

  /** Use `openDiskCache`. */
  constructor(
    table: SlotTable,
    queue: WriteQueue,
    writer: DiskWriter,
    memory: Pick<BlockCache, 'take' | 'peek'>,
    clock: Clock,
  ) {
    this.#table = table;
    this.#memory = memory;
    this.#queue = queue;
    this.#writer = writer;
    this.#clock = clock;
    queue.onRoom = () => this.#catchUp();
    writer.wake();
  }

  /** Whether a block is there, as far as is known without reading it. No use of it. */
  has(content: Content, index: number): boolean {
    if (this.#closing !== null) return false;
    const key = this.#keyOf(content);
    if (this.#queue.find(key, index) !== undefined) return true;
    return this.#hanging === 0 && this.#table.contents.slotOf(key, index) !== null;
  }

  /** A block as it was put, which the caller holds; null where it is not there. The same as `readRun` of one. */
  async read(content: Content, index: number): Promise<Block | null> {
    const [block] = await this.readRun(content, index, 1);
    return block ?? null;
  }

  /**
   * Blocks as they were put, from `index` on, which counts as a use of them: those that can be had in one go, at most `count`, and
   * none where the first is not there, which is one miss. The caller holds them, and does not write to them. A disk that hangs is a
   * miss after two seconds, and has nothing until it is back.
   */
  async readRun(content: Content, index: number, count: number): Promise<Block[]> {
    const key = this.#keyOf(content);
    const queued = this.#closing === null ? this.#queue.find(key, index) : undefined;
    const blocks =
      queued === undefined
        ? await this.#readInTime(content, this.#runAt(key, index, count))
        : [queued.block.hold()];
    if (blocks.length === 0) this.#misses += 1;
    this.#hits += blocks.length;
    return blocks;
  }

  /**
   * Has a block written, some time after it returns. Not kept where it is there already, writing is paused or fails, or pins leave
   * no room; nor where the queue is full until memory has it no more.
   * @param block the whole block, which is held until it is written. @param source who gave it.
   */
  put(content: Content, source: SourceTag, index: number, block: Block): void {
    const isOff = this.#closing !== null || this.#table.maxSlots === 0 || this.#writer.pausedBecause !== null;
    if (isOff || index < 0 || index > maxIndex || this.has(content, index)) return;
    if (block.bytes.length !== blockLength(index, content.size)) return;
    const key = this.#keyOf(content);
    const name = awaitedName(key, index);
    if (!this.#queue.takes(block)) {
      this.#late.set(name, { content, source, index });
      if (this.#late.size > maxLate) forgetOldest(this.#late);
      return;
    }
    const isPinned = this.#awaitedPins.has(name);
    this.#queue.add(new QueuedBlock(key, index, block, source, isPinned));
    this.#awaitedPins.delete(name);
    this.#writer.wake();
  }

  /**
   * Keeps blocks from being evicted by others, which counts as a use of them. Those that are not there are pinned when they are put, which is remembered in memory,
   * and forgotten once many others are awaited.
   */
  pin(content: Content, indexes: Iterable<number>): void {
    if (this.#closing !== null) return;
    const key = this.#keyOf(content);
    for (const index of indexes) {
      const slot = this.#table.contents.slotOf(key, index);
      const queued = this.#queue.find(key, index);
      if (slot !== null) {
        this.#table.touch(slot);
        this.#table.pin(slot);
      } else if (queued !== undefined) queued.isPinned = true;
      else this.#await(awaitedName(key, index));
    }
    this.#writer.wake();
  }

  /** Some block that is there, and who gave it: with it, another source's bytes can be compared. Null where none is. */
  witness(content: Content): { readonly index: number; readonly source: SourceTag } | null {
    if (this.#closing !== null) return null;
    const key = this.#keyOf(content);
    const queued = this.#queue.anyOf(key);
    return queued === undefined
      ? this.#table.contents.anyOf(key)
      : { index: queued.index, source: queued.source };
  }

  /** Forgets all blocks of a content, at once; on disk, as soon as it takes writes. */
  remove(content: Content): void {
    if (this.#closing !== null) return;
    const key = this.#keyOf(content);
    for (const names of [this.#awaitedPins, this.#late])
      for (const name of names.keys()) if (name.startsWith(key)) names.delete(name);
    this.#queue.remove(key);
    this.#table.remove(key);
    this.#writer.wake();
  }

  stats(): DiskCacheStatistics {
    const { count, pins, maxSlots, contents, evicted } = this.#table;
    return {
      usedBytes: count * slotBytes,
      maxBytes: maxSlots * slotBytes,
      pinnedBytes: pins.count * slotBytes,
      maxPinnedBytes: pins.max * slotBytes,
      droppedPinBytes: pins.droppedBytes,
      blocks: contents.blocks,
      evicted,
      hits: this.#hits,
      misses: this.#misses,
      corrupt: this.#corrupt,
      readErrors: this.#readErrors,
      writeErrors: this.#writer.errors,
      queuedBytes: this.#queue.bytes,
      pausedBecause: this.#writer.pausedBecause,
    };
  }

  /** Writes what is queued and the order of use, and closes; gives up the wait, not the work, after three seconds. Again: the same. */
  close(): Promise<void> {
    this.#closing ??= atMost(this.#clock, closeMs, this.#writer.close(), () => {
      // What is written from now on would be written for nobody.
      this.#queue.clear();
      return new AppError('timeout', 'The disk of cache.dir takes too long.');
    }).catch(() => undefined);
    return this.#closing;
  }

  /** The block, and those that follow it in the slots that follow. */
  #runAt(key: ContentKey, index: number, count: number): SlotInUse[] {
    const run: SlotInUse[] = [];
    const first = this.#closing === null ? this.#table.contents.slotOf(key, index) : null;
    if (first === null) return run;
    for (let slot = first; run.length < Math.max(1, count); slot += 1) {
      if (this.#table.contents.slotOf(key, index + run.length) !== slot) break;
      const record = this.#table.contents.record(slot);
      if (record === null) break;
      run.push({ slot, record, generation: this.#table.contents.generationOf(slot) });
    }
    return run;
  }

  async #readInTime(content: Content, run: readonly SlotInUse[]): Promise<Block[]> {
    if (run.length === 0) return [];
    const reading = this.#readSlots(content, run);
    let isLate = false as boolean;
    const late = (): AppError => {
      isLate = true;
      return new AppError('timeout', 'The disk of cache.dir does not answer.');
    };
    try {
      return await atMost(this.#clock, longestReadMs, reading, late);
    } catch (error) {
      if (!isLate) throw error;
      this.#hanging += 1;
      this.#readErrors += 1;
      void reading
        .then(releaseAll)
        .finally(() => (this.#hanging -= 1))
        .catch(() => undefined);
      return [];
    }
  }

  async #readSlots(content: Content, run: readonly SlotInUse[]): Promise<Block[]> {
    const { files } = this.#writer;
    const [first] = run;
    if (files === null || first === undefined) return [];
    const blocks = run.map(({ record }) =>
      this.#memory.take(Math.max(0, blockLength(record.index, content.size))),
    );
    for (const { slot } of run) this.#table.touch(slot);
    this.#writer.wake();
    let isWhole = false;
    try {
      isWhole = await files.read(
        first.slot,
        blocks.map(({ bytes }) => bytes),
      );
    } catch {
      if (run.length === 1) this.#readErrors += 1;
    }
    // Which of them could not be read is not told.
    if (!isWhole && run.length > 1) {
      releaseAll(blocks);
      return this.#readSlots(content, [first]);
    }
    const wrong = run.findIndex(({ slot, record, generation }, at) => {
      // The slot may have been given to another block while it was read.
      if (this.#table.contents.generationOf(slot) !== generation) return true;
      const bytes = blocks[at]?.bytes;
      if (isWhole && bytes?.length === record.length && crc32(bytes) === record.crc) return false;
      this.#corrupt += 1;
      this.#table.free(slot);
      return true;
    });
    this.#writer.wake();
    if (wrong === -1) return blocks;
    releaseAll(blocks.slice(wrong));
    return blocks.slice(0, wrong);
  }

  #keyOf(content: Content): ContentKey {
    const known = this.#keys.get(content);
    if (known !== undefined) return known;
    const key = contentKey(content);
    this.#keys.set(content, key);
    return key;
  }

  #await(name: string): void {
    this.#awaitedPins.add(name);
    if (this.#awaitedPins.size > maxAwaitedPins) forgetOldest(this.#awaitedPins);
  }

  #catchUp(): void {
    for (const [name, { content, source, index }] of this.#late) {
      const block = this.#memory.peek(content.id, index);
      if (block !== undefined && !this.#queue.takes(block)) return;
      this.#late.delete(name);
      if (block !== undefined) this.put(content, source, index, block);
    }
  }
}

/** A slot that is about to be read, as it is before. */
interface SlotInUse {
  readonly slot: number;
  readonly record: BlockRecord;
  readonly generation: number;
}

function forgetOldest(names: Map<string, unknown> | Set<string>): void {
  const [oldest] = names.keys();
  if (oldest !== undefined) names.delete(oldest);
}

function releaseAll(blocks: readonly Block[]): void {
  for (const block of blocks) block.release();
}

function awaitedName(key: ContentKey, index: number): string {
  return `${key}${index}`;
}

import type { Clock } from '../../core/clock.js';
import { AppError, codeOf } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { BlockStore } from './block-files.js';
import { encodeRecord, recordBytes } from './record.js';
import type { Room } from './room.js';
import type { SlotTable } from './slot-table.js';
import { areFilesGone, reasonOf } from './write-trouble.js';
import { maxRun, type QueuedBlock, type WriteQueue } from './write-queue.js';

/** After a failed write nothing is written for so long, in milliseconds; each time twice as long, up to the second. */
const shortestPauseMs = 30_000;
const longestPauseMs = 600_000;
/** Uses are written down so long after the first one, in milliseconds. A crash loses no more than their order. */
const flushMs = 30_000;
/** Records written in one go, at most. */
const maxRecords = 4096;

export interface WriterParts {
  readonly table: SlotTable;
  readonly queue: WriteQueue;
  readonly room: Room;
  /** Opens empty files where those before were deleted. */
  readonly reopen: () => Promise<BlockStore>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The only one that writes: one thing at a time, and for each slot the block before its record. A crash between the two leaves
 * a record whose checksum is not the block's, which is a miss.
 */
export class DiskWriter {
  readonly #parts: WriterParts;
  readonly #closed = new AbortController();
  #files: BlockStore | null;
  #running: Promise<void> | null = null;
  #pausedBecause: string | null = null;
  #pauseMs = shortestPauseMs;
  #isFlushDue = false;
  #isFlushPlanned = false;
  #errors = 0;

  constructor(files: BlockStore, parts: WriterParts) {
    this.#files = files;
    this.#parts = parts;
  }

  /** Null while there are none, because somebody deleted them. */
  get files(): BlockStore | null {
    return this.#files;
  }

  /** Why nothing is written for now, as a sentence; null while it is. */
  get pausedBecause(): string | null {
    return this.#pausedBecause;
  }

  get errors(): number {
    return this.#errors;
  }

  /** Writes what is to be written, unless that is being done. Never throws. */
  wake(): void {
    this.#planFlush();
    if (this.#pausedBecause !== null || this.#running !== null || !this.#hasWork()) return;
    this.#running = this.#run().finally(() => {
      this.#running = null;
      // What came between the last look for work and now.
      this.wake();
    });
  }

  /** Writes the rest, the uses too, and closes the files. Where writing is paused, it only closes them. Called once. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#isFlushDue = true;
    this.wake();
    while (this.#running !== null) await this.#running;
    await this.#files?.close();
    this.#files = null;
  }

  #hasWork(): boolean {
    const { table, queue } = this.#parts;
    return !queue.isEmpty || table.changed.size > 0 || (this.#isFlushDue && table.used.size > 0);
  }

  async #run(): Promise<void> {
    // Who queues blocks in a row has them written in one go.
    await Promise.resolve();
    try {
      while (this.#pausedBecause === null && this.#hasWork()) await this.#step();
    } catch (error) {
      this.#pause(error);
    }
  }

  async #step(): Promise<void> {
    const { table } = this.#parts;
    this.#files ??= await this.#parts.reopen();
    if (table.changed.size > 0) {
      await this.#writeRecords(this.#files, table.changed);
    } else if (this.#isFlushDue) {
      this.#isFlushDue = false;
      await this.#writeRecords(this.#files, table.used);
    } else {
      await this.#makeRoom(this.#files);
      await this.#writeRun(this.#files);
    }
  }

  /** Looks at the free space when it is time to, and gives up slots where there is too little. */
  async #makeRoom(files: BlockStore): Promise<void> {
    const { table, room } = this.#parts;
    if (!room.isLookDue(Math.min(table.count + maxRun, table.maxSlots))) return;
    if (await files.areGone()) throw new AppError('storage', 'The files were deleted.');
    await room.look(table.count);
    if (room.limit >= table.count) return;
    table.truncate(room.limit);
    await files.truncate(room.limit);
  }

  async #writeRun(files: BlockStore): Promise<void> {
    const { table, queue, room } = this.#parts;
    const run = queue.nextRun();
    const slots = table.take(run.length, room.limit);
    try {
      for (let from = 0; from < slots.length;) {
        const first = slots[from] ?? 0;
        let to = from + 1;
        while (slots[to] === first + to - from) to += 1;
        await this.#fill(files, first, run.slice(from, to));
        from = to;
      }
    } catch (error) {
      for (const slot of slots) if (table.contents.record(slot) === null) table.free(slot);
      throw error;
    } finally {
      queue.done(run);
    }
    this.#pauseMs = shortestPauseMs;
  }

  /** Writes blocks into taken slots that are adjacent. @throws the system's error; then those without a record are still taken. */
  async #fill(files: BlockStore, first: number, blocks: readonly QueuedBlock[]): Promise<void> {
    const { table } = this.#parts;
    await files.writeBlocks(
      first,
      blocks.map(({ bytes }) => bytes),
    );
    const records = Buffer.alloc(blocks.length * recordBytes);
    const written = blocks.map((block, at) => {
      const record = block.isWanted ? { ...block.describe(), stamp: table.nextStamp() } : null;
      encodeRecord(record, records, at * recordBytes);
      return record;
    });
    await files.writeRecords(first, records);
    blocks.forEach((block, at) => {
      const slot = first + at;
      const record = written[at] ?? null;
      if (record === null || !block.isWanted) {
        table.free(slot);
        return;
      }
      table.assign(slot, record, record.stamp);
      if (block.isPinned && !record.isPinned) table.pin(slot);
    });
  }

  /** Empties a set of slots by writing their records as they are now. */
  async #writeRecords(files: BlockStore, of: Set<number>): Promise<void> {
    const { table } = this.#parts;
    const slots = Array.from(of).sort((a, b) => a - b);
    of.clear();
    let at = 0;
    try {
      while (at < slots.length) {
        const first = slots[at] ?? 0;
        let count = 1;
        while (count < maxRecords && slots[at + count] === first + count) count += 1;
        const records = Buffer.alloc(count * recordBytes);
        for (let n = 0; n < count; n += 1) {
          encodeRecord(table.contents.record(first + n), records, n * recordBytes);
        }
        await files.writeRecords(first, records);
        at += count;
      }
    } catch (error) {
      for (const slot of slots.slice(at)) of.add(slot);
      throw error;
    }
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#isFlushDue || this.#parts.table.used.size === 0) return;
    this.#isFlushPlanned = true;
    this.#after(flushMs, () => {
      this.#isFlushPlanned = false;
      this.#isFlushDue = true;
    });
  }

  #pause(error: unknown): void {
    const { logger, queue, table, room } = this.#parts;
    this.#errors += 1;
    queue.clear();
    room.forget();
    if (areFilesGone(error) && this.#files !== null) {
      void this.#files.close();
      this.#files = null;
      table.truncate(0);
    }
    const reason = reasonOf(error);
    this.#pausedBecause = reason;
    const seconds = this.#pauseMs / 1000;
    logger.warn(
      { code: codeOf(error), seconds },
      `Blocks are not kept on disk for ${seconds} seconds, reading goes on: ${reason}`,
    );
    this.#after(this.#pauseMs, () => {
      this.#pausedBecause = null;
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
  }

  /** Does something later, and then what there is to do; not once it is closed. */
  #after(ms: number, change: () => void): void {
    this.#parts.clock.sleep(ms, this.#closed.signal).then(
      () => {
        change();
        this.wake();
      },
      () => undefined,
    );
  }
}

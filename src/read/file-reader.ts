import { givingUp } from '../core/abortable.js';
import type { OpenContent, ReadRequest } from '../core/reading.js';
import type { AheadBudget } from './ahead-budget.js';
import type { Block } from './block-pool.js';
import { blockAt, blockBytes } from './blocks.js';
import type { ContentFile } from './content-file.js';
import { Footprint } from './footprint.js';
import { ReadPattern, type Outlook } from './read-pattern.js';

/** What becomes of reads, for whoever keeps count. */
export interface ReadEvents {
  onHit(bytes: number): void;
  onMiss(bytes: number): void;
  /** @returns what the reader is to be told. */
  onFailure(thrown: unknown, signal: AbortSignal): unknown;
  /** Called once. */
  onClose(): void;
}

/** So far it is looked what is buffered for a reader, in bytes: what is read ahead for one reader is less. */
const bufferLookBytes = 64 * 1024 * 1024;

/** One open handle of a content: how it moves through the file decides what is fetched for it. */
export class FileReader implements OpenContent {
  readonly #file: ContentFile;
  readonly #budget: AheadBudget;
  readonly #pattern: ReadPattern;
  readonly #footprint = new Footprint();
  readonly #events: ReadEvents;
  #isOpen = true;
  #hasRead = false;
  /** Whether something had to be fetched: who finds all that it reads may be a scanner that comes again, and asks nobody. */
  #hasMissed = false;
  /** The first block that may still have to be fetched for its outlook, and what that was found out by. */
  #plan = { from: 0, epoch: -1 };

  constructor(file: ContentFile, budget: AheadBudget, isScanner: boolean, events: ReadEvents) {
    this.#file = file;
    this.#budget = budget;
    this.#pattern = new ReadPattern(isScanner);
    this.#events = events;
  }

  read(request: ReadRequest): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
    const { offset, signal } = request;
    const file = this.#file;
    const length = Math.max(0, Math.min(request.length, file.size - offset));
    if (length === 0) return [];
    const maxAheadBytes = this.#budget.share(this, this.#pattern.isStreaming, file.lanes);
    const outlook = this.#pattern.after(offset, length, maxAheadBytes, file.lanes > 1);
    this.#footprint.touch(blockAt(offset), blockAt(offset + length - 1));
    if (!this.#hasRead) file.fetchEnds(offset, outlook.purpose);
    this.#hasRead = true;
    const cached = this.#cachedSlices(offset, length);
    if (cached !== null) {
      this.#events.onHit(length);
      if (this.#hasMissed) this.#lookAhead(offset, outlook);
      return cached;
    }
    this.#events.onMiss(length);
    for (let index = blockAt(offset); index <= blockAt(offset + length - 1); index += 1)
      this.#hasMissed ||= !file.isKnown(index);
    const fetched = this.#fetchSlices(offset, length, outlook, signal);
    if (this.#hasMissed) this.#lookAhead(offset, outlook);
    return fetched.catch((thrown: unknown) => {
      throw this.#events.onFailure(thrown, signal);
    });
  }

  bufferedFrom(offset: number): number {
    const end = Math.min(this.#file.size, offset + bufferLookBytes);
    let known = offset;
    while (known < end && this.#file.isKnown(blockAt(known))) known = (blockAt(known) + 1) * blockBytes;
    return Math.max(0, Math.min(known, end) - offset);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#budget.leave(this);
    this.#file.keep(this.#footprint.blocks());
    this.#events.onClose();
  }

  #lookAhead(offset: number, outlook: Outlook): void {
    const { epoch } = this.#file;
    const start = blockAt(offset);
    const { from } = this.#plan;
    const isKnown = this.#plan.epoch === epoch && from >= start && from <= outlook.last + 1;
    if (isKnown && from > outlook.last) return;
    this.#plan = { from: this.#file.lookAhead(isKnown ? from : start, outlook), epoch };
  }

  /** The range's slices if every block of it is cached, else null. */
  #cachedSlices(offset: number, length: number): Uint8Array[] | null {
    const slices: Uint8Array[] = [];
    const end = offset + length;
    for (let index = blockAt(offset); index * blockBytes < end; index += 1) {
      const block = this.#file.cached(index);
      if (block === undefined) return null;
      slices.push(sliceOf(block.bytes, index, offset, end));
    }
    return slices;
  }

  /** The range's slices once all of its blocks are there; they are held until the last one is. */
  async #fetchSlices(
    offset: number,
    length: number,
    outlook: Outlook,
    signal: AbortSignal,
  ): Promise<Uint8Array[]> {
    const end = offset + length;
    const first = blockAt(offset);
    const held: Block[] = [];
    const { givenUp, stop } = givingUp(signal);
    const holdBlock = async (index: number): Promise<Block> => {
      const block = this.#file.cached(index) ?? (await this.#file.fetch(index, outlook, givenUp));
      held.push(block.hold());
      return block;
    };
    const coming: Promise<Block>[] = [];
    for (let index = first; index * blockBytes < end; index += 1) coming.push(holdBlock(index));
    try {
      const blocks = await Promise.all(coming);
      return blocks.map(({ bytes }, at) => sliceOf(bytes, first + at, offset, end));
    } finally {
      // Where one cannot be had, the others may still be coming.
      void Promise.allSettled(coming).then(() => {
        stop();
        for (const block of held) block.release();
      });
    }
  }
}

/** What of a block lies in a half-open range of the file. */
function sliceOf(block: Uint8Array, index: number, from: number, to: number): Uint8Array {
  const start = index * blockBytes;
  return block.subarray(Math.max(0, from - start), Math.min(block.length, to - start));
}

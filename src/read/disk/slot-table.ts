import { blockBytes } from '../blocks.js';
import { Pins } from './pins.js';
import { recordBytes, type BlockRecord, type ContentKey } from './record.js';
import { SlotContents, sortedBy, type Held, type WrittenBlock } from './slot-contents.js';
import { UseOrder } from './use-order.js';

/** What a slot takes on disk: its block and its record. */
export const slotBytes = blockBytes + recordBytes;

/** Slots that are put in order before others have their turn: 10 ms. */
const slotsInTurn = 16_384;

/**
 * Which block is in which slot, which goes next, and which are pinned. Knows no file: what must be written of it is in
 * `changed` and `used`, which whoever writes records empties.
 *
 * INVARIANT: every slot below `count` has a block, is free, or was taken by `take` and not yet assigned or freed. A slot
 * that is taken is neither in `changed` nor in `used`. The unpinned slots with a block are exactly those in `#order`.
 */
export class SlotTable {
  readonly maxSlots: number;
  readonly contents = new SlotContents();
  readonly #order = new UseOrder();
  readonly pins: Pins;
  /** Slots without a block, the next to be taken last. */
  #free: number[] = [];
  #count = 0;
  #stamp = 0;
  #evicted = 0;
  /** Slots whose record on disk is wrong. */
  readonly changed = new Set<number>();
  /** Slots whose record on disk lacks the last use, and nothing else. */
  readonly used = new Set<number>();

  constructor(maxSlots: number, maxPinned: number) {
    this.maxSlots = maxSlots;
    this.pins = new Pins(maxPinned);
  }

  /** Blocks that went for others so far. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Slots that the files have room for. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes over what the index says of the next slot; of two records for one block the one used later holds. What
   * is beyond the slots that there may be is left out. `loaded` must follow.
   */
  load(record: BlockRecord | null): void {
    const slot = this.#count;
    if (slot === this.maxSlots) return;
    this.#reserve(slot + 1);
    if (record === null) return;
    this.#stamp = Math.max(this.#stamp, record.stamp);
    const twin = this.contents.slotOf(record.key, record.index);
    if (twin !== null && (this.contents.stamp[twin] ?? 0) >= record.stamp) {
      this.changed.add(slot);
      return;
    }
    if (twin !== null) this.free(twin);
    this.contents.fill(slot, record, record.stamp);
    if (record.isPinned) this.contents.pinned[slot] = 1;
  }

  /**
   * Puts what was loaded in order: gives up what follows the last block, and drops the pins that do not fit. Yields now and then,
   * for others to have their turn, who must not use it yet.
   */
  *loaded(): Generator<void, void> {
    const { holder, stamp, pinned } = this.contents;
    const filled: number[] = [];
    for (let slot = 0; slot < this.#count; slot += 1) if ((holder[slot] ?? null) !== null) filled.push(slot);
    this.truncate((filled.at(-1) ?? -1) + 1);
    this.#free = [];
    for (let slot = this.#count - 1; slot >= 0; slot -= 1) {
      if ((holder[slot] ?? null) === null) this.#free.push(slot);
    }
    for (const [at, slot] of sortedBy(stamp, filled).entries()) {
      if (at % slotsInTurn === 0) yield;
      const wasPinned = pinned[slot] === 1;
      pinned[slot] = 0;
      this.#order.use(slot);
      if (wasPinned) this.#pinAsRecorded(slot);
    }
  }

  /**
   * Takes up to `wanted` slots for new blocks, in ascending order: free ones, then new ones while there are fewer than
   * `limit`, then those not used for longest. Each must be given to `assign` or `free`.
   */
  take(wanted: number, limit: number): number[] {
    const taken: number[] = [];
    while (taken.length < wanted) {
      const slot = this.#free.pop() ?? this.#grow(limit) ?? this.#evict();
      if (slot === null) break;
      this.changed.delete(slot);
      this.used.delete(slot);
      taken.push(slot);
    }
    return taken.sort((a, b) => a - b);
  }

  /** Says what was written into a taken slot, both block and record. */
  assign(slot: number, block: WrittenBlock, stamp: number): void {
    const twin = this.contents.slotOf(block.key, block.index);
    if (twin !== null) this.free(twin);
    this.contents.fill(slot, block, stamp);
    this.#order.use(slot);
    if (block.isPinned) this.#pinAsRecorded(slot);
  }

  /** The stamp of a use that happens now. */
  nextStamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  /** Counts a use of a block. */
  touch(slot: number): void {
    const held = this.contents.holder[slot] ?? null;
    if (held === null) return;
    this.contents.stamp[slot] = this.nextStamp();
    this.used.add(slot);
    if (this.contents.pinned[slot] !== 1) this.#order.use(slot);
    this.pins.use(held);
  }

  /** Forgets what is in a slot, if anything is, and makes it free. */
  free(slot: number): void {
    this.#drop(slot);
    this.used.delete(slot);
    this.changed.add(slot);
    this.#free.push(slot);
  }

  /** Forgets all blocks of a content. */
  remove(key: ContentKey): void {
    for (const slot of this.contents.slotsOf(key).sort((a, b) => b - a)) this.free(slot);
  }

  /**
   * Pins a block, at the expense of the pins of the contents not used for longest. False, and nothing done, where the pins of
   * its own content alone take all there is for pins.
   */
  pin(slot: number): boolean {
    const held = this.contents.holder[slot] ?? null;
    if (held === null) return false;
    if (this.contents.pinned[slot] === 1) return true;
    const bytes = this.contents.length[slot] ?? 0;
    let giver = this.pins.giverTo(held, bytes);
    while (giver !== 'none') {
      if (giver === 'refused') return false;
      this.#unpinAll(giver);
      giver = this.pins.giverTo(held, bytes);
    }
    this.contents.pinned[slot] = 1;
    this.#order.remove(slot);
    this.pins.add(held);
    this.changed.add(slot);
    return true;
  }

  /** Gives up all slots from `count` on, none of which may be taken. */
  truncate(count: number): void {
    for (let slot = this.#count - 1; slot >= count; slot -= 1) {
      if (this.contents.pinned[slot] === 1) this.pins.droppedBytes += this.contents.length[slot] ?? 0;
      this.#drop(slot);
      this.used.delete(slot);
      this.changed.delete(slot);
    }
    this.#count = Math.min(this.#count, count);
    this.#free = this.#free.filter((slot) => slot < count);
  }

  #reserve(count: number): void {
    this.contents.reserve(count);
    this.#order.reserve(count);
    this.#count = Math.max(this.#count, count);
  }

  #grow(limit: number): number | null {
    const slot = this.#count;
    if (slot >= Math.min(limit, this.maxSlots)) return null;
    this.#reserve(slot + 1);
    return slot;
  }

  #evict(): number | null {
    const slot = this.#order.oldest;
    if (slot === null) return null;
    this.#drop(slot);
    this.#evicted += 1;
    return slot;
  }

  #drop(slot: number): void {
    const held = this.contents.holder[slot] ?? null;
    if (held === null) return;
    this.#order.remove(slot);
    if (this.contents.pinned[slot] === 1) this.#unpin(slot, held);
    this.contents.empty(slot);
  }

  #unpin(slot: number, held: Held): void {
    this.contents.pinned[slot] = 0;
    this.pins.remove(held);
  }

  /** Makes all pinned blocks of a content ordinary ones, just used, so that they go through the whole order once more. */
  #unpinAll(held: Held): void {
    const { pinned, stamp, length } = this.contents;
    const slots = [...held.blocks.values()].filter((slot) => pinned[slot] === 1);
    for (const slot of sortedBy(stamp, slots)) {
      this.#unpin(slot, held);
      this.pins.droppedBytes += length[slot] ?? 0;
      stamp[slot] = this.nextStamp();
      this.#order.use(slot);
      this.changed.add(slot);
    }
  }

  /** Pins a block whose record says so already. */
  #pinAsRecorded(slot: number): void {
    if (this.pin(slot)) this.changed.delete(slot);
    else this.changed.add(slot);
  }
}

import type { Clock } from '../../core/clock.js';
import { slotBytes } from './slot-table.js';

/** Growth granted by one look at the free space: 64 MiB, which others may fill at the same time. */
const grantSlots = Math.floor((64 * 2 ** 20) / slotBytes);
/** The free space is looked at so often at least, in milliseconds, while something is written. */
const lookMs = 60_000;

/**
 * How far the files may grow while the file system keeps its free space.
 *
 * INVARIANT: `limit` exceeds the slots there were at the last look by at most what was free above the floor then.
 */
export class Room {
  readonly #minFreeBytes: number;
  readonly #freeBytes: () => Promise<number>;
  readonly #clock: Clock;
  #limit = 0;
  #lookedMs: number | null = null;
  /** Whether the last look saw more room than it granted. */
  #hasMore = false;

  constructor(minFreeBytes: number, freeBytes: () => Promise<number>, clock: Clock) {
    this.#minFreeBytes = minFreeBytes;
    this.#freeBytes = freeBytes;
    this.#clock = clock;
  }

  /** Slots there may be. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether it is time to look, where so many slots would be. */
  isLookDue(slots: number): boolean {
    const isOld = this.#lookedMs === null || this.#clock.monotonic() - this.#lookedMs >= lookMs;
    return isOld || (this.#hasMore && slots > this.#limit);
  }

  /** Looks at the free space. Afterwards `limit` may be less than the `slots` there are: those must go. @throws the system's error. */
  async look(slots: number): Promise<void> {
    const spare = (await this.#freeBytes()) - this.#minFreeBytes;
    const more = Math.floor(spare / slotBytes);
    this.#hasMore = more > grantSlots;
    this.#limit = Math.max(0, slots + Math.min(more, grantSlots));
    this.#lookedMs = this.#clock.monotonic();
  }

  /** Makes the next look due at once. */
  forget(): void {
    this.#lookedMs = null;
  }
}

/** No slot. */
const none = -1;

/**
 * Slots in the order in which they were used, as a list linked through two columns. Not a `Map`, whose insertion order would
 * do: that is hashed anew every so many uses, which stops the process for 0.1 s where it holds a million.
 */
export class UseOrder {
  #older = new Int32Array(0);
  #newer = new Int32Array(0);
  #isIn = new Uint8Array(0);
  #oldest = none;
  #newest = none;

  /** Makes room for slots below `count`. */
  reserve(count: number): void {
    if (count <= this.#isIn.length) return;
    const capacity = Math.max(1024, count, 2 * this.#isIn.length);
    const [older, newer, isIn] = [this.#older, this.#newer, this.#isIn];
    this.#older = new Int32Array(capacity);
    this.#older.set(older);
    this.#newer = new Int32Array(capacity);
    this.#newer.set(newer);
    this.#isIn = new Uint8Array(capacity);
    this.#isIn.set(isIn);
  }

  /** The slot not used for longest; null where there is none. */
  get oldest(): number | null {
    return this.#oldest === none ? null : this.#oldest;
  }

  /** Makes a slot the newest; it is added where it was not in. */
  use(slot: number): void {
    if (slot === this.#newest) return;
    this.remove(slot);
    this.#isIn[slot] = 1;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = none;
    if (this.#newest === none) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  remove(slot: number): void {
    if (this.#isIn[slot] !== 1) return;
    this.#isIn[slot] = 0;
    const older = this.#older[slot] ?? none;
    const newer = this.#newer[slot] ?? none;
    if (older === none) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === none) this.#newest = older;
    else this.#older[newer] = older;
  }
}

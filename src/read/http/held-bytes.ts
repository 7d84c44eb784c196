/** Bytes that came before somebody wanted them, in one buffer that grows as it must and is used again. */
export class HeldBytes {
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** All of them, to be looked at before more are added. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Copies bytes behind the others. */
  add(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    bytes.copy(this.#buffer, this.#end);
    this.#end += bytes.length;
  }

  /** Lets go of the first ones. */
  drop(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) this.clear();
  }

  clear(): void {
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(bytes: number): void {
    const { length } = this;
    const isEnough = length + bytes <= this.#buffer.length;
    const buffer = isEnough
      ? this.#buffer
      : Buffer.allocUnsafeSlow(Math.max(length + bytes, 2 * this.#buffer.length));
    this.#buffer.copy(buffer, 0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = length;
  }
}

/** The most that is read ahead for one reader, in bytes: two seconds of a 62 Mbit/s film; more is for many connections. */
const singleBytes = 16 * 1024 * 1024;
/** The same through several connections: what each of four is fetching, and what two more can go on with. */
const manyBytes = 48 * 1024 * 1024;

/** Half of the memory for blocks, shared by those who read on end; what was read already has the other half. */
export class AheadBudget {
  readonly #totalBytes: number;
  // INVARIANT: holds exactly the open readers that read on end.
  readonly #streaming = new Set<object>();

  /** @param memoryBytes for all blocks together. */
  constructor(memoryBytes: number) {
    this.#totalBytes = memoryBytes / 2;
  }

  /** The most that may be read ahead for this reader, in bytes. */
  share(reader: object, isStreaming: boolean, lanes: number): number {
    if (isStreaming) this.#streaming.add(reader);
    else this.#streaming.delete(reader);
    const ownBytes = this.#totalBytes / Math.max(2, this.#streaming.size);
    return Math.floor(Math.min(ownBytes, lanes > 1 ? manyBytes : singleBytes));
  }

  leave(reader: object): void {
    this.#streaming.delete(reader);
  }
}

/** Runs one call per key at a time: who asks while it runs gets the same promise. */
export class SingleFlight<Key, Value> {
  // INVARIANT: holds exactly the calls that have not settled.
  readonly #running = new Map<Key, Promise<Value>>();

  run(key: Key, call: () => Promise<Value>): Promise<Value> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = call().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** The call under way, if there is one. */
  running(key: Key): Promise<Value> | undefined {
    return this.#running.get(key);
  }

  get size(): number {
    return this.#running.size;
  }
}

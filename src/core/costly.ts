/** How long a value that is out of date is told all the same, in milliseconds. */
export interface CostlySettings {
  readonly leastMs: number;
  readonly mostMs: number;
}

/** A value is kept for so many times what it took: then making it takes a hundredth of the time. */
const keptFor = 100;

/** What took less is made again at once. */
const cheapMs = 2;

/** A value that takes time to make: it is made again once it is out of date, but never so often that others wait for that all the time. */
export class Costly<Value> {
  readonly #make: () => Value;
  readonly #settings: CostlySettings;
  readonly #nowMs: () => number;
  #last: { readonly value: Value; readonly untilMs: number } | null = null;
  #isOld = false;

  /** @param nowMs monotonic, as finely as it goes. */
  constructor(make: () => Value, settings: CostlySettings, nowMs: () => number = () => performance.now()) {
    this.#make = make;
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  get(): Value {
    const startMs = this.#nowMs();
    if (this.#last !== null && (!this.#isOld || startMs < this.#last.untilMs)) return this.#last.value;
    this.#isOld = false;
    const value = this.#make();
    const endMs = this.#nowMs();
    const tookMs = endMs - startMs;
    const { leastMs, mostMs } = this.#settings;
    const keptMs = Math.min(mostMs, Math.max(leastMs, tookMs < cheapMs ? 0 : tookMs * keptFor));
    this.#last = { value, untilMs: endMs + keptMs };
    return value;
  }

  /** Says that it may be another by now. */
  changed(): void {
    this.#isOld = true;
  }
}

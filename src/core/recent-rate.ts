import type { Clock } from './clock.js';

/** Counts what happens, and tells how often it did in a second of late. */
export class RecentRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #windowMs: number;
  #sinceMs: number;
  #happened: { readonly atMs: number; readonly count: number }[] = [];

  /** @param windowMs what is longer ago does not count. */
  constructor(clock: Pick<Clock, 'monotonic'>, windowMs: number) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#sinceMs = clock.monotonic();
  }

  add(count: number): void {
    this.#happened.push({ atMs: this.#clock.monotonic(), count });
    this.#forget();
  }

  /** Null where nothing has happened yet, or not lately. */
  get perSecond(): number | null {
    this.#forget();
    const count = this.#happened.reduce((sum, each) => sum + each.count, 0);
    const ms = Math.min(this.#windowMs, this.#clock.monotonic() - this.#sinceMs);
    return count === 0 || ms <= 0 ? null : (count * 1_000) / ms;
  }

  #forget(): void {
    const fromMs = this.#clock.monotonic() - this.#windowMs;
    this.#happened = this.#happened.filter(({ atMs }) => atMs > fromMs);
  }
}

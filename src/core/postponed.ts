import type { Clock } from './clock.js';
import { backoffMs } from './retry.js';

/** What could not be had, by key: it is left alone, for longer each time. */
export class Postponed<Key> {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #byKey = new Map<Key, { readonly tries: number; readonly dueMs: number }>();

  /** @param pauseMs the first pause, about which each later one doubles, and the longest. */
  constructor(clock: Pick<Clock, 'monotonic'>, pauseMs: { readonly base: number; readonly max: number }) {
    this.#clock = clock;
    this.#baseMs = pauseMs.base;
    this.#maxMs = pauseMs.max;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Until one of them is due again, in milliseconds; `Infinity` where none is left alone. */
  get nextMs(): number {
    const nowMs = this.#clock.monotonic();
    return Math.min(
      Infinity,
      ...[...this.#byKey.values()].map(({ dueMs }) => dueMs - nowMs).filter((ms) => ms > 0),
    );
  }

  /** @returns for how long it is left alone now, in milliseconds. */
  postpone(key: Key): number {
    const tries = (this.#byKey.get(key)?.tries ?? 0) + 1;
    const pauseMs = Math.round(backoffMs(tries - 1, this.#baseMs, this.#maxMs));
    this.#byKey.set(key, { tries, dueMs: this.#clock.monotonic() + pauseMs });
    return pauseMs;
  }

  isDue(key: Key): boolean {
    return (this.#byKey.get(key)?.dueMs ?? 0) <= this.#clock.monotonic();
  }

  delete(key: Key): void {
    this.#byKey.delete(key);
  }

  /** Forgets those that are wanted no more, so that they do not pile up. */
  keep(isWanted: (key: Key) => boolean): void {
    for (const key of this.#byKey.keys()) if (!isWanted(key)) this.#byKey.delete(key);
  }
}

import type { Clock } from '../core/clock.js';

/**
 * Time to a head, connecting included, in milliseconds: somewhat more than the client's own time-outs for both, which begin anew with
 * every 1xx.
 */
const headMs = 75_000;
/**
 * A body as a whole may take this long, and longer as far as it comes at this pace: a byte now and then is no progress. Over a line
 * that is slower no film can be watched either.
 */
const bodyPace = { graceMs: 60_000, bytesPerSecond: 16 * 1024 };

type Timer = Pick<Clock, 'after' | 'monotonic'>;

/** Ends a call that makes too little progress, whatever comes meanwhile. */
export class CallDeadline {
  readonly #clock: Timer;
  readonly #late = new AbortController();
  #cancel: () => void;
  #bytes = 0;

  constructor(clock: Timer) {
    this.#clock = clock;
    this.#cancel = clock.after(headMs, () => this.#late.abort());
  }

  /** Fires when it has passed. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** The head is there: from now on the body must make progress. */
  headCame(): void {
    this.#cancel();
    const sinceMs = this.#clock.monotonic();
    const look = (): void => {
      const allowedMs = bodyPace.graceMs + (this.#bytes / bodyPace.bytesPerSecond) * 1000;
      const leftMs = sinceMs + allowedMs - this.#clock.monotonic();
      if (leftMs > 0) this.#cancel = this.#clock.after(leftMs, look);
      else this.#late.abort();
    };
    look();
  }

  /** So many bytes of the body came. */
  received(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The call is over. */
  end(): void {
    this.#cancel();
  }
}

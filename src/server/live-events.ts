import type { Clock } from '../core/clock.js';

/** So often a page is told how everything is, in milliseconds. */
const everyMs = 2_000;

/** What pages are told of as it happens: one text for all of them, however many there are. */
export class LiveEvents {
  readonly #tell: () => string;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  #last: { readonly event: Uint8Array; readonly madeMs: number } | null = null;

  /** @param clock its monotonic time decides. */
  constructor(tell: () => string, clock: Clock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  /**
   * A stream of server-sent events until the signal fires. It waits for whoever reads it, so a browser that sleeps is told what is then,
   * not what was.
   */
  stream(signal: AbortSignal): ReadableStream<Uint8Array> {
    let given: Uint8Array | null = null;
    return new ReadableStream({
      pull: async (controller) => {
        while (given !== null && given === this.#last?.event && !signal.aborted) {
          const leftMs = this.#last.madeMs + everyMs - this.#clock.monotonic();
          if (leftMs <= 0) break;
          await this.#clock.sleep(leftMs, signal).catch(() => undefined);
        }
        if (signal.aborted) {
          controller.close();
          return;
        }
        given = this.#newest();
        controller.enqueue(given);
      },
    });
  }

  #newest(): Uint8Array {
    const nowMs = this.#clock.monotonic();
    if (this.#last === null || nowMs - this.#last.madeMs >= everyMs) {
      this.#last = { event: this.#encoder.encode(`data: ${this.#tell()}\n\n`), madeMs: nowMs };
    }
    return this.#last.event;
  }
}

interface DueEvent {
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * The emulator's time. Virtual: stands still until `advance`. Realtime: follows the machine's, and `advance` jumps
 * ahead. Nothing runs on timers: what has become due happens in `catchUp`, before each request and in `advance`.
 */
export class EmulatorClock {
  readonly #realtime: boolean;
  readonly #startMs: number;
  #advancedMs = 0;
  /** Set while a due event runs: the time it was due. */
  #eventMs: number | null = null;
  // INVARIANT: in order of time; equals in order of scheduling.
  #events: DueEvent[] = [];

  constructor(realtime: boolean, startMs: number) {
    this.#realtime = realtime;
    this.#startMs = startMs;
  }

  /** Wall time as the services see it, milliseconds since 1970 UTC. */
  now(): number {
    return this.#eventMs ?? this.#plainNow();
  }

  /**
   * Real time that has passed, plus what was advanced, in milliseconds. For rate windows and for links that settle, so
   * that a client with a clock of its own never waits for a virtual clock that nobody moves.
   */
  elapsed(): number {
    return performance.now() + this.#advancedMs;
  }

  /** Does something once `delayMs` have passed. */
  after(delayMs: number, run: () => void): void {
    const event = { atMs: this.now() + delayMs, run };
    const index = this.#events.findIndex(({ atMs }) => atMs > event.atMs);
    this.#events.splice(index < 0 ? this.#events.length : index, 0, event);
  }

  advance(ms: number): void {
    this.#advancedMs += ms;
    this.catchUp();
  }

  /** Runs what is due, in order of time, each at its own time. */
  catchUp(): void {
    for (;;) {
      const next = this.#events[0];
      if (next === undefined || next.atMs > this.#plainNow()) return;
      this.#events.shift();
      this.#eventMs = next.atMs;
      try {
        next.run();
      } finally {
        this.#eventMs = null;
      }
    }
  }

  #plainNow(): number {
    return (this.#realtime ? Date.now() : this.#startMs) + this.#advancedMs;
  }
}

import type { Closers } from './closers.js';
import { AppError } from './core/errors.js';

/** The end of a mount's process. There is one: who asks first says why, and everybody waits for the same. */
export class ProcessEnd {
  readonly #closers: Closers;
  readonly #begun = new AbortController();
  #exitCode = 0;
  #settle: (exitCode: number) => void = () => undefined;
  /** Settles when all has ended, with the exit code. */
  readonly stopped: Promise<number>;

  constructor(closers: Closers) {
    this.#closers = closers;
    this.stopped = new Promise((resolve) => (this.#settle = resolve));
  }

  /** Fires when the end begins, before anything is ended. Its reason is an `AppError`, which a start that has come to nothing is rejected with. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Whether it has begun because somebody asked for it. */
  get isAskedFor(): boolean {
    return this.signal.aborted && this.#exitCode === 0;
  }

  /** Ends all because somebody asked for it; resolves when nothing is left. */
  stop(): Promise<void> {
    return this.#begin(0, new AppError('aborted', 'It was stopped before it had started.'));
  }

  /** Ends all because it cannot go on. */
  fail(error: AppError): Promise<void> {
    return this.#begin(error.code === 'config' ? 2 : 1, error);
  }

  async #begin(exitCode: number, reason: AppError): Promise<void> {
    if (!this.signal.aborted) {
      this.#exitCode = exitCode;
      this.#begun.abort(reason);
      const isWell = await this.#closers.closeAll();
      this.#settle(exitCode === 0 && !isWell ? 1 : exitCode);
    }
    await this.stopped;
  }
}

import { atMost } from './core/abortable.js';
import type { Clock } from './core/clock.js';
import { AppError } from './core/errors.js';
import type { Logger } from './core/logger.js';

/**
 * The longest that the end of everything may take, in milliseconds: all parts end within seconds, and a service manager is promised
 * ten, of which the last are for the process itself.
 */
const endMs = 8_500;

/** What must be ended, in the order in which it was started. */
export class Closers {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #close: (() => Promise<void> | void)[] = [];
  /** The end, once it has begun. */
  #ended: Promise<boolean> | null = null;
  /** Whether it still takes what is left. */
  #isEnding = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Hands over what ends a part. Where the end has begun already, it is ended in turn, and whoever asks for the end waits for it as well. */
  add(close: () => Promise<void> | void): void {
    this.#close.push(close);
    if (this.#ended !== null && !this.#isEnding) this.#ended = this.#end();
  }

  /**
   * Ends everything, the newest first, once: who asks again waits for the same end. What fails to end does not keep the rest from it, and
   * what does not end at all is left to the end of the process, which nothing is lost by.
   * @returns whether all ended well.
   */
  closeAll(): Promise<boolean> {
    return (this.#ended ??= this.#end());
  }

  async #end(): Promise<boolean> {
    const late = (): AppError =>
      new AppError('timeout', `It did not end within ${endMs / 1000} s: what is left ends with the process.`);
    try {
      return await atMost(this.#clock, endMs, this.#closeOneByOne(), late);
    } catch (error) {
      this.#logger.error({ err: error }, 'a part did not end');
      return false;
    }
  }

  async #closeOneByOne(): Promise<boolean> {
    this.#isEnding = true;
    let isWell = true;
    for (let close = this.#close.pop(); close !== undefined; close = this.#close.pop()) {
      try {
        await close();
      } catch (error) {
        this.#logger.error({ err: error }, 'a part did not end well');
        isWell = false;
      }
    }
    this.#isEnding = false;
    return isWell;
  }
}

import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import { leftBehind } from '../core/left-behind.js';
import type { ProviderSetup } from './setup.js';

/**
 * So long it is tried to remove a new item that is of no use, in milliseconds, also while the process ends: with the three seconds in
 * which an answer is still waited for that is less than the 8.5 s that an end may take.
 */
const cleanUpMs = 4_000;
/** So many times, because a service that just failed may fail once more. */
const cleanUpTries = 3;
const pauseMs = 1_000;

/** Removes items that were added here and are of no use. */
export class Discards {
  readonly #setup: Pick<ProviderSetup, 'account' | 'clock' | 'logger'>;
  readonly #remove: (id: string, signal: AbortSignal) => Promise<void>;
  /** Those that could not be removed yet. */
  readonly #useless = new Set<string>();

  /** @param remove takes an item away; of one that is not there it says nothing. */
  constructor(
    setup: Pick<ProviderSetup, 'account' | 'clock' | 'logger'>,
    remove: (id: string, signal: AbortSignal) => Promise<void>,
  ) {
    this.#setup = setup;
    this.#remove = remove;
  }

  /** Removes an item. Bounded, and never throws: what stays is told to the log, and removed with the next rest. */
  async discard(id: string): Promise<void> {
    const { account, clock, logger } = this.#setup;
    const late = new AbortController();
    const cancel = clock.after(cleanUpMs, () => late.abort());
    this.#useless.add(id);
    try {
      await this.#insist(id, clock, late.signal);
      this.#useless.delete(id);
    } catch (error) {
      logger.warn(
        { account, itemId: id, err: error },
        'a torrent that was added in vain could not be removed again',
      );
    } finally {
      cancel();
    }
  }

  /** Tries once more what could not be removed before. */
  async discardRest(): Promise<void> {
    for (const id of this.#useless) await this.discard(id);
  }

  /**
   * The error to throw for an item that came to nothing: it is removed, where it is new; where that fails, the user hears of it.
   * @param known ids that are nobody's to remove.
   */
  async undo(id: string, known: ReadonlySet<string>, thrown: unknown): Promise<unknown> {
    if (known.has(id)) return thrown;
    await this.discard(id);
    if (!this.#useless.has(id)) return thrown;
    const { account } = this.#setup;
    const error = toAppError(thrown);
    const message = `${error.message} It could not be removed again: item ${id} of account "${account}" is still there.`;
    const { code, retry, context } = error;
    return new AppError(code, message, { retry, context: { ...context, ...leftBehind }, cause: thrown });
  }

  async #insist(id: string, clock: Clock, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#remove(id, signal);
        return;
      } catch (thrown) {
        if (!isPassing(thrown) || tries >= cleanUpTries) throw thrown;
      }
      await clock.sleep(pauseMs, signal);
    }
  }
}

/** Whether the same call may succeed a little later. */
export function isPassing(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && thrown.retry === 'wait';
}

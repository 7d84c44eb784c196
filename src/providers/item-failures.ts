/** Decides, while details are fetched one by one, whether a failure is one item's or the service's. */
import type { AccountName } from '../core/account.js';
import { AppError, type ErrorCode } from '../core/errors.js';
import type { Logger } from '../core/logger.js';

/**
 * Codes that may concern one item alone. All others concern the account, the network or the caller. `timeout` is one of
 * them because a service may hang on one torrent while it answers for all others.
 */
const mayBeTheItem: ReadonlySet<ErrorCode> = new Set([
  'item-gone',
  'content-gone',
  'link-dead',
  'host-limited',
  'not-ready',
  'bad-answer',
  'service-down',
  'timeout',
  'invalid',
  'internal',
]);

/**
 * So many failures in a row are the service's. Ten, so that a few broken items side by side do not keep the others
 * from being asked for, and a service that is down costs a few seconds of the account's budget (one that hangs, ten
 * minutes).
 */
const maxInARow = 10;

/** Counts failures over one call for details. */
export class ItemFailures {
  readonly #account: AccountName;
  readonly #logger: Logger;
  #inARow = 0;
  /** What was said of hosts, which many items may wait for. */
  readonly #saidOfHosts = new Set<string>();

  constructor(account: AccountName, logger: Logger) {
    this.#account = account;
    this.#logger = logger;
  }

  /** An item was answered. */
  succeeded(): void {
    this.#inARow = 0;
  }

  /**
   * Passes over an item with a warning; answers null in its place.
   * @throws what was thrown, when it concerns more than this item.
   */
  passOver(itemId: string, thrown: unknown): null {
    if (!mayConcernOneItem(thrown)) throw thrown;
    // Said by a service that works.
    const isAnswer = thrown.code === 'item-gone' || thrown.code === 'host-limited';
    this.#inARow = isAnswer ? 0 : this.#inARow + 1;
    if (this.#inARow >= maxInARow) throw thrown;
    if (thrown.code === 'host-limited') {
      if (this.#saidOfHosts.has(thrown.message)) return null;
      this.#saidOfHosts.add(thrown.message);
    }
    this.#logger.warn(
      { account: this.#account, itemId, code: thrown.code },
      `details left out: ${thrown.message}`,
    );
    return null;
  }
}

/** Whether a failure says nothing of the account, the network or the caller. */
export function mayConcernOneItem(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && mayBeTheItem.has(thrown.code);
}

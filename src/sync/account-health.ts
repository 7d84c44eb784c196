import type { AccountState } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import { conditionAfter } from './condition.js';

export interface AccountHealthOptions {
  readonly provider: Provider;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The account itself (end of paid time, …) is asked for this often. */
const stateIntervalMs = 15 * 60_000;

/** How one account is: what it says of itself, until something fails; after that it is asked again. */
export class AccountHealth {
  readonly #options: AccountHealthOptions;
  #state: AccountState = { condition: 'unknown', detail: 'It has not answered yet.', premiumUntilMs: null };
  #troubleInPart = '';
  #askedMs = -Infinity;
  /** How often something was wrong. */
  #troubles = 0;
  // INVARIANT: the account is asked at most once at a time; null when it is not.
  #asking: Promise<void> | null = null;

  constructor(options: AccountHealthOptions) {
    this.#options = options;
  }

  get state(): AccountState {
    const isWell = this.#state.condition === 'ok' && this.#state.detail === '';
    return isWell ? { ...this.#state, detail: this.#troubleInPart } : this.#state;
  }

  /** Takes over what a failed request says of the account. */
  failed(error: AppError, where: object): void {
    const { provider, logger } = this.#options;
    // A full disk says nothing of the account, but it is why the account's news do not show.
    this.#trouble(error.code === 'storage' ? { detail: error.message } : conditionAfter(error));
    logger.warn({ account: provider.account, code: error.code, ...where }, error.message);
  }

  /** Takes over what is wrong with a list that is no main one, as a sentence; empty where nothing is. */
  inPart(trouble: string): void {
    this.#troubleInPart = trouble;
  }

  /** Tells that a round is still going on after so long. */
  takesLong(ms: number): void {
    const { provider, logger } = this.#options;
    const detail = `Account "${provider.account}" has not answered whole for ${ms / 1000} s and is waited for; what it held is shown meanwhile.`;
    this.#trouble({ detail });
    logger.warn({ account: provider.account }, detail);
  }

  /** Asks the account how it is, where that is due. Nobody waits for the answer but `settled`. */
  ask(signal: AbortSignal): void {
    if (this.#options.clock.monotonic() - this.#askedMs < stateIntervalMs) return;
    this.#asking ??= this.#ask(signal).finally(() => (this.#asking = null));
  }

  /** Resolves when the account is not being asked. Never rejects. */
  async settled(): Promise<void> {
    await this.#asking;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { provider, clock } = this.#options;
    const troublesBefore = this.#troubles;
    try {
      const state = await provider.state(signal);
      // An answer that was on its way while something failed may be from before.
      if (this.#troubles !== troublesBefore) return;
      this.#state = state;
      this.#askedMs = clock.monotonic();
    } catch (thrown) {
      if (!signal.aborted) this.failed(toAppError(thrown), { asked: 'account' });
    }
  }

  #trouble(trouble: Partial<AccountState>): void {
    this.#state = { ...this.#state, ...trouble };
    this.#askedMs = -Infinity;
    this.#troubles += 1;
  }
}

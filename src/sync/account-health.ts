import type { AccountCondition, AccountState, UnreadableFiles } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Source } from '../core/content.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import type { SourceNews } from '../core/reading.js';
import { conditionAfter } from './condition.js';
import { ReadingHealth } from './reading-health.js';

export interface AccountHealthOptions {
  readonly provider: Provider;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The account itself (end of paid time, …) is asked for this often. */
const stateIntervalMs = 15 * 60_000;

/** Conditions in which an account is of some use, so that what reading it met says more. */
const usable: ReadonlySet<AccountCondition> = new Set(['unknown', 'ok', 'limited']);

/**
 * How one account is: what it says of itself, until something fails; after that it is asked again. And how reading it goes, which may
 * fail although it says that all is well.
 */
export class AccountHealth {
  readonly #options: AccountHealthOptions;
  /** What is wrong with a list that is no main one; empty where nothing is. */
  #troubleInPart = '';
  readonly #reading: ReadingHealth;
  /** What it says of itself. */
  #state: AccountState = {
    condition: 'unknown',
    detail: 'It has not answered yet.',
    premiumUntilMs: null,
    allowances: [],
  };
  /** As it was last logged. */
  #loggedCondition: AccountCondition = 'unknown';
  #askedMs = -Infinity;
  /** How often something was wrong. */
  #troubles = 0;
  // INVARIANT: the account is asked at most once at a time; null when it is not.
  #asking: Promise<void> | null = null;

  constructor(options: AccountHealthOptions) {
    this.#options = options;
    this.#reading = new ReadingHealth(options.clock);
  }

  get state(): AccountState {
    const trouble = this.#reading.trouble;
    const isWell = this.#state.condition === 'ok' && this.#state.detail === '';
    const own = isWell ? { ...this.#state, detail: this.#troubleInPart } : this.#state;
    if (trouble === null || !usable.has(own.condition)) return own;
    const { condition, detail } = conditionAfter(trouble);
    const isOwnWorthTelling = own.condition !== 'unknown' && own.detail !== '' && own.detail !== detail;
    return { ...own, condition, detail: isOwnWorthTelling ? `${detail} ${own.detail}` : detail };
  }

  /** Single files that could not be read, by reason. */
  get unreadable(): readonly UnreadableFiles[] {
    return this.#reading.unreadable;
  }

  /** Why a source could not be read when it was last tried; null where it could, or was not. */
  refusalOf(source: Source): AppError | null {
    return this.#reading.refusalOf(source);
  }

  /** Takes over what came of reading a file. */
  heard(news: SourceNews): void {
    this.#reading.heard(news);
    this.#logCondition();
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
      const before = this.#state.condition;
      if (state.condition === 'ok' && (before === 'expired' || before === 'rejected'))
        this.#reading.accountIsWell();
      this.#state = state;
      this.#askedMs = clock.monotonic();
      this.#logCondition();
    } catch (thrown) {
      if (!signal.aborted) this.failed(toAppError(thrown), { asked: 'account' });
    }
  }

  #trouble(trouble: Partial<AccountState>): void {
    this.#state = { ...this.#state, ...trouble };
    this.#askedMs = -Infinity;
    this.#troubles += 1;
    this.#logCondition();
  }

  /** Tells the log once when the condition is another one. */
  #logCondition(): void {
    const { provider, logger } = this.#options;
    const { condition, detail } = this.state;
    if (condition === this.#loggedCondition) return;
    const facts = { account: provider.account, condition, before: this.#loggedCondition };
    this.#loggedCondition = condition;
    if (condition === 'ok') logger.info(facts, 'the account is well');
    else logger.warn(facts, `the account is ${condition}: ${detail}`);
  }
}

/** The calls of one account: each waits for its turn, carries the token, and is judged. */
import { abortable, atMost } from '../core/abortable.js';
import type { AccountState } from '../core/account.js';
import { AppError } from '../core/errors.js';
import { Limiter, type Limits, type Purpose } from '../core/limiter.js';
import type { Budget } from '../core/provider.js';
import { backoffMs } from '../core/retry.js';
import { badAnswer, httpFailure, type Failure } from './failure.js';
import { JsonClient, type HttpAnswer, type HttpCall } from './json-client.js';
import { plainWords } from './plain-words.js';
import type { ProviderSetup } from './setup.js';

/** A refusal as the service words it. */
export interface Refusal {
  /** Its code in the spelling of the failure table; null where it gave none. */
  readonly code: string | null;
  /** Its own words; null where it gave none. */
  readonly message: string | null;
  /** How long to wait, in milliseconds, where it says so itself, apart from `Retry-After`. */
  readonly retryAfterMs?: number;
}

/** How a service says no. */
export interface Dialect {
  /** Display name. */
  readonly service: string;
  /** What an answer refuses; null where it refuses nothing. Asked for every answer, whatever its status. */
  refusal(answer: HttpAnswer): Refusal | null;
  /** The row of a code; undefined where there is none, or where the status must decide. */
  failureOf(code: string): Failure | undefined;
  /** What a status means here, where that differs from what it means in general. */
  statusFailure(status: number, isPage: boolean): Failure | undefined;
}

export interface ApiCall extends Omit<HttpCall, 'token'> {
  readonly purpose: Purpose;
  /** Sends the token under this name in the query as well (TorBox's `requestdl` reads it only there). */
  readonly tokenInQuery?: string;
}

/**
 * First and longest pause after a refusal for too many requests: the longest window is a minute. One that the service
 * names counts where it is longer: a `Retry-After` of 0, or in the past, would else be no pause at all.
 */
const pauseAfterRefusal = { baseMs: 5_000, maxMs: 60_000 };
/** So long an answer that is not needed is waited for, in milliseconds: half of what `doctor` gives an account. */
const extraWaitMs = 5_000;
/** The least pause when the edge in front of a service refuses this machine. Observed practice: 1 to 10 minutes. */
const pauseAfterAddressRefusalMs = 60_000;

/** One account at one service: owns its limiter and its connections. */
export class AccountApi {
  readonly #setup: ProviderSetup;
  readonly #dialect: Dialect;
  readonly #limiter: Limiter;
  readonly #client: JsonClient;
  /** Refusals for too many requests since the last answer that was none. */
  #refusedInARow = 0;

  /** `basePath` comes between the account's `apiUrl` and the path of every call. */
  constructor(setup: ProviderSetup, basePath: string, dialect: Dialect, limits: Limits) {
    this.#setup = setup;
    this.#dialect = dialect;
    this.#limiter = new Limiter(limits, setup.clock, setup.recentLinkTimesMs);
    const { account, meter } = setup;
    this.#client = new JsonClient({
      ...setup,
      baseUrl: `${setup.apiUrl}${basePath}`,
      onAnswer: (outcome, seconds) => meter?.called(account, outcome, seconds),
    });
  }

  /**
   * One request. Resolves only with a 2xx answer that refuses nothing and whose body, where it has one, is JSON.
   * @throws {AppError} what the service's refusal means, or the client's `aborted`, `timeout`, `network`.
   */
  async call(call: ApiCall): Promise<HttpAnswer> {
    const token = await this.#token(call.signal);
    try {
      return await this.#callWith(token, call);
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'token-rejected') throw thrown;
      const another = await this.#anotherToken(token, call.signal);
      if (another === null) throw thrown;
      // A call with a refused token has done nothing, so it may be made again: once.
      return await this.#callWith(another, call);
    }
  }

  async #callWith(token: string, call: ApiCall): Promise<HttpAnswer> {
    await this.#limiter.acquire(call.purpose, call.signal);
    const query =
      call.tokenInQuery === undefined ? call.query : { ...call.query, [call.tokenInQuery]: token };
    const answer = await this.#client.send({ ...call, token, ...(query === undefined ? {} : { query }) });
    const error = this.#judge(call, answer, token);
    if (error === null) {
      this.#refusedInARow = 0;
      return answer;
    }
    this.#pauseAfter(error, answer);
    throw error;
  }

  /**
   * The JSON of an answer that is good to have; null where it does not come soon.
   * @throws {AppError} `aborted` when the signal fires.
   */
  async extra(call: ApiCall): Promise<unknown> {
    const giveUp = new AbortController();
    const signal = AbortSignal.any([call.signal, giveUp.signal]);
    const late = (): AppError => new AppError('timeout', 'An answer that is not needed took too long.');
    try {
      return (await atMost(this.#setup.clock, extraWaitMs, this.call({ ...call, signal }), late)).json;
    } catch (thrown) {
      if (call.signal.aborted) throw thrown;
      return null;
    } finally {
      giveUp.abort();
    }
  }

  /** An answer that breaks the service's rules. */
  badAnswer(what: string): AppError {
    return badAnswer(this.#dialect.service, what, { account: this.#setup.account });
  }

  /** An error by a row that no answer of the service stands for. */
  error(row: Failure): AppError {
    const { account } = this.#setup;
    const message = row.sentence.replaceAll('{account}', account);
    return new AppError(row.code, message, { retry: row.retry, context: { account } });
  }

  /**
   * The account's state as `ask` finds it; what the account itself is refused for is a state too.
   * @throws {AppError} what says nothing of the account: network, service.
   */
  async state(ask: () => Promise<AccountState>): Promise<AccountState> {
    try {
      return await ask();
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      const told = (condition: AccountState['condition']): AccountState => ({
        condition,
        detail: thrown.message,
        premiumUntilMs: null,
        allowances: [],
      });
      if (thrown.code === 'token-rejected') return told('rejected');
      if (thrown.code === 'account-blocked' || thrown.code === 'address-refused') return told('blocked');
      if (thrown.code === 'not-premium') return told('expired');
      throw thrown;
    }
  }

  budgets(): readonly Budget[] {
    return this.#limiter.budgets();
  }

  /** Breaks off whatever waits or runs. */
  async close(): Promise<void> {
    this.#limiter.close();
    const { token } = this.#setup;
    if (typeof token !== 'string') await token.close();
    await this.#client.close();
  }

  async #token(signal: AbortSignal): Promise<string> {
    const { token } = this.#setup;
    return this.#checked(typeof token === 'string' ? token : await abortable(token.current(signal), signal));
  }

  async #anotherToken(refused: string, signal: AbortSignal): Promise<string | null> {
    const { token } = this.#setup;
    if (typeof token === 'string') return null;
    const another = await abortable(token.renewed(refused, signal), signal);
    return another === null ? null : this.#checked(another);
  }

  #checked(token: string): string {
    const text = token.trim();
    if (/^[\x21-\x7e]+$/.test(text)) return text;
    throw this.error({
      code: 'token-rejected',
      retry: 'other-source',
      sentence: `The token of account "{account}" is empty or holds characters that no token of ${this.#dialect.service} has.`,
    });
  }

  #judge(call: ApiCall, answer: HttpAnswer, token: string): AppError | null {
    const dialect = this.#dialect;
    const { account } = this.#setup;
    const refusal = dialect.refusal(answer);
    const isSuccess = answer.status >= 200 && answer.status < 300;
    const context = { account, call: `${call.method} ${call.path}`, status: answer.status };
    if (refusal === null && isSuccess) {
      return answer.flaw === null ? null : badAnswer(dialect.service, answer.flaw, context);
    }
    const { code = null, message = null } = refusal ?? {};
    const retryAfterMs = Math.max(refusal?.retryAfterMs ?? -1, answer.retryAfterMs ?? -1);
    const byCode = code === null ? undefined : dialect.failureOf(code);
    const byStatus = (): Failure =>
      isSuccess
        ? {
            code: 'bad-answer',
            retry: 'wait',
            sentence: `${dialect.service} refused this without a known reason.`,
          }
        : (dialect.statusFailure(answer.status, answer.isPage) ??
          httpFailure(dialect.service, answer.status, answer.isPage));
    const row = byCode ?? byStatus();
    return new AppError(row.code, row.sentence.replaceAll('{account}', account), {
      retry: row.retry,
      ...(retryAfterMs < 0 ? {} : { retryAfterMs }),
      context: {
        ...context,
        serviceCode: code === null ? null : plainWords(code, token),
        serviceMessage: message === null ? null : plainWords(message, token),
      },
    });
  }

  #pauseAfter(error: AppError, answer: HttpAnswer): void {
    if (error.code === 'rate-limited') {
      const { baseMs, maxMs } = pauseAfterRefusal;
      const leastMs = backoffMs(this.#refusedInARow, baseMs, maxMs);
      this.#limiter.pause(Math.max(error.retryAfterMs ?? 0, leastMs), error);
      this.#refusedInARow += 1;
    } else if (answer.status === 403 && answer.isPage) {
      this.#limiter.pause(Math.max(error.retryAfterMs ?? 0, pauseAfterAddressRefusalMs), error);
    }
  }
}

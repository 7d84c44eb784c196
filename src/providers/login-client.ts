/** The calls of a login: without a token, and outside of any account's budget. */
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { asNumber, asUrl } from './decode.js';
import { badAnswer, httpFailure, type Failure } from './failure.js';
import { JsonClient, type HttpAnswer, type HttpCall } from './json-client.js';

export interface LoginClientOptions {
  /** Display name. */
  readonly service: string;
  readonly account: AccountName;
  readonly apiUrl: string;
  readonly proxyUrl: string | null;
  readonly userAgent: string;
  readonly clock: Clock;
}

/** Shortest and longest time that a code is waited for: what a service tells beyond is a mistake of it or of a clock. */
const lifetimes = { minMs: 60_000, maxMs: 30 * 60_000, usualMs: 600_000 };
const intervals = { minMs: 1_000, maxMs: 60_000, usualMs: 5_000 };

export class LoginClient {
  readonly service: string;
  readonly account: AccountName;
  readonly clock: Clock;
  readonly http: JsonClient;

  constructor(options: LoginClientOptions) {
    const { service, account, clock } = options;
    this.service = service;
    this.account = account;
    this.clock = clock;
    this.http = new JsonClient({ ...options, baseUrl: options.apiUrl });
  }

  /**
   * An answer that the service itself gave: JSON under a 2xx, or under a 4xx of which it is for the caller to say what it means.
   * @throws {AppError} what the client throws, and for all other statuses, web pages and what is no JSON.
   */
  async ask(call: Omit<HttpCall, 'token'> & { readonly token?: string }): Promise<HttpAnswer> {
    const answer = await this.http.send({ ...call, token: call.token ?? null });
    const { status, isPage } = answer;
    const isSuccess = status >= 200 && status < 300;
    // What its own error would mean depends on what it says; one that says nothing is trouble on the way.
    const isOwnError = [400, 401, 403, 422].includes(status) && !(status === 403 && isPage);
    if (!isSuccess && !isOwnError) throw this.failure(answer);
    if (answer.flaw !== null) throw badAnswer(this.service, answer.flaw);
    return answer;
  }

  /** What a status means that is no success. */
  failure({ status, isPage, retryAfterMs }: HttpAnswer): AppError {
    const options = retryAfterMs === null ? {} : { retryAfterMs };
    return this.error(httpFailure(this.service, status, isPage), options);
  }

  error({ code, retry, sentence }: Failure, options: { readonly retryAfterMs?: number } = {}): AppError {
    return new AppError(code, sentence.replaceAll('{account}', this.account), { retry, ...options });
  }

  badAnswer(what: string): AppError {
    return badAnswer(this.service, what);
  }

  /** The user has not done in time what had to be done. */
  late(what: string): string {
    return `${what} To try again: \`debridfs login ${this.account}\`.`;
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

/** A code for the user; null for what nobody could type, or a terminal would take for an order. */
export function asCode(value: unknown): string | null {
  return typeof value === 'string' && /^[\x21-\x7e]{1,40}$/.test(value) ? value : null;
}

/** A URL for the user, every odd character in it escaped. */
export function asShownUrl(value: unknown): string | null {
  const url = asUrl(value);
  return url === null ? null : new URL(url).href;
}

/** How long a code is good. */
export function lifetimeOf(ms: number | null): number {
  const { minMs, maxMs, usualMs } = lifetimes;
  return ms === null || ms <= 0 ? usualMs : Math.min(Math.max(ms, minMs), maxMs);
}

/** How often may be asked, out of seconds. */
export function intervalOf(seconds: unknown): number {
  const { minMs, maxMs, usualMs } = intervals;
  const told = asNumber(seconds);
  return told === null ? usualMs : Math.min(Math.max(told * 1000, minMs), maxMs);
}

/** Seconds as milliseconds; null for what is no number. */
export function secondsToMs(seconds: unknown): number | null {
  const told = asNumber(seconds);
  return told === null ? null : told * 1000;
}

/** Calls to nekoBT: one at a time and one a second, judged. */
import { abortable } from '../../core/abortable.js';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { Limiter, type Limits } from '../../core/limiter.js';
import { asNumber, asObject, asText, type JsonObject } from '../decode.js';
import { failure, httpFailure, type Failure } from '../failure.js';
import { JsonClient, type HttpAnswer } from '../json-client.js';
import { plainWords } from '../plain-words.js';
import { boundedPauseMs } from '../retry-after.js';

const service = 'nekoBT';

/** Its limits are not published; what a polite client keeps to (facts gathered 2026-11). */
const limits: Limits = {
  windows: [{ lengthMs: 1_000, maxStarts: 1, keptForLinks: 0 }],
  linkBucket: null,
};
/** After a refusal for too many requests that does not say for how long: its own example says 12 s. */
const usualPauseMs = 15_000;
/** What a cookie's value may hold (RFC 6265, section 4.1.1). */
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;
const keyRefused = 'nekoBT does not accept the key: correct `identify.nekobt.apiKey`, or leave it out.';

export interface NekobtOptions {
  /** Origin and path prefix before `/api/v1`, without a `/` at its end. */
  readonly apiUrl: string;
  /** An API key, sent as the cookie `ssid`; null: asked as anybody. Secret. */
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** What its documented statuses mean, where that is not what they mean in general. A page is never its own word. */
export function nekobtFailure(status: number, isPage: boolean): Failure {
  if (isPage && (status === 400 || status === 404))
    return failure(
      'bad-answer',
      'wait',
      `nekoBT answered with a page (HTTP ${status}). Is \`identify.nekobt.apiUrl\` right?`,
    );
  if (status >= 300 && status < 400)
    return failure(
      'bad-answer',
      'wait',
      'nekoBT redirects to another address, which is not followed because a key would go there too. Is `identify.nekobt.apiUrl` right?',
    );
  switch (status) {
    case 400:
      return failure('invalid', 'never', 'nekoBT could not make sense of this.');
    case 401:
      return failure('token-rejected', 'never', keyRefused);
    case 403:
      return isPage
        ? failure('address-refused', 'wait', 'nekoBT refuses the address of this machine.')
        : failure('not-ready', 'wait', 'nekoBT does not show this torrent yet: it waits for approval.');
    case 404:
      return failure('not-found', 'never', 'nekoBT does not know this.');
    case 429:
      return failure('rate-limited', 'wait', 'nekoBT received too many requests from this machine.');
    default:
      return httpFailure(service, status, isPage);
  }
}

/** Owns its connections. */
export class NekobtApi {
  readonly #options: NekobtOptions;
  readonly #client: JsonClient;
  readonly #limiter: Limiter;
  /** The call before: the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: NekobtOptions) {
    this.#options = options;
    const { apiUrl, clock, userAgent } = options;
    this.#client = new JsonClient({ baseUrl: `${apiUrl}/api/v1`, proxyUrl: null, userAgent, clock });
    this.#limiter = new Limiter(limits, clock);
  }

  /**
   * The `data` of an answer.
   * @throws {AppError} by `nekobtFailure`, with when to ask again; `bad-answer`; the client's `aborted`, `timeout`, `network`.
   */
  get(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<JsonObject> {
    const asked = this.#last.then(() => this.#ask(path, query, signal));
    // Who gives up is let go at once; the next one waits for the call all the same.
    this.#last = asked.catch(() => undefined);
    return abortable(asked, signal);
  }

  badAnswer(what: string): AppError {
    return new AppError('bad-answer', `nekoBT gave an answer that cannot be used: ${what}.`, {
      retry: 'wait',
    });
  }

  async close(): Promise<void> {
    this.#limiter.close();
    await this.#client.close();
  }

  async #ask(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { apiKey } = this.#options;
    if (apiKey !== null && !cookieValue.test(apiKey))
      throw new AppError('token-rejected', keyRefused, { retry: 'never' });
    await this.#limiter.acquire('details', signal);
    const cookie = apiKey === null ? {} : { cookie: `ssid=${apiKey}` };
    const answer = await this.#client.send({ method: 'GET', path, query, token: null, ...cookie, signal });
    const body = asObject(answer.json);
    const isSuccess = answer.status >= 200 && answer.status < 300;
    if (isSuccess && answer.flaw === null && body?.['error'] === false) {
      const data = asObject(body['data']);
      if (data === null) throw this.badAnswer('it holds no data');
      return data;
    }
    throw this.#failed(path, answer, body);
  }

  #failed(path: string, answer: HttpAnswer, body: JsonObject | null): AppError {
    const { status, isPage } = answer;
    const words = asText(body?.['message']);
    const serviceMessage = words === null ? null : plainWords(words, this.#options.apiKey);
    if (status >= 200 && status < 300)
      return this.badAnswer(answer.flaw ?? serviceMessage ?? 'it says neither yes nor no');
    const { code, retry, sentence } = nekobtFailure(status, isPage);
    const seconds = asNumber(body?.['retry_after']);
    const toldMs = Math.max(answer.retryAfterMs ?? 0, seconds === null ? 0 : boundedPauseMs(seconds * 1000));
    const pauseMs = code === 'rate-limited' && toldMs === 0 ? usualPauseMs : toldMs;
    const error = new AppError(code, sentence.replaceAll('account "{account}"', 'this machine'), {
      retry,
      ...(pauseMs === 0 ? {} : { retryAfterMs: pauseMs }),
      context: { call: path, status, serviceMessage },
    });
    if (code === 'rate-limited') this.#limiter.pause(pauseMs, error);
    return error;
  }
}

/** Calls to nekoBT: one at a time and one a second, judged. */
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import { Limiter, type Limits } from '../../core/limiter.js';
import { asNumber, asObject, asText, type JsonObject } from '../decode.js';
import { failure, httpFailure, type Failure } from '../failure.js';
import { JsonClient, type HttpAnswer } from '../json-client.js';
import { boundedPauseMs } from '../retry-after.js';

const service = 'nekoBT';

/** Its limits are not published; what a polite client keeps to (facts gathered 2026-11). */
const limits: Limits = {
  windows: [{ lengthMs: 1_000, maxStarts: 1, keptForLinks: 0 }],
  linkBucket: null,
};
/** After a refusal for too many requests that does not say for how long: its own example says 12 s. */
const usualPauseMs = 15_000;

export interface NekobtOptions {
  /** Origin and path prefix before `/api/v1`, without a `/` at its end. */
  readonly apiUrl: string;
  /** An API key, sent as the cookie `ssid`; null: asked as anybody. Secret. */
  readonly apiKey: string | null;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** What its documented statuses mean, where that is not what they mean in general. */
export function nekobtFailure(status: number, isPage: boolean): Failure {
  switch (status) {
    case 400:
      return failure('invalid', 'never', 'nekoBT could not make sense of this.');
    case 401:
      return failure(
        'token-rejected',
        'never',
        'nekoBT does not accept the key: correct `identify.nekobt.apiKey`, or leave it out.',
      );
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
    this.#last = asked.catch(() => undefined);
    return asked;
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
    await this.#limiter.acquire('details', signal);
    const { apiKey } = this.#options;
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
    if (status >= 200 && status < 300)
      return this.badAnswer(
        answer.flaw ?? asText(body?.['message'])?.slice(0, 200) ?? 'it says neither yes nor no',
      );
    const { code, retry, sentence } = nekobtFailure(status, isPage);
    const seconds = asNumber(body?.['retry_after']);
    const toldMs = Math.max(answer.retryAfterMs ?? 0, seconds === null ? 0 : boundedPauseMs(seconds * 1000));
    const pauseMs = code === 'rate-limited' && toldMs === 0 ? usualPauseMs : toldMs;
    const error = new AppError(code, sentence.replaceAll('account "{account}"', 'this machine'), {
      retry,
      ...(pauseMs === 0 ? {} : { retryAfterMs: pauseMs }),
      context: { call: path, status, serviceMessage: asText(body?.['message'])?.slice(0, 200) ?? null },
    });
    if (code === 'rate-limited') this.#limiter.pause(pauseMs, error);
    return error;
  }
}

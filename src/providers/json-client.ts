/** One HTTP client for JSON services: bounded in time and size, and silent about secrets. */
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { retryAfterMs } from './retry-after.js';

/** Time to a connection, TLS included. A host that takes longer is of no use to a reader. */
const connectTimeoutMs = 10_000;
/** Time to the first header: a listing of 5,000 entries is put together before it is sent. */
const headersTimeoutMs = 60_000;
/** Longest silence within a body; there is no limit for a body as a whole. */
const bodyTimeoutMs = 30_000;
/**
 * Largest body. The largest lawful one is a TorBox page: 1,000 entries of 300 files of 700 bytes are 210 MB; a page of
 * 5,000 entries of Real-Debrid with 50 links each is 15 MB.
 */
const maxBodyBytes = 256 * 1024 * 1024;

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, `/` first. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: readonly (readonly [name: string, value: string])[];
  /** Sent as `Authorization: Bearer`. */
  readonly token: string;
  readonly signal: AbortSignal;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** The decoded body; undefined where there is none or `flaw` says why it could not be read. */
  readonly json: unknown;
  /** Why the body is no JSON, as a phrase; null where it is, or where the status allows none. */
  readonly flaw: string | null;
  /** Whether the body is a web page. */
  readonly isPage: boolean;
  readonly retryAfterMs: number | null;
  /** One header, joined by commas where it was sent repeatedly. */
  header(name: string): string | null;
}

export interface JsonClientOptions {
  /** Origin and path prefix, without a `/` at its end. */
  readonly baseUrl: string;
  readonly proxyUrl: string | null;
  readonly userAgent: string;
  readonly clock: Clock;
  /** Replaces `maxBodyBytes`, in bytes. */
  readonly maxBodyBytes?: number;
}

/** Owns its connections. Keeps no cookies, follows no redirect (a token must not travel on), repeats nothing. */
export class JsonClient {
  readonly #options: JsonClientOptions;
  readonly #dispatcher: Dispatcher;
  #closed = false;

  constructor(options: JsonClientOptions) {
    this.#options = options;
    const connect = { timeout: connectTimeoutMs };
    this.#dispatcher =
      options.proxyUrl === null
        ? new Agent({ connect })
        : new ProxyAgent({ uri: options.proxyUrl, connect, requestTls: connect, proxyTls: connect });
  }

  /**
   * Asks once. Resolves with any status; a body that is no JSON is told in `flaw`.
   * @throws {AppError} `aborted` when the signal fires or the client is closed, `timeout`, `network`.
   */
  async send(call: HttpCall): Promise<HttpAnswer> {
    const { userAgent, clock } = this.#options;
    const headers: Record<string, string> = {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      authorization: `Bearer ${call.token}`,
    };
    const body = call.form === undefined ? null : encodeForm(call.form);
    if (body !== null) headers['content-type'] = 'application/x-www-form-urlencoded';
    try {
      const response = await request(this.#url(call), {
        dispatcher: this.#dispatcher,
        method: call.method,
        headers,
        body,
        signal: call.signal,
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyTimeoutMs,
      });
      const header = (name: string): string | null => joined(response.headers[name]);
      const read = await readJson(response, header, this.#options.maxBodyBytes ?? maxBodyBytes);
      const pauseMs = retryAfterMs(header('retry-after'), clock.now());
      return { status: response.statusCode, ...read, retryAfterMs: pauseMs, header };
    } catch (thrown) {
      throw this.#toAppError(thrown, call.signal);
    }
  }

  /** Breaks off whatever runs. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#dispatcher.destroy();
  }

  #url(call: HttpCall): string {
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    return `${this.#options.baseUrl}${call.path}${query}`;
  }

  #toAppError(thrown: unknown, signal: AbortSignal): AppError {
    if (thrown instanceof AppError) return thrown;
    if (this.#closed || signal.aborted) {
      return new AppError('aborted', 'The request was given up by its caller.', { cause: thrown });
    }
    const { host } = new URL(this.#options.baseUrl);
    const code = errorCode(thrown);
    const context = { host, reason: code };
    if (code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT') {
      return new AppError('timeout', `${host} did not answer in time.`, { retry: 'wait', context });
    }
    if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
      return new AppError('bad-answer', `${host} does not speak HTTP.`, { retry: 'wait', context });
    }
    const way = this.#options.proxyUrl === null ? '' : ' through the proxy';
    return new AppError('network', `${host} cannot be reached${way} (${code}).`, { retry: 'wait', context });
  }
}

type ReadBody = Pick<HttpAnswer, 'json' | 'flaw' | 'isPage'>;

async function readJson(
  response: Dispatcher.ResponseData,
  header: (name: string) => string | null,
  maxBytes: number,
): Promise<ReadBody> {
  const type = header('content-type')?.toLowerCase() ?? '';
  const isPage = type.includes('html');
  const flawed = (flaw: string): ReadBody => ({ json: undefined, flaw, isPage });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) return flawed(`it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (response.statusCode === 204) return { json: undefined, flaw: null, isPage: false };
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding !== 'identity')
    return flawed(`it is encoded as ${encoding.slice(0, 20)}, which was not asked for`);
  if (length === 0) return flawed('it is empty');
  if (isPage) return flawed('it is a web page');
  if (type !== '' && !type.includes('json') && !type.startsWith('text/plain')) return flawed(`it is no JSON`);
  try {
    return { json: JSON.parse(Buffer.concat(chunks).toString('utf8')), flaw: null, isPage: false };
  } catch {
    return flawed('it is no whole JSON');
  }
}

function encodeForm(form: readonly (readonly [string, string])[]): string {
  return new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
}

function joined(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  return typeof header === 'string' ? header : header.join(', ');
}

/** The machine's name for what went wrong, also where a list of attempts or a cause carries it. */
function errorCode(thrown: unknown): string {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
    if ('code' in error && typeof error.code === 'string') return error.code;
  }
  return 'unknown';
}

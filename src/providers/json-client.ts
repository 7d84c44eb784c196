/** One HTTP client for JSON services: bounded in time and size, and silent about secrets. */
import { createRequire } from 'node:module';
import type Undici from 'undici';
import type { Dispatcher } from 'undici';
import { systemClock, type Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { CallDeadline } from './call-deadline.js';
import { retryAfterMs } from './retry-after.js';

/** Time to a connection, TLS included. A host that takes longer is of no use to a reader. */
const connectTimeoutMs = 10_000;
/** Time to the first header: a listing of 5,000 entries is put together before it is sent. */
const headersTimeoutMs = 60_000;
/** Longest silence within a body. */
const bodyTimeoutMs = 30_000;
/**
 * Largest body. The largest lawful one is a TorBox page: 1,000 entries of 300 files of 700 bytes are 210 MB; a page of
 * 5,000 entries of Real-Debrid with 50 links each is 15 MB.
 */
const maxBodyBytes = 256 * 1024 * 1024;
/**
 * Most values in a body, counted with `countValues`: a JSON of 20 MB can fill gigabytes. The largest lawful ones are that TorBox
 * page, 300,000 files of 11 fields, and 100,000 magnets of AllDebrid with 12 files each. An empty object takes three bytes in a body
 * and 67 in memory (measured 2026-11): 400 MB.
 */
const maxValues = 6_000_000;
/** So much is read of a body that is of no use, so that its connection may serve again. */
const maxUselessBytes = 64 * 1024;

export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base URL, `/` first. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as `application/x-www-form-urlencoded`. */
  readonly form?: readonly (readonly [name: string, value: string])[];
  /** Sent as it is, where there is neither of them. */
  readonly body?: Uint8Array;
  /** Of `body`, where it is to be told. */
  readonly contentType?: string;
  /** Sent as `application/json`, where there is no `form`. */
  readonly json?: object;
  /** Sent as `Authorization: Bearer`; null for a call that needs none. */
  readonly token: string | null;
  /** Sent as it is; none unless told. Secret. */
  readonly cookie?: string;
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
  /** What deadlines are kept by; the machine's unless told. */
  readonly timer?: Pick<Clock, 'after' | 'monotonic'>;
  /** Hears of every call: the status of its answer, or `failed`, and how long it took. */
  readonly onAnswer?: (outcome: number | 'failed', seconds: number) => void;
  /** Loads the client underneath; undici unless a test knows better. */
  readonly load?: () => typeof Undici;
}

/** Owns its connections. Keeps no cookies, follows no redirect (a token must not travel on), repeats nothing. */
export class JsonClient {
  readonly #options: JsonClientOptions;
  /** Null before the first call, by which what it takes is loaded, so that no mount waits for it; and again where that failed. */
  #connections: Connections | null = null;
  #closed = false;

  constructor(options: JsonClientOptions) {
    this.#options = options;
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
    };
    if (call.token !== null) headers['authorization'] = `Bearer ${call.token}`;
    if (call.cookie !== undefined) headers['cookie'] = call.cookie;
    const { type, body } = encodeBody(call);
    if (type !== null) headers['content-type'] = type;
    const deadline = new CallDeadline(this.#options.timer ?? systemClock);
    const startMs = performance.now();
    let outcome: number | 'failed' = 'failed';
    try {
      if (this.#closed) throw givenUp();
      const { request, dispatcher } = (this.#connections ??= connect(this.#options));
      const response = await request(this.#url(call), {
        dispatcher,
        method: call.method,
        headers,
        body,
        signal: AbortSignal.any([call.signal, deadline.signal]),
        headersTimeout: headersTimeoutMs,
        bodyTimeout: bodyTimeoutMs,
      });
      deadline.headCame();
      const header = (name: string): string | null => joined(response.headers[name]);
      const read = await readJson(response, header, this.#options.maxBodyBytes ?? maxBodyBytes, deadline);
      outcome = response.statusCode;
      const pauseMs = retryAfterMs(header('retry-after'), clock.now());
      return { status: response.statusCode, ...read, retryAfterMs: pauseMs, header };
    } catch (thrown) {
      throw this.#toAppError(thrown, call.signal, deadline.signal.aborted);
    } finally {
      deadline.end();
      if (!call.signal.aborted) this.#options.onAnswer?.(outcome, (performance.now() - startMs) / 1000);
    }
  }

  /** Breaks off whatever runs. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#connections?.dispatcher.destroy();
  }

  #url(call: HttpCall): string {
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    return `${this.#options.baseUrl}${call.path}${query}`;
  }

  #toAppError(thrown: unknown, signal: AbortSignal, isLate: boolean): AppError {
    if (this.#closed || signal.aborted) {
      return givenUp(thrown);
    }
    const { host } = new URL(this.#options.baseUrl);
    const code = isLate ? 'DEADLINE_TIMEOUT' : errorCode(thrown);
    const context = { host, reason: code };
    if (code.endsWith('_TIMEOUT') || code === 'ETIMEDOUT') {
      return new AppError('timeout', `${host} did not answer in time.`, { retry: 'wait', context });
    }
    if (code.startsWith('HPE_') || notHttp.has(code)) {
      return new AppError('bad-answer', `${host} does not speak HTTP.`, { retry: 'wait', context });
    }
    const way = this.#options.proxyUrl === null ? '' : ' through the proxy';
    return new AppError('network', `${host} cannot be reached${way} (${code}).`, { retry: 'wait', context });
  }
}

/** Codes of a client that was told no HTTP, `HPE_` of the parser's aside. */
const notHttp: ReadonlySet<string> = new Set([
  'HTTPParserError',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
]);

function givenUp(cause?: unknown): AppError {
  return new AppError('aborted', 'The request was given up by its caller.', { cause });
}

/** What calls are made through. */
interface Connections {
  readonly request: typeof Undici.request;
  readonly dispatcher: Dispatcher;
}

/** By `require`, because Node keeps for good that an `import` failed, for want of a descriptor say (observed, 20.20). */
const loadUndici = (): typeof Undici => createRequire(import.meta.url)('undici') as typeof Undici;

function connect({ proxyUrl, load = loadUndici }: JsonClientOptions): Connections {
  const { Agent, ProxyAgent, request } = load();
  const limits = { timeout: connectTimeoutMs };
  const dispatcher =
    proxyUrl === null
      ? new Agent({ connect: limits })
      : new ProxyAgent({ uri: proxyUrl, connect: limits, requestTls: limits, proxyTls: limits });
  return { request, dispatcher };
}

type ReadBody = Pick<HttpAnswer, 'json' | 'flaw' | 'isPage'>;

async function readJson(
  response: Dispatcher.ResponseData,
  header: (name: string) => string | null,
  maxBytes: number,
  deadline: CallDeadline,
): Promise<ReadBody> {
  const isPage = (header('content-type') ?? '').toLowerCase().includes('html');
  const flawed = (flaw: string): ReadBody => ({ json: undefined, flaw, isPage });
  const useless = flawOfHead(header);
  const chunks: Buffer[] = [];
  let length = 0;
  let values = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    deadline.received(chunk.length);
    if (useless !== null && length > maxUselessBytes) break;
    if (length > maxBytes) return flawed(`it is larger than ${maxBytes} bytes`);
    values += countValues(chunk);
    if (values > maxValues) return flawed(`it holds more than ${maxValues} values`);
    if (useless === null) chunks.push(chunk);
  }
  if (response.statusCode === 204) return { json: undefined, flaw: null, isPage: false };
  // Real-Debrid says so that a thing is done already (documented).
  if (response.statusCode === 202 && length === 0) return { json: undefined, flaw: null, isPage: false };
  if (length === 0) return flawed('it is empty');
  if (useless !== null) return flawed(useless);
  try {
    // The mark of byte order, which some programs put first, is left out by the decoder.
    const text = new TextDecoder().decode(Buffer.concat(chunks.splice(0)));
    return { json: JSON.parse(text), flaw: null, isPage: false };
  } catch {
    return flawed('it is no whole JSON');
  }
}

/** Why a body cannot be JSON, as its head tells; null where it can. */
function flawOfHead(header: (name: string) => string | null): string | null {
  const encoding = header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') return `it is encoded as ${encoding.slice(0, 20)}, which was not asked for`;
  const type = header('content-type')?.toLowerCase() ?? '';
  if (type.includes('html')) return 'it is a web page';
  return type === '' || type.includes('json') || type.startsWith('text/plain') ? null : 'it is no JSON';
}

/** At least as many values as a JSON text has, but for one: what begins or separates them, in strings too. */
function countValues(text: Buffer): number {
  let count = 0;
  // Ten times as fast as an iterator, which for a listing of 100 MB would hold up the kernel for a second.
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === 0x2c || byte === 0x5b || byte === 0x7b) count += 1;
  }
  return count;
}

interface EncodedBody {
  readonly type: string | null;
  readonly body: string | Uint8Array | null;
}

function encodeBody({ form, json, body, contentType }: HttpCall): EncodedBody {
  if (form !== undefined) {
    const pairs = form.map(([name, value]): [string, string] => [name, value]);
    return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(pairs).toString() };
  }
  return json === undefined
    ? { type: contentType ?? null, body: body ?? null }
    : { type: 'application/json', body: JSON.stringify(json) };
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
    // Whose code is missing for most of what it cannot parse (observed, undici 7.30).
    if (error.name === 'HTTPParserError') return error.name;
  }
  return 'unknown';
}

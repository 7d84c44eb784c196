import { request, type Dispatcher } from 'undici';
import { ObservedFailure, type Observation } from './observation.js';

/** Time to the first header. File hosts answer within a second; a cold store may take some. */
const headersTimeoutMs = 20_000;
/** Longest silence within a body. Progress counts, not the time as a whole. */
const bodyTimeoutMs = 15_000;
/** Services redirect at most once in practice. */
const maxRedirects = 3;

export interface RangeRequest {
  /** Secret. */
  readonly url: string;
  /** First byte wanted. */
  readonly start: number;
  /** Size of the whole file in bytes; the range goes to its end. */
  readonly size: number;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

/** An open body: the bytes from `start` on, to be read in order. Ending the iteration ends the request. */
export interface RangeBody {
  /** Host and port that serve it. */
  readonly host: string;
  readonly chunks: AsyncIterable<Buffer>;
  /** Breaks the request off. */
  destroy(): void;
}

/**
 * Asks for the bytes from `start` to the end of the file, and checks the answer before any byte is taken from it: status,
 * Content-Range, length, encoding and type. The only place that knows HTTP's inclusive ends.
 * @throws {ObservedFailure} what was seen instead; `AbortError` when the signal fires.
 */
export async function openRange(wanted: RangeRequest): Promise<RangeBody> {
  let url = new URL(wanted.url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(url, wanted);
    const location = response.headers['location'];
    if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string') {
      response.body.destroy();
      const next = URL.canParse(location, url.href) ? new URL(location, url.href) : null;
      const isHttp = next?.protocol === 'http:' || next?.protocol === 'https:';
      if (next === null || !isHttp || redirects >= maxRedirects) throw wrong('range');
      url = next;
      continue;
    }
    const observation = await check(response, wanted);
    if (observation !== null) {
      response.body.destroy();
      throw new ObservedFailure(observation);
    }
    return {
      host: url.host,
      chunks: bodyOf(response, wanted.size - wanted.start, wanted.signal),
      destroy: () => void response.body.destroy(),
    };
  }
}

async function send(url: URL, { start, dispatcher, signal }: RangeRequest): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, {
      dispatcher,
      signal,
      method: 'GET',
      headers: { range: `bytes=${start}-`, 'accept-encoding': 'identity', 'user-agent': 'debridfs' },
      headersTimeout: headersTimeoutMs,
      bodyTimeout: bodyTimeoutMs,
    });
  } catch (thrown) {
    throw observed(thrown, 0, signal);
  }
}

async function check(
  response: Dispatcher.ResponseData,
  { start, size }: RangeRequest,
): Promise<Observation | null> {
  const { statusCode: status, headers } = response;
  const header = (name: string): string => {
    const value = headers[name];
    return (typeof value === 'string' ? value : (value?.join(',') ?? '')).toLowerCase();
  };
  const isPage = /text\/html|application\/json|xml/.test(header('content-type'));
  if (status !== 206 && status !== 200) {
    const retryAfter = Number(header('retry-after'));
    return {
      kind: 'refused',
      status,
      xError: header('x-error') === '' ? null : header('x-error'),
      isPage,
      words: await firstWords(response),
      retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null,
    };
  }
  if (isPage) return { kind: 'wrong-answer', what: 'web page' };
  if (!['', 'identity'].includes(header('content-encoding')))
    return { kind: 'wrong-answer', what: 'encoding' };
  const length = header('content-length');
  if (length !== '' && Number(length) !== size - start) {
    return { kind: 'wrong-answer', what: status === 200 && start > 0 ? 'whole file' : 'length' };
  }
  if (status === 200)
    return start === 0 && length !== '' ? null : { kind: 'wrong-answer', what: 'whole file' };
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header('content-range'));
  if (range === null || Number(range[1]) !== start || Number(range[2]) !== size - 1)
    return { kind: 'wrong-answer', what: 'range' };
  return range[3] === String(size) || range[3] === '*' ? null : { kind: 'wrong-answer', what: 'size' };
}

/** The body's bytes, exactly as many as promised: fewer are a failure, more are cut off. */
async function* bodyOf(
  response: Dispatcher.ResponseData,
  length: number,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let bytes = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      const fitting = chunk.length <= length - bytes ? chunk : chunk.subarray(0, length - bytes);
      bytes += fitting.length;
      yield fitting;
      if (bytes === length) return;
    }
  } catch (thrown) {
    throw observed(thrown, bytes, signal);
  }
  throw new ObservedFailure({ kind: 'broken', code: 'short body', bytes });
}

async function firstWords(response: Dispatcher.ResponseData): Promise<string> {
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>)
      return chunk.subarray(0, 500).toString('latin1');
  } catch {
    // The status says enough.
  }
  return '';
}

function observed(thrown: unknown, bytes: number, signal: AbortSignal): unknown {
  if (signal.aborted || thrown instanceof ObservedFailure) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown';
  const isStall = code.endsWith('_TIMEOUT') && code !== 'UND_ERR_CONNECT_TIMEOUT';
  return new ObservedFailure(isStall ? { kind: 'stalled', bytes } : { kind: 'broken', code, bytes });
}

function wrong(what: Extract<Observation, { kind: 'wrong-answer' }>['what']): ObservedFailure {
  return new ObservedFailure({ kind: 'wrong-answer', what });
}

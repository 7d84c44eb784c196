import type { Readable } from 'node:stream';
import { errors, request, type Dispatcher } from 'undici';
import type { BandwidthShare } from './bandwidth.js';
import { rangeHeader } from './http-range.js';
import { ObservedFailure, type Observation } from './observation.js';
import { checkHead, refusalOf, type ResponseHead, type Wanted } from './response-check.js';

/**
 * Longest time to the head of a response, and longest silence within a body, in milliseconds. File hosts answer within
 * a second; two tries, a new link and one more try of 10 s each leave a reader of 60 s patience half of it for another
 * account.
 */
const silenceMs = 10_000;
/** Documented practice of clients: hosts redirect once (TorBox); more is a loop. */
const maxRedirects = 3;
/** So much of a refusal's body is read to find out why: bytes, and pieces, because it may come in drops. */
const refusal = { bytes: 2048, pieces: 4 };

export interface RangeRequest extends Wanted {
  /** Secret. */
  readonly url: string;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
  /** Hears of the bytes of bodies as they come, also of those that nobody takes. */
  readonly onReceived: (bytes: number) => void;
  /** What the body's bytes wait for; null: nothing. */
  readonly share: BandwidthShare | null;
}

/** An open body: promised bytes from the wanted start on, to be read in order. */
export interface RangeBody {
  /** Exactly the promised bytes, which may be fewer than wanted; a failure where fewer or more come. */
  readonly bytes: AsyncIterable<Buffer>;
  /** Ends the request, if it has not ended. To be called whatever became of it: it counts what nobody took. */
  destroy(): void;
}

/**
 * Sends one ranged GET, follows redirects, and checks the answer before any byte is taken from it. The body is read under
 * back-pressure: what is not taken is not sent.
 * @throws {ObservedFailure} what was seen instead; the signal's reason when it fires.
 */
export async function openRange(wanted: RangeRequest): Promise<RangeBody> {
  let url = parseUrl(wanted.url);
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await send(url, wanted);
    const head = { status: response.statusCode, headers: response.headers };
    const check = checkHead(head, wanted);
    switch (check.kind) {
      case 'accepted': {
        const promise = { length: check.end - wanted.start, mayGoOn: check.bodyEnd > check.end };
        let isOpen = true;
        return {
          bytes: promisedBytes(response.body, promise, wanted),
          destroy: () => {
            if (isOpen) discard(response.body, wanted);
            isOpen = false;
          },
        };
      }
      case 'redirect':
        discard(response.body, wanted);
        url = parseUrl(check.location, url);
        break;
      case 'refused':
        throw new ObservedFailure(await readRefusal(head, response.body, wanted));
      case 'failed':
        discard(response.body, wanted);
        throw new ObservedFailure(check.seen);
    }
  }
  throw new ObservedFailure({ kind: 'bad-redirect' });
}

async function send(url: URL, wanted: RangeRequest): Promise<Dispatcher.ResponseData> {
  const { start, end, size, dispatcher, signal } = wanted;
  try {
    return await request(url, {
      dispatcher,
      signal,
      headers: {
        range: rangeHeader(start, end, size),
        'accept-encoding': 'identity',
        'user-agent': 'debridfs',
      },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new ObservedFailure(beforeHead(thrown));
  }
}

async function* promisedBytes(
  body: AsyncIterable<Buffer>,
  { length, mayGoOn }: { readonly length: number; readonly mayGoOn: boolean },
  { signal, onReceived, share }: RangeRequest,
): AsyncIterable<Buffer> {
  let left = length;
  try {
    for await (const bytes of body) {
      onReceived(bytes.length);
      if (bytes.length > left && !mayGoOn) throw new ObservedFailure({ kind: 'overlong' });
      const inside = bytes.subarray(0, left);
      left -= inside.length;
      if (inside.length === 0) continue;
      // Nothing more is taken meanwhile, so the host is held back; the connection's time-outs stand still while it is.
      const wait = share === null ? null : share.draw(bytes.length, signal);
      if (wait !== null) await wait;
      yield inside;
      if (left === 0 && mayGoOn) return;
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof ObservedFailure) throw thrown;
    throw new ObservedFailure({ kind: codeOf(thrown) === 'UND_ERR_BODY_TIMEOUT' ? 'stalled' : 'cut' });
  }
  if (left > 0) throw new ObservedFailure({ kind: 'cut' });
}

async function readRefusal(head: ResponseHead, body: Readable, wanted: RangeRequest): Promise<Observation> {
  let text = '';
  let pieces = 0;
  try {
    for await (const bytes of body as AsyncIterable<Buffer>) {
      wanted.onReceived(bytes.length);
      text += bytes.toString('latin1', 0, refusal.bytes - text.length);
      pieces += 1;
      if (text.length >= refusal.bytes || pieces >= refusal.pieces) break;
    }
  } catch {
    // The status alone has to say why.
  }
  discard(body, wanted);
  return refusalOf(head, text);
}

/** What an error before the head of a response means. */
function beforeHead(thrown: unknown): Observation {
  const code = codeOf(thrown);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return { kind: 'silent' };
  if (thrown instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW')
    return { kind: 'garbled' };
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') return { kind: 'cut' };
  return { kind: 'unreachable' };
}

/** An address that may be asked. */
function parseUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new ObservedFailure({ kind: 'bad-redirect' });
  return url;
}

/** Ends a body that nobody reads to its end, which it would report as an error, and counts what came of it; only once. */
function discard(body: Readable, { onReceived }: RangeRequest): void {
  if (body.readableLength > 0) onReceived(body.readableLength);
  body.on('error', () => undefined).destroy();
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

import type { Readable } from 'node:stream';
import { errors, request, type Dispatcher } from 'undici';
import type { Clock } from '../core/clock.js';
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
/** A block that comes more slowly than this, in milliseconds, comes in drops: at 6.5 kB/s nothing can be played. */
const blockTimeoutMs = 20_000;
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
  readonly clock: Clock;
}

/** An open body: promised bytes from the wanted start on, which may be fewer than wanted, to be taken in order. */
export interface RangeBody {
  /**
   * Fills a buffer with the next bytes. @returns how many they are: fewer than it holds only where the promised ones end.
   * @throws {ObservedFailure} where fewer or more than the promised ones come, or they come too slowly; the signal's reason.
   */
  fill(into: Buffer): Promise<number>;
  /** Waits until the body ends, which is where the promised bytes do. @throws {ObservedFailure} */
  finish(): Promise<void>;
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
        return new PromisedBody(response.body, promise, wanted);
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

const nothing = Buffer.alloc(0);

/** The body of a response, up to where its bytes were promised. */
class PromisedBody implements RangeBody {
  readonly #body: Readable;
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #mayGoOn: boolean;
  readonly #wanted: RangeRequest;
  /** What came and was not taken yet. */
  #rest: Buffer = nothing;
  /** Promised bytes that have not come. */
  #left: number;
  #isOpen = true;

  /** @param promise how many bytes, and whether the body holds others behind them. */
  constructor(
    body: Readable,
    { length, mayGoOn }: { readonly length: number; readonly mayGoOn: boolean },
    wanted: RangeRequest,
  ) {
    this.#body = body;
    this.#pieces = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    this.#left = length;
    this.#mayGoOn = mayGoOn;
    this.#wanted = wanted;
  }

  async fill(into: Buffer): Promise<number> {
    const sinceMs = this.#hostMs();
    let filled = 0;
    while (filled < into.length) {
      if (this.#rest.length === 0 && !(await this.#next())) break;
      const copied = this.#rest.copy(into, filled);
      filled += copied;
      this.#rest = this.#rest.subarray(copied);
      if (this.#hostMs() - sinceMs > blockTimeoutMs && filled < into.length)
        throw new ObservedFailure({ kind: 'stalled' });
    }
    return filled;
  }

  async finish(): Promise<void> {
    while (await this.#next());
  }

  destroy(): void {
    if (this.#isOpen) discard(this.#body, this.#wanted);
    this.#isOpen = false;
  }

  /** Takes the next promised bytes; false where there are none. */
  async #next(): Promise<boolean> {
    const { signal, onReceived, share } = this.#wanted;
    if (this.#left === 0 && this.#mayGoOn) return false;
    let piece;
    try {
      piece = await this.#pieces.next();
    } catch (thrown) {
      signal.throwIfAborted();
      throw new ObservedFailure({ kind: codeOf(thrown) === 'UND_ERR_BODY_TIMEOUT' ? 'stalled' : 'cut' });
    }
    if (piece.done === true) {
      if (this.#left > 0) throw new ObservedFailure({ kind: 'cut' });
      return false;
    }
    const bytes = piece.value;
    onReceived(bytes.length);
    if (bytes.length > this.#left && !this.#mayGoOn) throw new ObservedFailure({ kind: 'overlong' });
    this.#rest = bytes.subarray(0, this.#left);
    this.#left -= this.#rest.length;
    // Nothing more is taken meanwhile, so the host is held back; the connection's time-outs stand still while it is.
    await share?.draw(bytes.length, signal);
    return true;
  }

  /** A monotonic clock that stands still while the bytes wait for bandwidth, in milliseconds: what the host is held to. */
  #hostMs(): number {
    const { clock, share } = this.#wanted;
    return clock.monotonic() - (share?.waitedMs ?? 0);
  }
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

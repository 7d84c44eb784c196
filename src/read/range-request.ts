import type { Clock } from '../core/clock.js';
import type { BandwidthShare } from './bandwidth.js';
import { rangeHeader } from './http-range.js';
import type { HttpBody, HttpClient, HttpResponse } from './http/client.js';
import { ObservedFailure } from './observation.js';
import { checkHead, refusalOf, type Wanted } from './response-check.js';

/** Documented practice of clients: hosts redirect once (TorBox); more is a loop. */
const maxRedirects = 3;
/** A block that comes more slowly than this, in milliseconds, comes in drops: at 6.5 kB/s nothing can be played. */
const blockTimeoutMs = 20_000;
/**
 * So much is read of a body that is none of the file: bytes, pieces, because it may come in drops, and milliseconds. Of a refusal, to find
 * out why; of a redirect, so that its connection serves again.
 */
const aside = { bytes: 2048, pieces: 4, ms: 1_000 };
/** What is taken at once where bandwidth is limited, in bytes. */
const pieceBytes = 16 * 1024;

export interface RangeRequest extends Wanted {
  /** Secret. */
  readonly url: string;
  readonly client: HttpClient;
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
   * Fills a buffer with the next bytes. @returns how many they are: fewer than it holds where the promised ones end, or something
   * went wrong, which the next call throws; none only where the promised ones have ended.
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
    const check = checkHead(response.head, wanted);
    switch (check.kind) {
      case 'accepted': {
        const promise = { length: check.end - wanted.start, mayGoOn: check.bodyEnd > check.end };
        return new PromisedBody(response.body, promise, wanted);
      }
      case 'redirect':
        await readAside(response.body, wanted);
        url = parseUrl(check.location, url);
        break;
      case 'refused':
        throw new ObservedFailure(refusalOf(response.head, await readAside(response.body, wanted)));
      case 'failed':
        discard(response.body, wanted);
        throw new ObservedFailure(check.seen);
    }
  }
  throw new ObservedFailure({ kind: 'bad-redirect' });
}

async function send(url: URL, { client, start, end, size, signal }: RangeRequest): Promise<HttpResponse> {
  const range = rangeHeader(start, end, size);
  return client.get(url, { range, 'accept-encoding': 'identity', 'user-agent': 'debridfs' }, signal);
}

/** The body of a response, up to where its bytes were promised. */
class PromisedBody implements RangeBody {
  readonly #body: HttpBody;
  readonly #mayGoOn: boolean;
  readonly #wanted: RangeRequest;
  /** Promised bytes that have not come. */
  #left: number;

  /** @param promise how many bytes, and whether the body holds others behind them. */
  constructor(
    body: HttpBody,
    { length, mayGoOn }: { readonly length: number; readonly mayGoOn: boolean },
    wanted: RangeRequest,
  ) {
    this.#body = body;
    this.#left = length;
    this.#mayGoOn = mayGoOn;
    this.#wanted = wanted;
  }

  async fill(into: Buffer): Promise<number> {
    const { share, signal, onReceived } = this.#wanted;
    const end = Math.min(into.length, this.#left);
    const sinceMs = this.#hostMs();
    const isInTime = (): boolean => this.#hostMs() - sinceMs <= blockTimeoutMs;
    let filled = 0;
    while (filled < end) {
      const wanted = into.subarray(filled, share === null ? end : Math.min(end, filled + pieceBytes));
      const count = await this.#body.fill(wanted, isInTime);
      onReceived(count);
      filled += count;
      this.#left -= count;
      if (!isInTime() && filled < end) throw new ObservedFailure({ kind: 'stalled' });
      if (count < wanted.length && filled > 0) return filled;
      if (count === 0) throw new ObservedFailure({ kind: 'cut' });
      // Nothing more is taken meanwhile, so the host is held back.
      await share?.draw(count, signal);
    }
    return filled;
  }

  async finish(): Promise<void> {
    if (this.#mayGoOn) return;
    const more = await this.#body.fill(Buffer.alloc(1));
    this.#wanted.onReceived(more);
    if (more > 0) throw new ObservedFailure({ kind: 'overlong' });
  }

  destroy(): void {
    discard(this.#body, this.#wanted);
  }

  /** A monotonic clock that stands still while the bytes wait for bandwidth, in milliseconds: what the host is held to. */
  #hostMs(): number {
    const { clock, share } = this.#wanted;
    return clock.monotonic() - (share?.waitedMs ?? 0);
  }
}

/** The start of a body that is none of the file. What there is more of it is ended. */
async function readAside(body: HttpBody, wanted: RangeRequest): Promise<string> {
  const bytes = Buffer.alloc(aside.bytes);
  let filled = 0;
  let pieces = 0;
  const cancel = wanted.clock.after(aside.ms, () => void body.destroy());
  try {
    filled = await body.fill(bytes, () => (pieces += 1) < aside.pieces);
    wanted.onReceived(filled);
  } catch {
    // The head alone has to say what is to be said.
  } finally {
    cancel();
  }
  discard(body, wanted);
  return bytes.toString('latin1', 0, filled);
}

/** Ends what is left of a body, and counts what came of it. */
function discard(body: HttpBody, { onReceived }: RangeRequest): void {
  const untaken = body.destroy();
  if (untaken > 0) onReceived(untaken);
}

/** An address that may be asked. */
function parseUrl(text: string, base?: URL): URL {
  const url = URL.canParse(text, base?.href) ? new URL(text, base?.href) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new ObservedFailure({ kind: 'bad-redirect' });
  return url;
}

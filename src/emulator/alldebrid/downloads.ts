import { encodeComponent, fileReply } from '../file-reply.js';
import type { Handler } from '../listener.js';
import { htmlReply, textReply, type ReceivedRequest, type Reply } from '../reply.js';
import { SlidingLog } from '../sliding-log.js';
import type { StandInContext } from '../stand-in.js';
import type { AllDebridKnobs } from './knobs.js';
import type { Magnets } from './magnets.js';
import type { Account, Download, Served } from './state.js';

/** Requests under way for one URL before "too many chunks" (`max_chunks` of the API). */
const maxPerUrl = 16;
/** Requests under way for one address before "rate limiting" (32 said by staff, 2024-05). */
const maxPerAddress = 32;
/** New requests a second and address before "rate limiting" (a choice; observed reports of hundreds of 429 a minute). */
const requestLimit = { requests: 20, windowMs: 1000, countRefused: false };

/** What unlock has made, and the host that serves it. */
export class Downloads {
  readonly #context: StandInContext;
  readonly #knobs: AllDebridKnobs;
  readonly #magnets: Magnets;
  readonly #byId = new Map<string, Download>();
  // INVARIANT: requests under way per URL and per address.
  readonly #running = new Map<string, number>();
  readonly #requests = new SlidingLog();

  constructor(context: StandInContext, knobs: AllDebridKnobs, magnets: Magnets) {
    this.#context = context;
    this.#knobs = knobs;
    this.#magnets = magnets;
  }

  readonly handler: Handler = {
    account: (request) => this.#download(request)?.account.key ?? null,
    handle: (request) => this.#serve(request),
  };

  /** A new URL for a file, for the address that asks. */
  make(account: Account, served: Served, clientIp: string): Download {
    const id = this.#magnets.newLinkId();
    const name = encodeComponent(served.name);
    const url = `${this.#context.origin('ad-cdn')}/dl/${id}/${name}`;
    const bornMs = this.#context.clock.now();
    const download: Download = { id, served, account, url, bornMs, clientIp, expired: false };
    this.#byId.set(id, download);
    return download;
  }

  expireAll(): void {
    for (const download of this.#byId.values()) download.expired = true;
  }

  #download(request: ReceivedRequest): Download | undefined {
    return this.#byId.get(/^\/dl\/([a-z0-9]+)/.exec(request.path)?.[1] ?? '');
  }

  #serve(request: ReceivedRequest): Reply {
    const { clock, torrents, rateLimits } = this.#context;
    const download = this.#download(request);
    const ageMs = clock.now() - (download?.bornMs ?? 0);
    if (download === undefined || download.expired || ageMs >= this.#knobs.downloadLifetimeMs) {
      return htmlReply(404, 'File not found');
    }
    const { name, source, hash } = download.served;
    if (hash !== null && torrents.isEvicted('alldebrid', hash)) return htmlReply(404, 'File not found');
    if (this.#knobs.bindAddress && download.clientIp !== request.clientIp) {
      return htmlReply(403, 'Server not allowed');
    }
    const places = [`url ${download.id}`, `address ${request.clientIp}`] as const;
    const [onUrl, onAddress] = places.map((place) => this.#running.get(place) ?? 0);
    const isTooFast =
      rateLimits() && !this.#requests.admit(request.clientIp, clock.elapsed(), [requestLimit]);
    if (isTooFast || (onAddress ?? 0) >= maxPerAddress) {
      return textReply(429, 'text/html', 'rate limiting, please retry');
    }
    if ((onUrl ?? 0) >= maxPerUrl) return textReply(416, 'text/html', 'too many chunks');
    for (const place of places) this.#running.set(place, (this.#running.get(place) ?? 0) + 1);
    const reply = fileReply(request, name, source, () => {
      for (const place of places) this.#running.set(place, (this.#running.get(place) ?? 1) - 1);
    });
    return request.method === 'HEAD' ? withoutSize(reply) : reply;
  }
}

/** HEAD tells neither length nor ranges (observed in JDownloader's plugin). */
function withoutSize(reply: Reply): Reply {
  const headers = { 'Content-Type': reply.headers['Content-Type'] ?? 'application/octet-stream' };
  return { ...reply, status: 200, headers, omitLength: true };
}

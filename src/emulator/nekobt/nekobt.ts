import type { EmulatorClock } from '../clock.js';
import type { Handler } from '../listener.js';
import { htmlReply, jsonReply, Refused, bytesReply, type ReceivedRequest, type Reply } from '../reply.js';
import { SlidingLog } from '../sliding-log.js';
import type { Catalogue, CatalogueTorrent } from './catalogue.js';
import type { NekobtKnobs } from './knobs.js';
import { detailsOf, mediaOf, summaryOf } from './shapes.js';

const prefix = '/api/v1';
/** Nobody documents its limits; chosen. */
const limit = { requests: 60, windowMs: 60_000, countRefused: false } as const;
/** Every so many refusals come from the edge, as a page. */
const refusalsPerPage = 4;
const infohash = /^[\da-f]{40}$/i;

export interface NekobtContext {
  readonly clock: EmulatorClock;
  readonly rateLimits: () => boolean;
}

/** The catalogue of anime: what a torrent is, and which torrents there are. It has no accounts, only keys. */
export class Nekobt {
  readonly handler: Handler = { account: keyOf, handle: (request) => this.#handle(request) };
  readonly #catalogue: Catalogue;
  readonly #context: NekobtContext;
  readonly #knobs: NekobtKnobs;
  readonly #log = new SlidingLog();
  #refusals = 0;

  constructor(catalogue: Catalogue, context: NekobtContext, knobs: NekobtKnobs) {
    this.#catalogue = catalogue;
    this.#context = context;
    this.#knobs = knobs;
  }

  #handle(request: ReceivedRequest): Reply {
    this.#admit(request.clientIp);
    const key = keyOf(request);
    if (key !== null && !(this.#catalogue.keys ?? []).includes(key)) throw refused(401, 'Unauthorized.');
    if (request.method !== 'GET' || !request.path.startsWith(prefix)) throw refused(404, 'Not Found');
    const path = request.path.slice(prefix.length);
    if (path === '/torrents/search') return this.#search(request.query);
    const [, kind, id = '', download] = /^\/(torrents|media)\/([^/]+)(\/download)?$/.exec(path) ?? [];
    if (kind === 'media' && download === undefined)
      return this.#media(id, request.query.get('force') === 'true');
    if (kind !== 'torrents') throw refused(404, 'Not Found');
    const listed = this.#torrent(id);
    if (download === undefined) return success(detailsOf(listed, this.#knobs));
    return bytesReply(200, { 'Content-Type': 'application/x-bittorrent' }, torrentFile(listed));
  }

  #search(query: URLSearchParams): Reply {
    const most = integer(query, 'limit', 50, 1, 100);
    const offset = integer(query, 'offset', 0, 0, Number.MAX_SAFE_INTEGER);
    const text = query.get('query') ?? '';
    const shown = this.#catalogue.torrents.filter(({ isWaiting }) => isWaiting !== true);
    const isHash = infohash.test(text);
    const matching = isHash
      ? shown.filter(({ torrent }) => torrent.hash === text.toLowerCase())
      : shown.filter(({ title }) => title.toLowerCase().includes(text.toLowerCase()));
    return success({
      results: matching.slice(offset, offset + most).map((listed) => summaryOf(listed, this.#knobs)),
      infohash_match: isHash ? (matching[0]?.id ?? null) : null,
      recommended_media: null,
      media: null,
      similar_media: null,
      more: offset + most < matching.length,
      search: { limit: most, offset, sort_by: 'best', category: 0 },
    });
  }

  #torrent(id: string): CatalogueTorrent {
    const listed = this.#catalogue.torrents.find((each) => each.id === id);
    if (listed === undefined) throw refused(404, 'Torrent not found.');
    if (listed.isWaiting === true) throw refused(403, 'Torrent is waiting for approval.');
    return listed;
  }

  #media(id: string, force: boolean): Reply {
    const media = this.#catalogue.media.find((each) => each.id === id);
    if (media === undefined) throw refused(404, 'Media not found.');
    const isListed = this.#catalogue.torrents.some(({ mediaId }) => mediaId === id);
    if (!isListed && !force) throw refused(400, 'No torrents found for this media.');
    return success(mediaOf(media, this.#knobs));
  }

  #admit(clientIp: string): void {
    const { clock, rateLimits } = this.#context;
    if (!rateLimits() || this.#log.admit(clientIp, clock.now(), [limit])) return;
    this.#refusals += 1;
    if (this.#refusals % refusalsPerPage === 0)
      throw new Refused(htmlReply(429, 'Error 1015: You are being rate limited', { 'retry-after': '4' }));
    const body = {
      error: true,
      message: 'Rate limit exceeded, try again in 12 seconds.',
      retry_after: 11.82,
    };
    throw new Refused(jsonReply(429, body));
  }
}

function success(data: object): Reply {
  return jsonReply(200, { error: false, data });
}

function refused(status: number, message: string, more: object = {}): Refused {
  return new Refused(jsonReply(status, { error: true, message, ...more }));
}

/** The key is a cookie (documented). */
function keyOf({ headers }: ReceivedRequest): string | null {
  return /(?:^|;\s*)ssid=([^;]*)/.exec(headers.cookie ?? '')?.[1] ?? null;
}

/** A number of the query, as its schema has it. @throws {Refused} with what the schema says. */
function integer(query: URLSearchParams, name: string, usual: number, least: number, most: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  const invalid = (keyword: string, says: string): Refused =>
    refused(400, `Data provided was invalid: '${name}' ${says}.`, {
      validate_errors: [
        { instancePath: `/${name}`, schemaPath: `#/properties/${name}/${keyword}`, keyword, message: says },
      ],
    });
  if (!/^-?\d+$/.test(text)) throw invalid('type', 'must be integer');
  const number = Number(text);
  if (number > most) throw invalid('maximum', `must be <= ${most}`);
  if (number < least) throw invalid('minimum', `must be >= ${least}`);
  return number;
}

/** Just enough of one to be sent: debridfs adds by magnet. */
function torrentFile({ torrent }: CatalogueTorrent): Buffer {
  const { name } = torrent;
  return Buffer.from(`d4:infod4:name${Buffer.byteLength(name)}:${name}ee`);
}

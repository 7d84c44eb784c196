import { fileReply } from '../file-reply.js';
import { baseName, sourceOf } from '../known-torrents.js';
import type { Handler } from '../listener.js';
import { htmlReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { HostName } from '../roles.js';
import type { StandInContext } from '../stand-in.js';
import type { TorBoxKnobs } from './knobs.js';
import type { Library } from './library.js';
import { cloudflarePage } from './replies.js';
import type { Account, Download, PresignedUrl } from './state.js';

const hosts: readonly HostName[] = ['tb-cdn-a', 'tb-cdn-b'];

/** Connections that one account may have (16 said by staff, 2024-06). */
const maxConnections = 16;

/** What `requestdl` has made, and the two hosts that serve it. */
export class Downloads {
  readonly #context: StandInContext;
  readonly #knobs: TorBoxKnobs;
  readonly #library: Library;
  readonly #byUuid = new Map<string, PresignedUrl>();
  // INVARIANT: requests under way per account.
  readonly #running = new Map<Account, number>();

  constructor(context: StandInContext, knobs: TorBoxKnobs, library: Library) {
    this.#context = context;
    this.#knobs = knobs;
    this.#library = library;
  }

  readonly handlers: readonly (readonly [HostName, Handler])[] = hosts.map((host) => [
    host,
    {
      account: (request) => this.#find(request)?.account.key ?? null,
      handle: (request) => this.#serve(request),
    },
  ]);

  /** A new URL; the hosts take turns. */
  make(account: Account, download: Download, fileIndex: number): string {
    const { prng, clock, origin } = this.#context;
    const [uuid, token] = [prng.uuid(), prng.uuid()];
    const host = hosts[this.#byUuid.size % hosts.length] ?? 'tb-cdn-a';
    const times = { bornMs: clock.now(), bornElapsedMs: clock.elapsed() };
    this.#byUuid.set(uuid, { uuid, token, account, download, fileIndex, ...times, expired: false });
    return `${origin(host)}/dld/${uuid}?token=${token}`;
  }

  expireAll(): void {
    for (const url of this.#byUuid.values()) url.expired = true;
  }

  #find(request: ReceivedRequest): PresignedUrl | undefined {
    return this.#byUuid.get(/^\/dld\/([0-9a-f-]+)$/.exec(request.path)?.[1] ?? '');
  }

  #serve(request: ReceivedRequest): Reply {
    const knobs = this.#knobs;
    if (knobs.cloudflarePages > 0) {
      knobs.cloudflarePages -= 1;
      return cloudflarePage();
    }
    if (knobs.badGateways > 0) {
      knobs.badGateways -= 1;
      return htmlReply(502, 'Bad gateway');
    }
    const url = this.#find(request);
    if (url === undefined) return htmlReply(404, 'Not Found');
    if (url.token !== request.query.get('token') || !this.#isValid(url)) {
      const text =
        'Invalid Presigned Token - This link is invalid. Please get a new download link from TorBox.';
      return htmlReply(400, text);
    }
    const { account, download, fileIndex } = url;
    const file = download.torrent.files[fileIndex];
    if (file === undefined || this.#library.isEvicted(download)) return htmlReply(404, 'Not Found');
    const running = this.#running.get(account) ?? 0;
    if (running >= maxConnections) return htmlReply(429, 'Too many connections');
    this.#running.set(account, running + 1);
    return fileReply(request, baseName(file.path), sourceOf(download.torrent, file), (bytesSent) => {
      this.#running.set(account, (this.#running.get(account) ?? 1) - 1);
      account.bytesServed += bytesSent;
    });
  }

  /** A URL is good a moment after it was made, and for some hours to start with. */
  #isValid({ expired, bornMs, bornElapsedMs }: PresignedUrl): boolean {
    const { clock } = this.#context;
    const isSettled = clock.elapsed() - bornElapsedMs >= this.#knobs.settleMs;
    return !expired && isSettled && clock.now() - bornMs < this.#knobs.downloadLifetimeMs;
  }
}

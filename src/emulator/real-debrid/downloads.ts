import { encodeComponent, fileReply } from '../file-reply.js';
import { generatedContent } from '../content.js';
import type { Handler } from '../listener.js';
import { htmlReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { HostName } from '../roles.js';
import type { StandInContext } from '../stand-in.js';
import type { RealDebridKnobs } from './knobs.js';
import type { Library } from './library.js';
import { parisDay } from './paris-time.js';
import type { Account, Download, ServedLink } from './state.js';

const hosts: readonly HostName[] = ['rd-cdn-a', 'rd-cdn-b', 'rd-cdn-c'];

/** Connections that one account may have to one host ("32 per server", said by staff). */
const maxConnections = 32;

/** What unrestrict has made, and the three hosts that serve it: any of them any code. */
export class Downloads {
  readonly #context: StandInContext;
  readonly #knobs: RealDebridKnobs;
  readonly #library: Library;
  readonly #byCode = new Map<string, Download>();
  // INVARIANT: requests under way per account and host.
  readonly #running = new Map<string, number>();
  #made = 0;

  constructor(context: StandInContext, knobs: RealDebridKnobs, library: Library) {
    this.#context = context;
    this.#knobs = knobs;
    this.#library = library;
  }

  readonly handlers: readonly (readonly [HostName, Handler])[] = hosts.map((host) => [
    host,
    {
      account: (request) => this.#download(request)?.account.key ?? null,
      handle: (request) => this.#serve(host, request),
    },
  ]);

  /** A new row and URL; the hosts take turns. */
  make(account: Account, link: ServedLink): Download {
    const code = this.#library.newId();
    const host = hosts[this.#made++ % hosts.length] ?? 'rd-cdn-a';
    const download: Download = {
      code,
      link,
      account,
      url: `${this.#context.origin(host)}/d/${code}/${encodeComponent(link.fileName)}`,
      generatedMs: this.#context.clock.now(),
      deleted: false,
      expired: false,
      servedBy: new Set(),
    };
    this.#byCode.set(code, download);
    account.downloads.set(code, download);
    return download;
  }

  isAlive(download: Download): boolean {
    const ageMs = this.#context.clock.now() - download.generatedMs;
    return !download.expired && ageMs < this.#knobs.downloadLifetimeMs;
  }

  expireAll(): void {
    for (const download of this.#byCode.values()) download.expired = true;
  }

  /** Whether an account has used up its bytes of today. */
  isOverQuota(account: Account): boolean {
    const { dailyQuotaBytes } = this.#knobs;
    return dailyQuotaBytes !== null && this.#servedToday(account).bytes >= dailyQuotaBytes;
  }

  #download(request: ReceivedRequest): Download | undefined {
    return this.#byCode.get(/^\/d\/([A-Z0-9]{13})/.exec(request.path)?.[1] ?? '');
  }

  #serve(host: HostName, request: ReceivedRequest): Reply {
    if (request.path.startsWith('/speedtest/testDefault.rar/')) {
      const tenGigabytes = generatedContent('speedtest', 'testDefault.rar', 10_000_000_000);
      return fileReply(request, 'testDefault.rar', tenGigabytes, () => undefined);
    }
    const download = this.#download(request);
    const lost = download?.deleted === true && !download.servedBy.has(host);
    if (download === undefined || lost || !this.isAlive(download)) {
      return failed(404, 'invalid_download_code', 'Your code is not or no longer valid');
    }
    const { account, link } = download;
    if (this.isOverQuota(account)) return failed(403, 'bytes_limit_reached', 'Traffic limit reached');
    if (link.hash !== null && this.#context.torrents.isEvicted('real-debrid', link.hash)) {
      return failed(404, 'file_unavailable', 'An error occured while processing your request');
    }
    const place = `${account.key} ${host}`;
    const running = this.#running.get(place) ?? 0;
    if (running >= maxConnections) return failed(503, 'too_many_attempts', 'Too many connections');
    this.#running.set(place, running + 1);
    download.servedBy.add(host);
    account.addresses.add(request.clientIp);
    if (account.addresses.size > 1) account.sharingWarnings += 1;
    return fileReply(request, link.fileName, link.source, (bytesSent) => {
      this.#running.set(place, (this.#running.get(place) ?? 1) - 1);
      this.#servedToday(account).bytes += bytesSent;
    });
  }

  #servedToday(account: Account): Account['served'] {
    const day = parisDay(this.#context.clock.now());
    if (account.served.day !== day) account.served = { day, bytes: 0 };
    return account.served;
  }
}

/** An error as the hosts tell it: `X-Error` and a page (observed in public clients). */
function failed(status: number, slug: string, text: string): Reply {
  return htmlReply(status, text, { 'X-Error': slug });
}

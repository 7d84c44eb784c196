import { fileReply, encodeComponent } from '../file-reply.js';
import { baseName } from '../known-torrents.js';
import type { Handler } from '../listener.js';
import { htmlReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { StandInContext } from '../stand-in.js';
import type { WorldLink } from '../world.js';
import type { StoragePortalKnobs } from './knobs.js';
import type { Account, PaidLink, RemoteStatus } from './state.js';

/** Of the time that a file takes, it is waited for so much before it begins to come (a choice). */
const pendingShare = 0.1;

/** What accounts have paid for: how it comes to the portal, and the host that serves it then. */
export class PaidLinks {
  readonly #context: StandInContext;
  readonly #knobs: StoragePortalKnobs;
  readonly #byId = new Map<string, PaidLink>();

  constructor(context: StandInContext, knobs: StoragePortalKnobs) {
    this.#context = context;
    this.#knobs = knobs;
  }

  readonly handler: Handler = {
    account: (request) => this.#named(request)?.account.key ?? null,
    handle: (request) => this.#serve(request),
  };

  /** Charges an account for a link and begins to fetch its file. */
  buy(account: Account, link: WorldLink): PaidLink {
    const { prng, clock } = this.#context;
    const fails = this.#knobs.failedFetches > 0;
    if (fails) this.#knobs.failedFetches -= 1;
    const id = prng.text('abcdefghijklmnopqrstuvwxyz0123456789', 6);
    const times = { bornMs: clock.now(), bornElapsedMs: clock.elapsed() };
    const paid: PaidLink = { id, account, link, ...times, fails, expired: false };
    this.#byId.set(id, paid);
    account.links.push(paid);
    account.trafficUsed += link.file.size;
    return paid;
  }

  /** Undefined where there is none, or not any more. */
  find(id: string): PaidLink | undefined {
    const paid = this.#byId.get(id);
    return paid !== undefined && this.isValid(paid) ? paid : undefined;
  }

  /** The link of an account that is used again for a URL. One that ended in `error` is not (a choice). */
  existing(account: Account, url: string): PaidLink | undefined {
    return account.links.find(
      (paid) => paid.link.url === url && this.isValid(paid) && this.status(paid) !== 'error',
    );
  }

  isValid({ expired, bornMs }: PaidLink): boolean {
    return !expired && this.#context.clock.now() - bornMs < this.#knobs.linkLifetimeMs;
  }

  status({ link, bornElapsedMs, fails }: PaidLink): RemoteStatus {
    const wholeMs = (link.file.size / this.#knobs.fetchBytesPerSecond) * 1000;
    const elapsedMs = this.#context.clock.elapsed() - bornElapsedMs;
    if (elapsedMs < wholeMs * pendingShare) return 'pending';
    if (elapsedMs < wholeMs) return 'downloading';
    return fails ? 'error' : 'done';
  }

  urlOf({ id, link }: PaidLink): string {
    return `${this.#context.origin('obb-cdn')}/download/${id}/${encodeComponent(baseName(link.file.path))}`;
  }

  expireAll(): void {
    for (const paid of this.#byId.values()) paid.expired = true;
  }

  #named(request: ReceivedRequest): PaidLink | undefined {
    return this.#byId.get(/^\/download\/([a-z0-9]+)\//.exec(request.path)?.[1] ?? '');
  }

  #serve(request: ReceivedRequest): Reply {
    const paid = this.#named(request);
    if (paid === undefined || !this.isValid(paid) || this.status(paid) !== 'done')
      return htmlReply(404, 'Not Found');
    const { file } = paid.link;
    const source = this.#context.links.source(paid.link, file);
    return fileReply(request, baseName(file.path), source, () => undefined);
  }
}

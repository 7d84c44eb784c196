import { AccountBook } from '../account-book.js';
import type { Handler } from '../listener.js';
import { bearerToken, emptyReply, textReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { LogEntry } from '../request-log.js';
import type { HostName } from '../roles.js';
import { findRoute, type Route } from '../router.js';
import { SlidingLog } from '../sliding-log.js';
import type { Bans } from '../bans.js';
import type { ItemPlace, StandIn, StandInContext } from '../stand-in.js';
import { dated, type WorldAccount, type WorldItem, type WorldItemState } from '../world.js';
import { Downloads } from './downloads.js';
import type { RealDebridKnobs } from './knobs.js';
import { Library } from './library.js';
import { OAuth } from './oauth.js';
import { isoTime, plainTime } from './paris-time.js';
import { heldLink, linkRoutes, serveOpenly } from './link-routes.js';
import { readRoutes, type RealDebridParts } from './read-routes.js';
import { refused } from './replies.js';
import type { Account, HeldTorrent } from './state.js';
import { writeRoutes } from './write-routes.js';

const prefix = '/rest/1.0';

/** Real-Debrid: its API, its three download hosts, its device flow. */
export class RealDebrid implements StandIn {
  readonly service = 'real-debrid';
  readonly apiHost = 'rd-api';
  readonly handlers: readonly (readonly [HostName, Handler])[];
  readonly accounts = new AccountBook<Account>();
  readonly oauth: OAuth;
  readonly #parts: RealDebridParts;
  readonly #bans: Bans;
  readonly #routes: readonly Route<Account>[];
  readonly #requests = new SlidingLog();

  constructor(
    context: StandInContext,
    knobs: RealDebridKnobs,
    bans: Bans,
    accounts: readonly WorldAccount[],
  ) {
    const library = new Library(context, knobs);
    const downloads = new Downloads(context, knobs, library);
    this.#parts = { context, knobs, library, downloads };
    this.#bans = bans;
    this.oauth = new OAuth(context, () => this.accounts.first());
    this.#routes = [...readRoutes(this.#parts), ...linkRoutes(this.#parts), ...writeRoutes(this.#parts)];
    const api: Handler = {
      account: (request) => tokenOf(request),
      handle: (request) => this.#handle(request),
    };
    this.handlers = [['rd-api', api], ...downloads.handlers];
    for (const account of accounts) this.#open(account);
  }

  addItem(token: string, item: WorldItem): string {
    const { context, library } = this.#parts;
    context.torrents.learn(item.torrent);
    return library.hold(this.accounts.get(token), item, item.addedMs ?? context.clock.now()).id;
  }

  removeItem({ token, id }: ItemPlace): void {
    this.accounts.get(token).torrents.delete(id);
  }

  setItemState({ token, id }: ItemPlace, state: WorldItemState): void {
    const account = this.accounts.get(token);
    this.#parts.library.setState(account, heldIn(account, id), state);
  }

  setLocked(token: string, locked: boolean): void {
    this.accounts.get(token).locked = locked;
  }

  /** How often the service saw downloads from more than one address. */
  sharingWarnings(token: string): number {
    return this.accounts.get(token).sharingWarnings;
  }

  expireDownloads(): void {
    this.#parts.downloads.expireAll();
  }

  changesAccount({ role, method, path }: LogEntry): boolean {
    return role === 'rd-api' && (method === 'DELETE' || /\/torrents\/(selectFiles|add)/.test(path));
  }

  #open({ token, premium = true, items, links = [] }: WorldAccount): void {
    const { context, downloads } = this.#parts;
    this.accounts.add({
      key: token,
      premium,
      locked: false,
      torrents: new Map(),
      downloads: new Map(),
      served: { day: '', bytes: 0 },
      addresses: new Set(),
      sharingWarnings: 0,
      refusals: 0,
    });
    for (const item of dated(items, context.clock.now())) this.addItem(token, item);
    for (const url of links) downloads.make(this.accounts.get(token), heldLink(this.#parts, url));
  }

  #handle(request: ReceivedRequest): Reply {
    if (request.path.startsWith('/oauth/v2/')) return this.oauth.handle(request);
    const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : '';
    const nowMs = this.#parts.context.clock.now();
    if (path === '/time') return textReply(200, 'text/html', plainTime(nowMs));
    if (path === '/time/iso') return textReply(200, 'text/html', isoTime(nowMs));
    const open = serveOpenly(this.#parts, path, request);
    if (open !== null) return open;
    const serve = findRoute(this.#routes, request, path);
    const account = this.#authenticate(request);
    if (path === '/disable_access_token') {
      this.oauth.revoke(account.key);
      return emptyReply(204);
    }
    if (serve === null) throw refused(404, 3, 'unknown_method');
    return serve(account);
  }

  #authenticate(request: ReceivedRequest): Account {
    const token = tokenOf(request) ?? '';
    const account = this.accounts.find(this.oauth.accountOf(token) ?? token);
    this.#checkRate(token, account);
    if (account === undefined) throw refused(401, 8, 'bad_token');
    if (account.locked) throw refused(403, 14, 'account_locked');
    return account;
  }

  #checkRate(token: string, account: Account | undefined): void {
    const { context, knobs } = this.#parts;
    const limit = { requests: knobs.requestsPerMinute, windowMs: 60_000, countRefused: true };
    if (!context.rateLimits() || this.#requests.admit(token, context.clock.elapsed(), [limit])) {
      if (account !== undefined) account.refusals = 0;
      return;
    }
    if (account !== undefined) account.refusals += 1;
    if (knobs.banAfterRefusals !== null && (account?.refusals ?? 0) >= knobs.banAfterRefusals) {
      this.#bans.ban(token, 600_000, 'hang');
    }
    const after = knobs.retryAfterSeconds;
    const headers = after === null ? undefined : { 'Retry-After': String(after) };
    throw refused(429, 34, 'too_many_requests', undefined, headers);
  }
}

function heldIn(account: Account, id: string): HeldTorrent {
  const held = account.torrents.get(id);
  if (held === undefined) throw new Error(`Real-Debrid holds no torrent ${id} in this account.`);
  return held;
}

function tokenOf(request: ReceivedRequest): string | null {
  return bearerToken(request) ?? request.query.get('auth_token');
}

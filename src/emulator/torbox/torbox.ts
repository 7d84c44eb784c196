import type { TorBoxList } from '../../core/torrent.js';
import { AccountBook } from '../account-book.js';
import type { Handler } from '../listener.js';
import { bearerToken, type ReceivedRequest, type Reply } from '../reply.js';
import type { LogEntry } from '../request-log.js';
import type { HostName } from '../roles.js';
import { findRoute, type Route } from '../router.js';
import { SlidingLog } from '../sliding-log.js';
import type { ItemPlace, StandIn, StandInContext } from '../stand-in.js';
import { dated, type WorldAccount, type WorldItem, type WorldItemState } from '../world.js';
import { DeviceLogin } from './device-login.js';
import { Downloads } from './downloads.js';
import type { TorBoxKnobs } from './knobs.js';
import { Library } from './library.js';
import { readRoutes, requestDownload, type TorBoxParts } from './read-routes.js';
import { cloudflarePage, refused, tooMany } from './replies.js';
import type { Account } from './state.js';
import { hosters } from './web-links.js';
import { writeRoutes } from './write-routes.js';

const prefix = '/v1/api';
const minuteMs = 60_000;

/** TorBox: its API, its two download hosts, its device flow. */
export class TorBox implements StandIn {
  readonly service = 'torbox';
  readonly apiHost = 'tb-api';
  readonly handlers: readonly (readonly [HostName, Handler])[];
  readonly accounts = new AccountBook<Account>();
  readonly deviceLogin: DeviceLogin;
  readonly #parts: TorBoxParts;
  readonly #routes: readonly Route<Account>[];
  readonly #requests = new SlidingLog();
  #refusals = 0;

  constructor(context: StandInContext, knobs: TorBoxKnobs, accounts: readonly WorldAccount[]) {
    const library = new Library(context, knobs);
    const downloads = new Downloads(context, knobs, library);
    this.deviceLogin = new DeviceLogin(context, () => this.accounts.first());
    this.#parts = { context, knobs, library, downloads };
    this.#routes = [...readRoutes(this.#parts), ...writeRoutes(this.#parts)];
    const api: Handler = { account: keyOf, handle: (request) => this.#handle(request) };
    this.handlers = [['tb-api', api], ...downloads.handlers];
    for (const account of accounts) this.#open(account);
  }

  addItem(token: string, item: WorldItem): string {
    const { context, library } = this.#parts;
    context.torrents.learn(item.torrent);
    return String(library.hold(this.accounts.get(token), item, item.addedMs ?? context.clock.now()).id);
  }

  removeItem({ token, list, id }: ItemPlace): void {
    this.accounts.get(token).downloads[list].delete(Number(id));
  }

  setItemState({ token, list, id }: ItemPlace, state: WorldItemState): void {
    const download = this.accounts.get(token).downloads[list].get(Number(id));
    if (download === undefined) throw new Error(`TorBox holds nothing numbered ${id} in ${list}.`);
    this.#parts.library.setState(download, state);
  }

  expireDownloads(): void {
    this.#parts.downloads.expireAll();
  }

  changesAccount({ role, path }: LogEntry): boolean {
    return role === 'tb-api' && /\/(control|create|edit)[a-z]*$/.test(path);
  }

  #open({ token, premium = true, items }: WorldAccount): void {
    const { context } = this.#parts;
    this.accounts.add({
      key: token,
      premium,
      authId: context.prng.uuid(),
      downloads: { torrents: new Map(), usenet: new Map(), webdl: new Map() },
      queue: new Map(),
      snapshots: new Map(),
      bytesServed: 0,
    });
    for (const item of dated(items, context.clock.now())) this.addItem(token, item);
  }

  #handle(request: ReceivedRequest): Reply {
    const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : '';
    const agent = request.headers['user-agent'] ?? '';
    if (this.#parts.knobs.requireUserAgent && /^\s*$|^(node|undici)$/.test(agent)) return cloudflarePage();
    const key = keyOf(request);
    this.#checkRate(key ?? request.clientIp, path);
    if (request.method === 'GET' && path === '/user/auth/device/start') return this.deviceLogin.start();
    if (path === '/user/auth/device/token') return this.deviceLogin.token(request);
    if (request.method === 'GET' && path === '/webdl/hosters') return hosters(this.#parts.context);
    const serve = findRoute(this.#routes, request, path);
    const list = /^\/(torrents|usenet|webdl)\/requestdl$/.exec(path)?.[1];
    if (list === undefined && serve === null) {
      throw refused(404, 'ENDPOINT_NOT_FOUND', 'This endpoint does not exist.');
    }
    if (key === null) throw refused(403, 'NO_AUTH', 'There are no credentials.');
    const account = this.accounts.find(key);
    if (account === undefined) throw refused(403, 'BAD_TOKEN', 'The token is invalid.');
    if (serve !== null) return serve(account);
    return requestDownload(this.#parts, account, request, list as TorBoxList);
  }

  #checkRate(key: string, path: string): void {
    const { context, knobs } = this.#parts;
    if (!context.rateLimits()) return;
    const perMinute = { requests: knobs.requestsPerMinute, windowMs: minuteMs, countRefused: false };
    const creating = [
      { requests: 60, windowMs: 60 * minuteMs, countRefused: false },
      { requests: 10, windowMs: minuteMs, countRefused: false },
    ];
    const limits = /\/create[a-z]+$/.test(path) ? [perMinute, ...creating] : [perMinute];
    if (this.#requests.admit(`${key} ${path}`, context.clock.elapsed(), limits)) return;
    this.#refusals += 1;
    const after = knobs.retryAfterSeconds;
    const headers = after === null ? {} : { 'Retry-After': String(after) };
    throw tooMany(`${knobs.requestsPerMinute} per 1 minute`, this.#refusals % 5 === 0, headers);
  }
}

/** The key of the header; for `requestdl` the query's, whatever the header says. */
function keyOf(request: ReceivedRequest): string | null {
  return request.path.endsWith('/requestdl') ? request.query.get('token') : bearerToken(request);
}

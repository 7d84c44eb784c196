import { AccountBook } from '../account-book.js';
import type { Handler } from '../listener.js';
import { bearerToken, jsonReply, Refused, textReply, type ReceivedRequest, type Reply } from '../reply.js';
import type { LogEntry } from '../request-log.js';
import type { HostName } from '../roles.js';
import { findRoute, type Route } from '../router.js';
import { readForm } from '../form.js';
import { SlidingLog } from '../sliding-log.js';
import type { ItemPlace, StandIn, StandInContext } from '../stand-in.js';
import { dated, type WorldAccount, type WorldItem, type WorldItemState } from '../world.js';
import { Downloads } from './downloads.js';
import type { AllDebridKnobs } from './knobs.js';
import { hostRoutes, ownHostRoutes } from './host-routes.js';
import { keptLinkRoutes, savedLinkRoutes } from './kept-links.js';
import { linkRoutes } from './link-routes.js';
import { LinksAtHosters } from './links-at-hosters.js';
import { Magnets } from './magnets.js';
import { Pins } from './pins.js';
import { refused, unknownEndpoint } from './replies.js';
import { publicRoutes, readRoutes, type AllDebridParts } from './routes.js';
import type { Account, KeptLink } from './state.js';
import { Verifications } from './verifications.js';
import { writeRoutes } from './write-routes.js';

/** Keys of the documentation's demonstrations, and whether they are premium. */
const demoKeys = [
  ['staticDemoApikeyPrem', true],
  ['staticDemoApikeyTria', true],
  ['staticDemoApikeyFree', false],
] as const;

/** AllDebrid: its API, its download host, its PIN flow. */
export class AllDebrid implements StandIn {
  readonly service = 'alldebrid';
  readonly apiHost = 'ad-api';
  readonly handlers: readonly (readonly [HostName, Handler])[];
  readonly accounts = new AccountBook<Account>();
  readonly pins: Pins;
  readonly verifications: Verifications;
  readonly #parts: AllDebridParts;
  readonly #publicRoutes: readonly Route<null>[];
  readonly #readRoutes: readonly Route<Account>[];
  readonly #writeRoutes: readonly Route<Account>[];
  readonly #requests = new SlidingLog();
  #refusals = 0;

  constructor(context: StandInContext, knobs: AllDebridKnobs, accounts: readonly WorldAccount[]) {
    const magnets = new Magnets(context, knobs);
    const downloads = new Downloads(context, knobs, magnets);
    this.pins = new Pins(context, () => this.accounts.first());
    this.verifications = new Verifications(context);
    this.#parts = {
      context,
      knobs,
      magnets,
      downloads,
      pins: this.pins,
      verifications: this.verifications,
      delayed: new Map(),
      hosterLinks: new LinksAtHosters(context, magnets),
      generations: new Map(),
    };
    this.#publicRoutes = [...publicRoutes(this.#parts), ...hostRoutes(this.#parts)];
    this.#readRoutes = [
      ...readRoutes(this.#parts),
      ...ownHostRoutes(this.#parts),
      ...keptLinkRoutes(this.#parts),
      ...linkRoutes(this.#parts),
    ];
    this.#writeRoutes = [...writeRoutes(this.#parts), ...savedLinkRoutes(this.#parts)];
    const api: Handler = { account: keyOf, handle: (request) => this.#handle(request) };
    this.handlers = [
      ['ad-api', api],
      ['ad-cdn', downloads.handler],
    ];
    for (const account of accounts) this.#open(account, false);
    for (const [token, premium] of demoKeys)
      this.#open({ service: 'alldebrid', token, items: [], premium }, true);
  }

  addItem(token: string, item: WorldItem): string {
    const { context, magnets } = this.#parts;
    context.torrents.learn(item.torrent);
    return String(magnets.hold(this.accounts.get(token), item, item.addedMs ?? context.clock.now()).id);
  }

  removeItem({ token, id }: ItemPlace): void {
    this.accounts.get(token).magnets.delete(Number(id));
  }

  setItemState({ token, id }: ItemPlace, state: WorldItemState): void {
    const magnet = this.accounts.get(token).magnets.get(Number(id));
    if (magnet === undefined) throw new Error(`AllDebrid holds no magnet ${id} in this account.`);
    this.#parts.magnets.setState(magnet, state);
  }

  expireDownloads(): void {
    this.#parts.downloads.expireAll();
  }

  changesAccount({ role, path }: LogEntry): boolean {
    return (
      role === 'ad-api' &&
      /\/magnet\/(delete|restart|upload)|\/user\/(links\/(save|delete)|history\/delete)/.test(path)
    );
  }

  #open({ token: key, items, premium = true, links = [], history = [] }: WorldAccount, demo: boolean): void {
    const keptMs = this.#parts.context.clock.now();
    const keep = (url: string): KeptLink => ({ url, keptMs });
    this.accounts.add({
      key,
      premium,
      banned: false,
      needsVerification: false,
      demo,
      magnets: new Map(),
      saved: links.map(keep),
      history: history.map(keep),
      sessions: new Map(),
    });
    for (const item of dated(items, this.#parts.context.clock.now())) this.addItem(key, item);
  }

  #handle(request: ReceivedRequest): Reply {
    const path = /^\/v4(?:\.1)?(\/.*)$/.exec(request.path)?.[1] ?? '';
    const open = findRoute(this.#publicRoutes, request, path);
    if (open !== null) return open(null);
    const read = findRoute(this.#readRoutes, request, path);
    const write = findRoute(this.#writeRoutes, request, path);
    const serve = read ?? write;
    if (serve === null) return unknownEndpoint();
    const account = this.#authenticate(request);
    if (!account.demo) return serve(account);
    return asDemo(write === null ? answerOf(serve, account) : refused('GENERIC').reply);
  }

  #authenticate(request: ReceivedRequest): Account {
    const { knobs, context } = this.#parts;
    const httpStatus = knobs.authHttp401 ? 401 : 200;
    const key = keyOf(request);
    if (key === null) throw refused('AUTH_MISSING_APIKEY', {}, httpStatus);
    const limits = [
      { requests: knobs.requestsPerSecond, windowMs: 1000, countRefused: false },
      { requests: knobs.requestsPerMinute, windowMs: 60_000, countRefused: false },
    ];
    if (context.rateLimits() && !this.#requests.admit(key, context.clock.elapsed(), limits)) {
      this.#refusals += 1;
      const status = this.#refusals % 3 === 0 ? 503 : 429;
      throw new Refused(textReply(status, 'text/html', 'Too many requests'));
    }
    const account = this.accounts.find(key);
    if (account === undefined) throw refused('AUTH_BAD_APIKEY', {}, httpStatus);
    if (account.banned) throw refused('AUTH_USER_BANNED', {}, httpStatus);
    if (account.needsVerification) {
      const token = this.verifications.tokenFor(account);
      throw refused('AUTH_BLOCKED', { token }, httpStatus);
    }
    return account;
  }
}

function answerOf(serve: (account: Account) => Reply, account: Account): Reply {
  try {
    return serve(account);
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    throw error;
  }
}

/** Marks an answer as a demonstration (AllDebrid API documentation, read 2026-11). */
function asDemo(reply: Reply): Reply {
  const text = [...(reply.source.slices(reply.start, reply.end) as Iterable<Buffer>)].join('');
  return jsonReply(reply.status, { ...(JSON.parse(text) as object), demo: true });
}

function keyOf(request: ReceivedRequest): string | null {
  return bearerToken(request) ?? readForm(request).value('apikey') ?? null;
}

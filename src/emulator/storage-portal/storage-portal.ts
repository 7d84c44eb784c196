import { AccountBook } from '../account-book.js';
import type { Handler } from '../listener.js';
import { bearerToken, type ReceivedRequest, type Reply } from '../reply.js';
import type { LogEntry } from '../request-log.js';
import type { HostName } from '../roles.js';
import { findRoute, type Route } from '../router.js';
import type { StandIn, StandInContext } from '../stand-in.js';
import type { WorldAccount } from '../world.js';
import type { StoragePortalKnobs } from './knobs.js';
import { PaidLinks } from './paid-links.js';
import { Platforms } from './platforms.js';
import { refused, success, unknownPath } from './replies.js';
import { accountFacts, linkFacts } from './shapes.js';
import type { Account } from './state.js';
import { unrestrict, type StoragePortalParts } from './unrestrict.js';

const prefix = '/api/external/v1';
const keyForm = /^obb_[A-Za-z0-9]{32}$/;

/** The multi-hoster portal: prepaid traffic, hoster links, no library. */
export class StoragePortal implements StandIn {
  readonly service = 'storage-portal';
  readonly apiHost = 'obb-api';
  readonly handlers: readonly (readonly [HostName, Handler])[];
  readonly accounts = new AccountBook<Account>();
  readonly #parts: StoragePortalParts;
  readonly #routes: readonly Route<Account>[];

  constructor(context: StandInContext, knobs: StoragePortalKnobs, accounts: readonly WorldAccount[]) {
    const paid = new PaidLinks(context, knobs);
    this.#parts = { context, knobs, platforms: new Platforms(context.links, knobs), paid };
    this.#routes = routesOf(this.#parts);
    const api: Handler = { account: keyOf, handle: (request) => this.#handle(request) };
    this.handlers = [
      ['obb-api', api],
      ['obb-cdn', paid.handler],
    ];
    for (const { token, premium = true, items } of accounts) {
      if (items.length > 0) this.addItem();
      this.accounts.add({ key: token, premium, trafficUsed: 0, links: [] });
    }
  }

  addItem(): never {
    throw new Error('A storage portal holds no torrents.');
  }

  removeItem(): never {
    return this.addItem();
  }

  setItemState(): never {
    return this.addItem();
  }

  expireDownloads(): void {
    this.#parts.paid.expireAll();
  }

  /** Only what was paid for: a link that is used again costs nothing. */
  changesAccount({ role, charged }: LogEntry): boolean {
    return role === 'obb-api' && charged;
  }

  #handle(request: ReceivedRequest): Reply {
    const path = request.path.startsWith(prefix) ? request.path.slice(prefix.length) : '';
    const serve = findRoute(this.#routes, request, path);
    if (serve === null) throw unknownPath();
    const key = keyOf(request) ?? '';
    const account = keyForm.test(key) ? this.accounts.find(key) : undefined;
    if (account === undefined) throw refused(1);
    return serve(account);
  }
}

function routesOf(parts: StoragePortalParts): readonly Route<Account>[] {
  const { context, knobs, platforms, paid } = parts;
  const hosts = (supportedhosts: object[]): Reply =>
    success({ supportedhosts, updated_at: context.clock.now() });
  return [
    { method: 'GET', path: /^\/account$/, serve: (account) => success(accountFacts(account, knobs)) },
    { method: 'GET', path: /^\/hosts$/, serve: () => hosts(platforms.rows()) },
    { method: 'GET', path: /^\/hosts\/grouped$/, serve: () => hosts(platforms.grouped()) },
    {
      method: 'POST',
      path: /^\/unrestrict$/,
      serve: (account, request) => unrestrict(parts, account, request),
    },
    {
      method: 'GET',
      path: /^\/link\/([^/]+)$/,
      serve: (account, _request, [id = '']) => {
        if (knobs.refusal !== null) throw refused(knobs.refusal);
        const link = paid.find(id);
        if (link?.account !== account) throw refused(104);
        return success(linkFacts(link, paid));
      },
    },
  ];
}

/** The key of either header. */
function keyOf(request: ReceivedRequest): string | null {
  const custom = request.headers['x-api-key'];
  return bearerToken(request) ?? (typeof custom === 'string' ? custom : null);
}

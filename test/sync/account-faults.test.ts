import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { FaultAction, FaultRule } from '../../src/emulator/faults.js';
import type { Role } from '../../src/emulator/roles.js';
import { singleFile, type WorldItem } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { get, post } from '../emulator/http-client.js';
import { hastyClock } from '../support/hasty-clock.js';
import { openLibrary, temporaryFolder, walk } from '../support/library.js';
import { inThisThread } from '../support/library-in-this-thread.js';

/** Minutes pass in a second. */
const speed = 60;
const intervalMs = 60_000;
const itemsPerAccount = 10;

type Service = 'real-debrid' | 'alldebrid' | 'torbox';

/** How a service is asked for its list, and what it can say instead. */
interface ListCall {
  readonly api: Role;
  readonly path: RegExp;
  /** Something that is no list of anything. */
  readonly nonsense: string;
  /** An error under status 200, or another shape. */
  readonly wrapped: string;
  /** The first items of the list, told as if they were all. */
  readonly first: (emulator: Emulator, count: number) => Promise<FaultAction>;
}

const services: Readonly<Record<Service, ListCall>> = {
  'real-debrid': {
    api: 'rd-api',
    path: /\/torrents(\?|$)/,
    nonsense: '[{"id":7,"hash":[],"filename":{},"status":null}, 5]',
    wrapped: '{"torrents":[]}',
    first: async ({ urls }, count) => {
      const all = (await get(`${urls.realDebrid}/rest/1.0/torrents?limit=100`, 'real-debrid')).json();
      const body = JSON.stringify((all as []).slice(0, count));
      return { kind: 'status', code: 200, headers: { 'X-Total-Count': String(count) }, body };
    },
  },
  alldebrid: {
    api: 'ad-api',
    path: /\/magnet\/status/,
    nonsense: '{"status":"success","data":{"magnets":[{"id":{},"hash":1}],"counter":1,"fullsync":true}}',
    wrapped: '{"status":"error","error":{"code":"GENERIC","message":"An error occured"}}',
    first: async ({ urls }, count) => {
      const all = (await post(`${urls.allDebrid}/v4.1/magnet/status`, 'alldebrid', {})).json();
      const magnets = (all as { data: { magnets: [] } }).data.magnets.slice(0, count);
      const body = JSON.stringify({ status: 'success', data: { magnets, counter: 1, fullsync: true } });
      return { kind: 'status', code: 200, body };
    },
  },
  torbox: {
    api: 'tb-api',
    path: /\/torrents\/mylist/,
    nonsense: '{"success":true,"error":null,"detail":"","data":[{"id":"x","hash":4}]}',
    wrapped: '{"success":false,"error":"DATABASE_ERROR","detail":"Could not reach it.","data":null}',
    first: async ({ urls }, count) => {
      const all = (await get(`${urls.torBox}/v1/api/torrents/mylist?bypass_cache=true`, 'torbox')).json();
      const data = (all as { data: [] }).data.slice(0, count);
      const body = JSON.stringify({ success: true, error: null, detail: '', data });
      return { kind: 'status', code: 200, body };
    },
  },
};

/** What takes longer than a test: that the state says so after a minute is shown where calls are given up. */
const silences: readonly [name: string, action: FaultAction][] = [
  ['never answers', { kind: 'hang' }],
  ['stops in the middle of its answers', { kind: 'stallAfter', bytes: 20, ms: null }],
];

/** What can be wrong with all that an account's service answers, and its state has to say. */
const faults: readonly [name: string, action: FaultAction][] = [
  ['refuses connections', { kind: 'refuse' }],
  ['breaks its answers off', { kind: 'truncateAfter', bytes: 20 }],
  ['resets its connections', { kind: 'resetAfter', bytes: 20 }],
  ['answers half a JSON', { kind: 'malformedJson' }],
  ['answers web pages', { kind: 'html200' }],
  ['answers nothing', { kind: 'emptyBody' }],
  ['redirects for ever', { kind: 'redirectLoop' }],
  ...[401, 403, 404, 429, 500, 502, 503].map((code): [string, FaultAction] => [
    `answers ${code}`,
    { kind: 'status', code },
  ]),
];

function films(service: Service, count: number): WorldItem[] {
  return Array.from({ length: count }, (_, number) => ({
    torrent: singleFile(`${service}.${number}.2001.1080p.BluRay.x264-GRP.mkv`, 1_000_000 + number),
  }));
}

/** Three accounts of three services whose library is kept in line, in a hurry. */
class Household {
  readonly emulator: Emulator;
  readonly engine: SyncEngine;
  readonly #library: ReturnType<typeof openLibrary>;
  readonly #removeFolder: () => void;
  #added = 0;

  private constructor(
    emulator: Emulator,
    engine: SyncEngine,
    library: ReturnType<typeof openLibrary>,
    removeFolder: () => void,
  ) {
    this.emulator = emulator;
    this.engine = engine;
    this.#library = library;
    this.#removeFolder = removeFolder;
  }

  async end(): Promise<void> {
    await this.engine.stop();
    await Promise.all(this.engine.accounts.map(({ provider }) => provider.close()));
    this.#library.close();
    this.#removeFolder();
    await this.emulator.stop();
  }

  static async create(): Promise<Household> {
    const names = Object.keys(services) as Service[];
    const accounts = names.map((service) => ({
      service,
      token: service,
      items: films(service, itemsPerAccount),
    }));
    const emulator = await startEmulator({ world: { accounts } });
    const folder = temporaryFolder();
    const clock = hastyClock(speed);
    const library = openLibrary(folder.path, clock, { accounts: names });
    const providers: Provider[] = names.map((service) =>
      createProvider({
        service,
        account: service,
        token: service,
        apiUrl: emulator.apiUrl(service),
        proxyUrl: null,
        clock,
        logger: silentLogger,
      }),
    );
    const engine = new SyncEngine({
      providers,
      library: inThisThread(library.librarian),
      clock,
      logger: silentLogger,
      intervalMs,
      confirmAfterMs: 30 * intervalMs,
      onChanges: () => undefined,
    });
    await engine.start();
    return new Household(emulator, engine, library, () => folder.remove());
  }

  /** Every path, with what must not change while it is there. */
  tree(): Map<string, string> {
    const nodes = [...walk(this.#library.tree)].filter(([path]) => !path.endsWith('/'));
    return new Map(nodes.map(([path, { inode, mtimeMs }]) => [path, `${inode} ${mtimeMs}`]));
  }

  shows(film: string): boolean {
    return [...this.tree().keys()].some((path) => path.startsWith(`all/${film}`));
  }

  /** Puts a film into an account. @returns what it is called. */
  add(service: Service): string {
    const name = `New.${this.#added}.2002.1080p.BluRay.x264-GRP`;
    this.#added += 1;
    this.emulator.world.addItem(service, { torrent: singleFile(`${name}.mkv`, 2_000_000) });
    return name;
  }

  account(service: Service): SyncEngine['accounts'][number] {
    const found = this.engine.accounts.find(({ provider }) => provider.account === service);
    if (found === undefined) throw new Error(`There is no account ${service}.`);
    return found;
  }

  /** Waits for so many more rounds of an account. */
  async rounds(service: Service, count: number): Promise<void> {
    for (let round = 0; round < count; round += 1) {
      const before = this.account(service).lastRound;
      await eventually(`a round of ${service}`, () => this.account(service).lastRound !== before);
    }
  }
}

async function eventually(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = systemClock.monotonic() + 25_000;
  while (!isSo()) {
    if (systemClock.monotonic() > untilMs) throw new Error(`No ${what}.`);
    await systemClock.sleep(20);
  }
}

/** A fault, where it can be told before there is a household, or else for that. */
type Fault = FaultRule | ((household: Household) => Promise<FaultRule>);

/**
 * Lets one account of three have a fault, and it go again.
 * @param during looks at the account while it is there.
 */
async function lives(
  service: Service,
  fault: Fault,
  during: (household: Household) => Promise<void>,
): Promise<void> {
  const household = await Household.create();
  try {
    await suffers(household, service, fault, during);
  } finally {
    await household.end();
  }
}

async function suffers(
  household: Household,
  service: Service,
  fault: Fault,
  during: (household: Household) => Promise<void>,
): Promise<void> {
  const others = (Object.keys(services) as Service[]).filter((other) => other !== service);
  const all = itemsPerAccount * 3;
  await eventually('whole library', () => household.tree().size === 3 * all + 1);
  await eventually('good state', () => household.account(service).state.condition === 'ok');
  const before = household.tree();

  household.emulator.faults.add(typeof fault === 'function' ? await fault(household) : fault);
  const added = others.map((other) => household.add(other));
  const isNoLoss = (): void => {
    const now = household.tree();
    expect([...before].filter(([path, facts]) => now.get(path) !== facts)).toEqual([]);
  };
  await eventually('news of the others', () => added.every((film) => household.shows(film)));
  isNoLoss();
  await during(household);
  isNoLoss();
  for (const other of others) expect(household.account(other).state).toMatchObject({ condition: 'ok' });

  household.emulator.faults.clear();
  // What hangs would hang on.
  household.emulator.cut(services[service].api);
  const film = household.add(service);
  await eventually('news of the account', () => household.shows(film));
  await eventually('good state', () => household.account(service).state.condition === 'ok');
  expect(household.account(service).state.detail).toBe('');
  await eventually(
    'end of what was held',
    () => household.account(service).lastRound?.lists[0]?.held === null,
  );
  isNoLoss();
}

describe.concurrent.each(Object.keys(services) as Service[])(
  'a library does not suffer, nor do other accounts, and all is well by itself afterwards, while %s',
  (service) => {
    const call = services[service];
    const { api, path } = call;

    it.each(faults)('%s', { timeout: 90_000 }, async (_name, action) => {
      await lives(service, { at: api, action }, async (household) => {
        const state = (): { readonly condition: string; readonly detail: string } =>
          household.account(service).state;
        await eventually('word of it', () => state().condition !== 'ok');
        expect(state().detail.length).toBeGreaterThan(20);
        expect(state().detail).not.toMatch(/undefined|\[object|Unexpected/);
        await household.rounds(service, 2);
      });
    });

    it.each(silences)('%s', { timeout: 90_000 }, async (_name, action) => {
      await lives(service, { at: api, action }, () => Promise.resolve());
    });

    it('answers slowly', { timeout: 90_000 }, async () => {
      await lives(service, { at: api, action: { kind: 'delayHeaders', ms: 300 } }, async (household) => {
        await household.rounds(service, 2);
        expect(household.account(service).state).toMatchObject({ condition: 'ok' });
      });
    });

    it.each(['nonsense', 'wrapped'] as const)(
      'tells a list that is %s',
      { timeout: 90_000 },
      async (kind) => {
        const action: FaultAction = { kind: 'status', code: 200, body: call[kind] };
        await lives(service, { at: api, path, action }, (household) => household.rounds(service, 1));
      },
    );

    it.each([0, 1])('tells a list with %d of its items', { timeout: 90_000 }, async (left) => {
      const short = async ({ emulator }: Household): Promise<FaultRule> => {
        return { at: api, path, action: await call.first(emulator, left) };
      };
      await lives(service, short, async (household) => {
        const held = (): unknown => household.account(service).lastRound?.lists[0]?.held ?? null;
        await eventually('word of what is held', () => held() !== null);
        await household.rounds(service, 2);
        expect(held()).toMatchObject({ lost: itemsPerAccount - left, of: itemsPerAccount });
      });
    });
  },
);

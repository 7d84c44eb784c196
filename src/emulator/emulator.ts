import type { ServiceName } from '../core/account.js';
import { AllDebrid } from './alldebrid/alldebrid.js';
import { Bans } from './bans.js';
import { EmulatorClock } from './clock.js';
import { Faults } from './faults.js';
import { HosterLinks } from './hoster-links.js';
import { knobsFrom, type Knobs, type KnobSettings } from './knobs.js';
import { KnownTorrents } from './known-torrents.js';
import { startListener, type Listener } from './listener.js';
import { Nekobt } from './nekobt/nekobt.js';
import { Prng } from './prng.js';
import { RealDebrid } from './real-debrid/real-debrid.js';
import { RequestLog } from './request-log.js';
import { roleOf, type HostName, type Role } from './roles.js';
import type { StandIn, StandInContext } from './stand-in.js';
import { StoragePortal } from './storage-portal/storage-portal.js';
import { TorBox } from './torbox/torbox.js';
import { WorldControls } from './world-controls.js';
import type { World } from './world.js';

/** 2026-11-01 00:00 UTC: where virtual time begins. */
const virtualStartMs = Date.UTC(2026, 10, 1);

/** So many requests are kept; a demo that runs for days must not grow. */
const maxLogEntries = 100_000;

export interface EmulatorOptions {
  readonly world: World;
  /** Decides every id; default `debridfs`. */
  readonly seed?: string;
  /** Time follows the machine's; else it stands still until `advance`. */
  readonly realtime?: boolean;
  readonly knobs?: KnobSettings;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Port of the first listener, the others following; 0, the default, picks free ones. */
  readonly port?: number;
}

/** Running stand-ins of the services and their file hosts. */
export interface Emulator {
  /** What stands before the documented paths (`/rest/1.0/…`, `/v4/…`, `/v1/api/…`, `/api/external/v1/…`). */
  readonly urls: {
    readonly realDebrid: string;
    readonly allDebrid: string;
    readonly torBox: string;
    readonly storagePortal: string;
    /** Before `/api/v1/…`. */
    readonly nekobt: string;
  };
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly bans: Bans;
  /** May be set at any time. */
  readonly knobs: Knobs;
  readonly world: WorldControls;
  /** For what only one service has: logins to approve, accounts to lock. */
  readonly realDebrid: RealDebrid;
  readonly allDebrid: AllDebrid;
  readonly torBox: TorBox;
  readonly storagePortal: StoragePortal;
  /** `urls`, by a service's name. */
  apiUrl(service: ServiceName): string;
  /** The services' time, milliseconds since 1970 UTC. */
  now(): number;
  /** Moves time ahead; what becomes due happens in order. */
  advance(ms: number): void;
  /** How many connections to hosts of a role are open. */
  connections(role: Role): number;
  /** Cuts the connections to hosts of a role; new ones are served. */
  cut(role: Role): void;
  /** Cuts every connection and frees the ports. */
  stop(): Promise<void>;
}

/**
 * Starts every stand-in on loopback, one HTTP server for each API and file host.
 * @throws {Error} when a port cannot be had; nothing is left running then.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { world, seed = 'debridfs', realtime = false, host = '127.0.0.1', port = 0 } = options;
  const clock = new EmulatorClock(realtime, virtualStartMs);
  const knobs = knobsFrom(options.knobs ?? {});
  const torrents = new KnownTorrents(world);
  const links = new HosterLinks(world);
  const bans = new Bans(clock);
  const faults = new Faults(new Prng(`${seed}:faults`));
  const listeners = new Map<HostName, Listener>();
  const originOf = (name: HostName): string => listeners.get(name)?.origin ?? '';
  const contextFor = (service: ServiceName): StandInContext => ({
    clock,
    prng: new Prng(`${seed}:${service}`),
    torrents,
    links,
    origin: originOf,
    rateLimits: () => knobs.rateLimits,
    approveLoginsAfterMs: () => knobs.approveLoginsAfterMs,
  });
  const accountsOf = (service: ServiceName): World['accounts'] =>
    world.accounts.filter((account) => account.service === service);

  const realDebrid = new RealDebrid(
    contextFor('real-debrid'),
    knobs.realDebrid,
    bans,
    accountsOf('real-debrid'),
  );
  const allDebrid = new AllDebrid(contextFor('alldebrid'), knobs.allDebrid, accountsOf('alldebrid'));
  const torBox = new TorBox(contextFor('torbox'), knobs.torBox, accountsOf('torbox'));
  const storagePortal = new StoragePortal(
    contextFor('storage-portal'),
    knobs.storagePortal,
    accountsOf('storage-portal'),
  );
  const services: readonly StandIn[] = [realDebrid, allDebrid, torBox, storagePortal];

  const context = { clock, rateLimits: () => knobs.rateLimits };
  const nekobt = new Nekobt(world.catalogue ?? { media: [], torrents: [] }, context, knobs.nekobt);

  const log = new RequestLog(
    () => clock.now(),
    (entry) => services.some((service) => service.changesAccount(entry)),
    maxLogEntries,
  );
  const ofRole = (role: Role): Listener[] =>
    [...listeners].flatMap(([name, listener]) => (roleOf(name) === role ? [listener] : []));
  const stop = async (): Promise<void> => {
    await Promise.all([...listeners.values()].map((listener) => listener.stop()));
  };
  const shared = { clock, faults, bans, log, fakeClientIp: () => knobs.fakeClientIp };
  try {
    const handlers = services.flatMap((service) => service.handlers);
    for (const [name, handler] of [...handlers, ['neko', nekobt.handler] as const]) {
      const nextPort = port === 0 ? 0 : port + listeners.size;
      listeners.set(name, await startListener(name, handler, shared, host, nextPort));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    urls: {
      realDebrid: originOf('rd-api'),
      allDebrid: originOf('ad-api'),
      torBox: originOf('tb-api'),
      storagePortal: originOf('obb-api'),
      nekobt: originOf('neko'),
    },
    log,
    faults,
    bans,
    knobs,
    world: new WorldControls(services, torrents, links),
    realDebrid,
    allDebrid,
    torBox,
    storagePortal,
    connections: (role) => ofRole(role).reduce((sum, listener) => sum + listener.connections(), 0),
    cut: (role) => {
      for (const listener of ofRole(role)) listener.cut();
    },
    apiUrl: (name) => {
      const service = services.find((each) => each.service === name);
      if (service === undefined) throw new Error(`There is no stand-in for ${name}.`);
      return originOf(service.apiHost);
    },
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    stop,
  };
}

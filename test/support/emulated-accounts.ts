import type { Clock } from '../../src/core/clock.js';
import { silentLogger, type Logger } from '../../src/core/logger.js';
import type { Link, Provider } from '../../src/core/provider.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { Role } from '../../src/emulator/roles.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { createContentReader } from '../../src/read/content-reader.js';
import { nodeAtPath } from '../../src/core/tree-path.js';
import { singleFile } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import type { AccountReport, Surface } from '../../src/server/surface.js';
import { openForReading } from '../../src/store/database.js';
import { Statistics } from '../../src/store/statistics.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { FakeClock } from './fake-clock.js';
import { hastyClock } from './hasty-clock.js';
import { inThisThread, openLibrary, temporaryFolder, walk } from './library.js';
import { never } from './never.js';
import { surfaceOf } from './surface.js';

/** The accounts, one of each service, by name. */
export const services = { rd: 'real-debrid', ad: 'alldebrid', tb: 'torbox' } as const;

export type EmulatedName = keyof typeof services;

export const apiOf = { rd: 'rd-api', ad: 'ad-api', tb: 'tb-api' } as const satisfies Record<
  EmulatedName,
  Role
>;

const names = ['rd', 'ad', 'tb'] as const;

export const intervalMs = 60_000;

/** Torrents that the account in question holds at first: TorBox is asked for another page after so many. */
export const heldAtFirst = 50;
/** Torrents that each of the others holds. */
const heldByOthers = 5;

/** A minute of the tests is a minute of the services, and no wait of a client lasts. */
export interface EmulatedAccounts {
  readonly emulator: Emulator;
  readonly engine: SyncEngine;
  readonly surface: Surface;
  report(name: EmulatedName): AccountReport;
  /** Every path in the tree, with its inode. */
  shown(): Map<string, bigint>;
  /** Reads the start of a file by a clock of its own, on which a minute is 30 ms. @throws {AppError} */
  read(path: string): Promise<void>;
  /** Lets so much of that clock's time pass. */
  readersWait(ms: number): Promise<void>;
  /** Adds a film to an account; its path there. */
  addFilm(name: EmulatedName, title: string): string;
  /** Lets an interval pass, and the rounds of these accounts that follow from it. */
  interval(...settling: readonly EmulatedName[]): Promise<void>;
  /** Lets time pass in which nobody asks. */
  skip(ms: number): void;
  stop(): Promise<void>;
}

/**
 * One account of each service over HTTP, the engine and the library, not yet synced.
 * @param large the account with much to lose.
 */
export async function emulatedAccounts(
  large: EmulatedName,
  confirmAfterMs: number,
  logger: Logger = silentLogger,
): Promise<EmulatedAccounts> {
  const items = (name: string): { torrent: ReturnType<typeof singleFile> }[] =>
    Array.from({ length: name === large ? heldAtFirst : heldByOthers }, (_, number) => ({
      torrent: singleFile(`${name}.${number}.mkv`, 1_000 + number),
    }));
  const emulator = await startEmulator({
    world: { accounts: names.map((name) => ({ service: services[name], token: name, items: items(name) })) },
    knobs: { rateLimits: false, torBox: { settleMs: 0 } },
  });
  const folder = temporaryFolder();
  const clock = new FakeClock();
  const library = openLibrary(folder.path, clock);
  const db = openForReading(folder.path);
  const providers = names.map((name) => provider(name, emulator, impatient(clock)));
  const engine = new SyncEngine({
    peek: null,
    providers,
    library: inThisThread(library),
    clock,
    logger,
    intervalMs,
    confirmAfterMs,
    onChanges: () => undefined,
  });
  const readersClock = hastyClock(2_000);
  const links = new Map<string, Link>();
  const reader = createContentReader({
    tree: library.tree,
    links: { get: (key) => links.get(key), put: (key, link) => void links.set(key, link) },
    providers: new Map(providers.map((each) => [each.account, each])),
    memory: new BlockCache(8 * 2 ** 20),
    patienceMs: 3_600_000,
    disk: () => null,
    bytesPerSecond: null,
    onReceived: () => undefined,
    onNews: (news) => engine.heard(news),
    clock: readersClock,
    logger: silentLogger,
  });
  const surface = surfaceOf({
    engine,
    tree: library.tree,
    statistics: new Statistics(db),
    failures: () => reader.failures(),
  });
  return {
    emulator,
    engine,
    surface,
    report: (name) => {
      const report = surface.status().accounts.find((account) => account.name === name);
      if (report === undefined) throw new Error(`There is no account ${name}.`);
      return report;
    },
    shown: () => new Map([...walk(library.tree)].map(([path, { inode }]) => [path, inode])),
    read: async (path) => {
      const node = nodeAtPath(library.tree, path);
      if (node?.kind !== 'file') throw new Error(`There is no file ${path}.`);
      const file = reader.open(node.content, node.pinnedTo, { name: null, isScanner: false });
      try {
        await file.read({ offset: 0, length: 100, signal: never });
      } finally {
        file.close();
      }
    },
    readersWait: (ms) => readersClock.sleep(ms),
    addFilm: (name, title) => {
      emulator.world.addItem(name, { torrent: singleFile(`${title}.mkv`, 5_000) });
      return `accounts/${name}/${title}/${title}.mkv`;
    },
    interval: async (...settling) => {
      emulator.advance(intervalMs);
      await clock.advance(intervalMs);
      const accounts = engine.accounts.filter(({ provider: { account } }) =>
        settling.some((name) => name === account),
      );
      await Promise.all(accounts.map((account) => account.settled()));
    },
    skip: (ms) => clock.skip(ms),
    stop: async () => {
      reader.close();
      await engine.stop();
      await Promise.all(providers.map((each) => each.close()));
      await emulator.stop();
      db.close();
      library.close();
      folder.remove();
    },
  };
}

function provider(name: EmulatedName, emulator: Emulator, clock: Clock): Provider {
  const service = services[name];
  return createProvider({
    service,
    account: name,
    token: name,
    apiUrl: emulator.apiUrl(service),
    proxyUrl: null,
    clock,
    logger: silentLogger,
  });
}

/** The time of a client that passes over its own waits. */
function impatient(clock: FakeClock): Clock {
  let skippedMs = 0;
  return {
    now: () => clock.now() + skippedMs,
    monotonic: () => clock.monotonic() + skippedMs,
    sleep: (ms) => {
      skippedMs += Math.max(0, ms);
      return Promise.resolve();
    },
    after: (ms, call) => clock.after(ms, call),
  };
}

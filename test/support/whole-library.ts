import { onTestFinished } from 'vitest';
import type { AccountName, ServiceName } from '../../src/core/account.js';
import { silentLogger } from '../../src/core/logger.js';
import { noOwnLinks, type OwnLinks } from '../../src/core/own-links.js';
import type { Provider } from '../../src/core/provider.js';
import type { FileNode } from '../../src/core/tree.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { KnobSettings } from '../../src/emulator/knobs.js';
import type { World } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { createContentReader, type CountingReader } from '../../src/read/content-reader.js';
import { openForReading } from '../../src/store/database.js';
import { StoredLinks } from '../../src/store/links.js';
import { StoredMadeDownloads } from '../../src/store/made-downloads.js';
import { Statistics } from '../../src/store/statistics.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { FakeClock } from './fake-clock.js';
import { hastyClock } from './hasty-clock.js';
import { filesBelow, inThisThread, openLibrary, temporaryFolder, walk, type TestLibrary } from './library.js';

export interface WholeOptions {
  readonly world: World;
  readonly knobs?: KnobSettings;
  readonly ownLinks?: OwnLinks;
  /** How long a reader waits, in milliseconds of its own clock, which is fast. */
  readonly patienceMs?: number;
  /** How many times as fast its clock is as the machine's. */
  readonly speed?: number;
  /** Accounts that may renew what has aged out. */
  readonly mayRepair?: boolean;
}

/** Accounts over HTTP, their library and its reader, all but the mount. An account is named like its service. */
export interface WholeLibrary {
  readonly emulator: Emulator;
  readonly engine: SyncEngine;
  readonly reader: CountingReader;
  readonly library: TestLibrary;
  readonly statistics: Statistics;
  /** Paths of all files below a folder. */
  readonly files: (folder: string) => readonly string[];
  readonly node: (path: string) => FileNode;
  /** Reads through the reader, as a mount does. */
  readonly read: (path: string, offset: number, length: number) => Promise<Buffer>;
}

/** Starts all of it, and syncs once; it ends with its test. */
export async function startWhole(options: WholeOptions): Promise<WholeLibrary> {
  const emulator = await startEmulator({
    world: options.world,
    realtime: true,
    knobs: { rateLimits: false, ...options.knobs, torBox: { settleMs: 0, ...options.knobs?.torBox } },
  });
  const folder = temporaryFolder();
  const clock = hastyClock(options.speed ?? 50);
  const accounts: readonly ServiceName[] = options.world.accounts.map(({ service }) => service);
  const library = openLibrary(folder.path, new FakeClock(), { accounts });
  const db = openForReading(folder.path);
  const writer = inThisThread(library);
  const onError = (error: unknown): void => {
    throw error;
  };
  const links = new StoredLinks(db, writer, onError);
  const madeDownloads = new StoredMadeDownloads(db, writer, clock, onError);
  const providers = new Map<AccountName, Provider>(
    options.world.accounts.map(({ service, token }) => [
      service,
      createProvider({
        service,
        account: service,
        token,
        apiUrl: emulator.apiUrl(service),
        proxyUrl: null,
        clock,
        logger: silentLogger,
        ownLinks: options.ownLinks ?? noOwnLinks,
        madeDownloads,
        mayRepair: options.mayRepair ?? false,
      }),
    ]),
  );
  const { tree } = library;
  const reader = createContentReader({
    tree,
    links,
    providers,
    memory: new BlockCache(64 * 2 ** 20, { scribbles: true }),
    patienceMs: options.patienceMs ?? 60_000,
    disk: () => null,
    bytesPerSecond: null,
    onReceived: () => undefined,
    onNews: (news) => engine.heard(news),
    clock,
    logger: silentLogger,
  });
  const engine: SyncEngine = new SyncEngine({
    providers: [...providers.values()],
    library: writer,
    clock,
    logger: silentLogger,
    intervalMs: 3_600_000,
    confirmAfterMs: 60_000,
    onChanges: () => tree.changed(),
    peek: reader.peek,
  });
  onTestFinished(async () => {
    await engine.stop();
    reader.close();
    await Promise.all([...providers.values()].map((provider) => provider.close()));
    db.close();
    library.close();
    folder.remove();
    await emulator.stop();
  });
  await engine.start();
  await engine.published;
  await engine.settled();
  const node = (path: string): FileNode => {
    const found = walk(tree).get(path);
    if (found?.kind !== 'file') throw new Error(`There is no file ${path}.`);
    return found;
  };
  return {
    emulator,
    engine,
    reader,
    library,
    statistics: new Statistics(db),
    files: (below) => filesBelow(tree, below),
    node,
    read: async (path, offset, length) => {
      const { content, pinnedTo } = node(path);
      const file = reader.open(content, pinnedTo, { name: 'test', isScanner: false });
      try {
        const signal = AbortSignal.timeout(20_000);
        return Buffer.concat(await file.read({ offset, length, signal }));
      } finally {
        file.close();
      }
    },
  };
}

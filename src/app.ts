import type { AccountConfig, Config } from './config/config.js';
import { LinksFiles, ownLinksPath } from './config/links-files.js';
import { readOverrides } from './config/overrides-file.js';
import type { AccountName, AccountState } from './core/account.js';
import { systemClock } from './core/clock.js';
import { AppError, toAppError } from './core/errors.js';
import { silentLogger, type Logger } from './core/logger.js';
import type { OwnLink } from './core/own-links.js';
import type { Provider } from './core/provider.js';
import type { SourceNews } from './core/reading.js';
import type { TreeChange } from './core/tree.js';
import type { OpenedLibrary, RunningMount, StartContext } from './cli/dependencies.js';
import type { Closers } from './closers.js';
import type { FirstParts } from './first-parts.js';
import type { Overrides } from './library/overrides.js';
import { openCache, type OpenCache } from './open-cache.js';
import { libraryRules, understood } from './placing-settings.js';
import { createIdentifier } from './providers/create-identifier.js';
import { createProvider, type ProviderOptions } from './providers/create-provider.js';
import { BlockCache } from './read/block-cache.js';
import { createContentReader, type CountingReader } from './read/content-reader.js';
import { startControlServer } from './server/control-socket.js';
import { startHttpServer } from './server/http-server.js';
import { liveSurface } from './server/live-surface.js';
import { removeRunFile, writeRunFile } from './server/run-file.js';
import type { Surface } from './server/surface.js';
import { DamageWatch } from './store/damage-watch.js';
import { openForReading } from './store/database.js';
import { startLibraryCare } from './store/library-care.js';
import { StoredLinks } from './store/links.js';
import { StoredMadeDownloads } from './store/made-downloads.js';
import { Meta } from './store/meta.js';
import { openTree } from './store/open.js';
import { StoredTraffic } from './store/traffic.js';
import { Statistics } from './store/statistics.js';
import { TreeReader } from './store/tree-reader.js';
import { versionsBelow } from './store/versions.js';
import { SyncEngine } from './sync/engine.js';
import { Identification } from './sync/identification.js';
import type { LibrarianThread } from './sync/librarian-client.js';
import { PlacingReports } from './sync/placing-reports.js';
import { storedOverrides } from './sync/publisher.js';
import { Repairs } from './sync/repairs.js';
import { TreeMount } from './tree-mount.js';
import { createFileSystem, type ObservableFileSystem } from './vfs/tree-file-system.js';
import { watchOverrides } from './watch-overrides.js';

/** The longest time over which a service counts links (TorBox, documented 2026), in milliseconds. */
const longestLinkWindowMs = 5 * 60_000;

/** So long the library may go on with what it is at when the process is to end, in milliseconds. */
const busyMs = 2_000;

/** A running mount whose tree can be looked at, and waited for. */
export interface AppMount extends RunningMount {
  readonly tree: TreeReader;
  readonly engine: SyncEngine;
  /** Resolves once the tree is mounted, or not to be mounted any more because it is being ended; rejects when it cannot be. */
  readonly mounted: Promise<void>;
}

/**
 * Starts everything that the first parts are for. The tree is mounted from the store before any network call,
 * unless it was never published: then the mount comes with one account's first complete listing.
 * @returns once the control socket is served.
 * @throws {AppError} `config` or `storage` with the remedy when it cannot start; then the closers have what is to be ended.
 */
export async function startParts(
  config: Config,
  context: StartContext,
  first: FirstParts,
  closers: Closers,
): Promise<AppMount> {
  return serve(config, context, await openParts(config, context, first, closers), closers);
}

/** Asks an account's service how it is, apart from any running mount. */
export async function accountState(account: AccountConfig, signal: AbortSignal): Promise<AccountState> {
  const provider = providerOf(account, silentLogger);
  try {
    return await provider.state(signal);
  } finally {
    await provider.close();
  }
}

/**
 * Has an account download a hoster link.
 * @throws {AppError} `invalid` for a service that needs no download; why the account does not take it.
 */
export async function addLink(account: AccountConfig, link: OwnLink, signal: AbortSignal): Promise<void> {
  const provider = providerOf(account, silentLogger);
  try {
    if (provider.addLink === undefined) {
      const message = `Account "${account.name}" downloads no links: leave --account out, and it is read as it is.`;
      throw new AppError('invalid', message);
    }
    await provider.addLink(link, signal);
  } finally {
    await provider.close();
  }
}

/**
 * The library of a state folder without a running process.
 * @throws {AppError} what `openTree` throws.
 */
export function openLibrary(config: Config): OpenedLibrary {
  const opened = openTree(config.stateDir);
  const overrides = understood(config) ?? storedOverrides(new Meta(opened.db));
  const reports = new PlacingReports(opened.db, libraryRules(config), () => overrides, systemClock);
  return {
    tree: opened.tree,
    placing: (torrent, content) => reports.of(torrent, content),
    placed: (torrent) => reports.files(torrent),
    versionsBelow: ({ inode }) => versionsBelow(opened.db, inode),
    close: () => opened.close(),
  };
}

/** What a mount consists of besides the mount itself. */
interface Parts extends FirstParts {
  readonly providers: readonly Provider[];
  readonly tree: TreeReader;
  readonly damage: DamageWatch;
  readonly statistics: Statistics;
  readonly placings: PlacingReports;
  readonly overrides: { current: Overrides };
  readonly links: StoredLinks;
  readonly traffic: StoredTraffic;
  readonly ownLinks: LinksFiles;
  readonly reader: CountingReader;
  /** Who hears what the reader learns of the accounts: the engine, once there is one. */
  readonly news: { listener: (news: SourceNews) => void };
  readonly repairs: Repairs;
  readonly cache: OpenCache;
  readonly fileSystem: ObservableFileSystem;
}

async function openParts(
  config: Config,
  context: StartContext,
  first: FirstParts,
  closers: Closers,
): Promise<Parts> {
  const { logger } = context;
  const { told, library } = first;
  const { accounts } = config;
  const { dropTo } = config.mount;
  const db = openForReading(config.stateDir);
  closers.add(() => {
    db.close();
  });
  const tree = new TreeReader(
    db,
    accounts.map(({ name }) => name),
  );
  const damage = new DamageWatch(config.stateDir);
  const watched = damage.over(tree, db);
  const overrides = { current: told ?? storedOverrides(new Meta(db)) };
  const links = new StoredLinks(db, library, (error) => logger.warn({ err: error }, 'a link was not kept'));
  const traffic = new StoredTraffic(db, library, systemClock, (error) =>
    logger.warn({ err: error }, 'received bytes were not written down'),
  );
  closers.add(() => traffic.close());
  const madeDownloads = new StoredMadeDownloads(db, library, systemClock, (error) =>
    logger.warn({ err: error }, 'it was not written down which download was made here'),
  );
  const ownLinks = new LinksFiles(config.links, ownLinksPath(config.stateDir), systemClock, logger);
  const providers = accounts.map((account) =>
    providerOf(account, logger, {
      recentLinkTimesMs: links.bornSince(account.name, systemClock.now() - longestLinkWindowMs),
      madeDownloads,
      ownLinks,
    }),
  );
  closers.add(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
  });
  const repairs = new Repairs({ providers, clock: systemClock, logger });
  const memory = new BlockCache(config.cache.memoryBytes);
  const cache = await openCache(
    config.cache,
    { memory, isUrgent: (context.kept?.mounted ?? null) !== null, laterUser: dropTo?.uid ?? null },
    logger,
  );
  closers.add(() => cache.close());
  const news: Parts['news'] = { listener: () => undefined };
  const reader = createContentReader({
    tree: watched,
    links,
    providers: new Map<AccountName, Provider>(providers.map((provider) => [provider.account, provider])),
    memory,
    disk: () => cache.current,
    patienceMs: config.read.patienceMs,
    bytesPerSecond: config.bwlimitBytesPerSecond,
    onReceived: (account, bytes) => traffic.add(account, bytes),
    onNews: (told) => news.listener(told),
    clock: systemClock,
    logger,
  });
  closers.add(() => reader.close());
  const fileSystem = createFileSystem({ tree: watched, reader });
  return {
    ...first,
    providers,
    tree,
    damage,
    statistics: new Statistics(db),
    placings: new PlacingReports(db, libraryRules(config), () => overrides.current, systemClock),
    overrides,
    links,
    traffic,
    ownLinks,
    reader,
    news,
    repairs,
    cache,
    fileSystem,
  };
}

async function serve(
  config: Config,
  context: StartContext,
  parts: Parts,
  closers: Closers,
): Promise<AppMount> {
  const { logger } = context;
  const { mountpoint, library, tree, statistics, reader } = parts;
  const treeMount = new TreeMount({
    mountpoint,
    settings: config.mount,
    binding: parts.binding,
    fileSystem: parts.fileSystem,
    logger,
    mounting: async (mount) => {
      const mounted = await parts.rights.asRootForTheLastTime(mount);
      const { dropTo } = config.mount;
      if (dropTo !== null) {
        logger.info(dropTo, 'it goes on without the rights of root');
        if (!config.mount.allowOther)
          logger.info(
            {},
            `only user ${dropTo.uid} sees the mount, not even root does (mount.allowOther is false)`,
          );
      }
      return mounted;
    },
    onLost: () => {
      logger.error({ mountpoint }, 'somebody else unmounted it');
      void end(1);
    },
    onSilent: () => {
      logger.error(
        { mountpoint },
        'the mount does not answer any more: it is ended, so that another can be made',
      );
      // A keeper has another process that takes over what this one cannot serve.
      if (context.kept === undefined) void end(1);
      else process.kill(process.pid, 'SIGKILL');
    },
  });
  const onChanges = (changes: readonly TreeChange[]): void => {
    tree.changed();
    statistics.changed();
    void treeMount.changed(changes);
  };
  const identification = identificationOf(config, library, onChanges, logger, closers);
  const engine = new SyncEngine({
    providers: parts.providers,
    library,
    clock: systemClock,
    logger,
    intervalMs: config.sync.intervalMs,
    confirmAfterMs: config.sync.confirmAfterMs,
    onChanges: (changes) => {
      onChanges(changes);
      identification?.poke();
    },
    peek: reader.peek,
  });
  parts.news.listener = (news) => {
    engine.heard(news);
    parts.repairs.heard(news);
  };
  closers.add(() => endSync(engine, library));
  parts.repairs.start((account) => engine.syncAccount(account));
  // Before the clients are closed, by which it removes what it has added.
  closers.add(() => parts.repairs.stop());
  const reloadOverrides = async (): Promise<void> => {
    parts.overrides.current = readOverrides(config.overrides);
    await engine.setOverrides(parts.overrides.current);
    await treeMount.told();
  };
  const unwatch = watchOverrides(config.overrides, () => {
    reloadOverrides().then(
      () => logger.info({ file: config.overrides }, 'overrides were read anew'),
      (error: unknown) => logger.error({ err: error }, 'overrides stay as they were'),
    );
  });
  closers.add(unwatch);

  let settle: (exitCode: number) => void = () => undefined;
  const stopped = new Promise<number>((resolve) => (settle = resolve));
  let stopping: Promise<void> | null = null;
  const end = (exitCode: number): Promise<void> => {
    treeMount.ending(exitCode === 0 ? 'stopping' : 'gone');
    stopping ??= closers.closeAll().then((isWell) => settle(exitCode === 0 && !isWell ? 1 : exitCode));
    return stopping;
  };

  void Promise.race([library.died, parts.damage.met]).then((error) => {
    logger.error({ err: error }, error.message);
    void end(1);
  });

  const surface = liveSurface({
    version: context.version,
    startedMs: systemClock.now(),
    mount: () => treeMount.report,
    engine: {
      accounts: engine.accounts,
      syncNow: async (accept) => {
        const reports = await engine.syncNow(accept);
        await treeMount.told();
        return reports;
      },
    },
    tree,
    statistics,
    links: parts.links,
    traffic: parts.traffic,
    ownLinks: () => parts.ownLinks.last,
    cache: () => {
      const { cachedBytes, hitBytes, missBytes } = reader.stats();
      const disk = parts.cache.current?.stats() ?? null;
      return {
        memoryBytes: cachedBytes,
        memoryLimitBytes: config.cache.memoryBytes,
        hitBytes,
        missBytes,
        disk,
      };
    },
    openFiles: () => parts.fileSystem.openHandles(),
    failures: () => reader.failures(),
    placing: (torrent, content) => parts.placings.of(torrent, content),
    reloadOverrides,
    retag: async (below, isDry) => {
      const { changes, renamed } = await library.retag(below, isDry);
      if (changes.length > 0) onChanges(changes);
      return { renamed };
    },
    stop: () => void end(0),
  });
  await startServers(config, context, surface, mountpoint, closers);

  // Before anything is mounted, so that what is being mounted when the end comes is unmounted as well.
  closers.add(() => treeMount.unmount());

  const isPublished = await library.isPublished();
  if (isPublished) await treeMount.mount();
  else logger.info({}, treeMount.report.detail);
  const { stateDir } = config;
  closers.add(
    startLibraryCare({
      stateDir,
      clock: systemClock,
      logger,
      onDamage: (error) => parts.damage.found(error),
    }),
  );
  await identification?.start();
  await engine.start();
  const mounted = isPublished ? Promise.resolve() : engine.published.then(() => treeMount.mount());
  mounted.catch((thrown: unknown) => {
    const error = toAppError(thrown);
    logger.error({ code: error.code }, error.message);
    void end(error.code === 'config' ? 2 : 1);
  });
  return { mountpoint, tree, engine, mounted, stopped, stop: () => end(0) };
}

/** What asks the catalogue, where the user wants one asked. */
function identificationOf(
  config: Config,
  library: LibrarianThread,
  onChanges: (changes: readonly TreeChange[]) => void,
  logger: Logger,
  closers: Closers,
): Identification | null {
  const { nekobt } = config.identify;
  if (!nekobt.enabled) return null;
  const identifier = createIdentifier({ ...nekobt, clock: systemClock, logger });
  closers.add(() => identifier.close());
  const identification = new Identification({ identifier, library, clock: systemClock, logger, onChanges });
  closers.add(() => identification.stop());
  return identification;
}

/** Serves the control socket and, where configured, HTTP, and writes down where. */
async function startServers(
  config: Config,
  { logger, scrub }: StartContext,
  surface: Surface,
  mountpoint: string,
  closers: Closers,
): Promise<void> {
  const control = await startControlServer(config.stateDir, { surface, scrub, logger });
  closers.add(() => control.stop());
  const { listen } = config.server;
  const password = config.server.password?.reveal() ?? null;
  const server = listen === null ? null : await startHttpServer({ surface, listen, password, scrub, logger });
  if (server !== null) {
    closers.add(() => server.stop());
    logger.info({ address: server.url }, 'status is served');
  }
  try {
    writeRunFile(config.stateDir, { pid: process.pid, mountpoint, server: server?.url ?? null });
  } catch (error) {
    // A full disk: who asks for the process finds none, and the mount is there all the same.
    logger.warn({ err: error }, 'run.json is not written: commands may not find this process');
  }
  closers.add(() => removeRunFile(config.stateDir, process.pid));
}

/** Ends the syncing. A huge listing that is just being taken over is given up: it is asked for again at the next start. */
async function endSync(engine: SyncEngine, library: LibrarianThread): Promise<void> {
  const cancel = systemClock.after(busyMs, () => void library.giveUp());
  await engine.stop().finally(cancel);
}

/** @param told what a running mount knows of earlier requests and of the user's own links. */
function providerOf(
  account: AccountConfig,
  logger: Logger,
  told: Pick<ProviderOptions, 'recentLinkTimesMs' | 'madeDownloads' | 'ownLinks'> = {},
): Provider {
  return createProvider({
    service: account.service,
    account: account.name,
    token: account.token?.reveal() ?? '',
    apiUrl: account.apiUrl,
    proxyUrl: account.proxy?.reveal() ?? null,
    clock: systemClock,
    logger,
    history: account.history,
    mayRepair: account.repair,
    ...told,
  });
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config/config.js';
import { LinksFiles, ownLinksPath } from './config/links-files.js';
import { readOverrides } from './config/overrides-file.js';
import type { AccountName } from './core/account.js';
import { systemClock } from './core/clock.js';
import { toAppError } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { Provider } from './core/provider.js';
import type { SourceNews } from './core/reading.js';
import type { TreeChange } from './core/tree.js';
import type { OpenedLibrary, RunningMount, StartContext } from './cli/dependencies.js';
import { providerOf } from './account-clients.js';
import type { Closers } from './closers.js';
import type { FirstParts } from './first-parts.js';
import type { Overrides } from './library/overrides.js';
import { openCache, type OpenCache } from './open-cache.js';
import { libraryRules, understood } from './placing-settings.js';
import type { Notifiers } from './notify/notifiers.js';
import { processOrders } from './orders.js';
import { createIdentifier } from './providers/create-identifier.js';
import { BlockCache } from './read/block-cache.js';
import { createContentReader, type CountingReader } from './read/content-reader.js';
import { startControlServer } from './server/control-socket.js';
import { startHttpServer } from './server/http-server.js';
import { History } from './server/history.js';
import { liveSurface, syncSummary } from './server/live-surface.js';
import { nodeAtPath } from './server/tree-path.js';
import { removeRunFile, writeRunFile } from './server/run-file.js';
import { summaryOf } from './server/summary.js';
import type { CacheReport, Surface } from './server/surface.js';
import { DamageWatch } from './store/damage-watch.js';
import { openForReading } from './store/database.js';
import { startLibraryCare } from './store/library-care.js';
import { StoredLinks } from './store/links.js';
import { StoredMadeDownloads } from './store/made-downloads.js';
import { HeldTorrents } from './store/held-torrents.js';
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
import { watchTextFile } from './watch-text-file.js';

/** The longest time over which a service counts links (TorBox, documented 2026), in milliseconds. */
const longestLinkWindowMs = 5 * 60_000;

/** So long an addition may go on that is given up, in milliseconds: the parts below need what is left of the end. */
const ordersEndMs = 5_000;

/** So long the library may go on with what it is at when the process is to end, in milliseconds. */
const busyMs = 2_000;

/** A running mount whose tree can be looked at, and waited for. */
export interface AppMount extends RunningMount {
  readonly tree: TreeReader;
  readonly engine: SyncEngine;
  /** Resolves once the tree is mounted, or not to be mounted any more because it is being ended; rejects when it cannot be. */
  readonly mounted: Promise<void>;
  /** How it is, in a line. */
  readonly summary: () => string;
  /** Resolves once nekoBT was asked about all that it is to be asked about. */
  readonly identified: () => Promise<void>;
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
  readonly held: HeldTorrents;
  readonly overrides: { current: Overrides };
  readonly links: StoredLinks;
  readonly traffic: StoredTraffic;
  readonly ownLinks: LinksFiles;
  readonly reader: CountingReader;
  /** What file hosts sent since the start. */
  readonly received: { readonly bytes: number };
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
  const { counts } = first;
  const providers = accounts.map((account) =>
    providerOf(account, logger, {
      meter: counts,
      recentLinkTimesMs: links.bornSince(account.name, systemClock.now() - longestLinkWindowMs),
      madeDownloads,
      ownLinks,
      learn: context.learn,
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
  const received = { bytes: 0 };
  const news: Parts['news'] = { listener: () => undefined };
  const reader = createContentReader({
    tree: watched,
    links,
    providers: new Map<AccountName, Provider>(providers.map((provider) => [provider.account, provider])),
    memory,
    disk: () => cache.current,
    patienceMs: config.read.patienceMs,
    bytesPerSecond: config.bwlimitBytesPerSecond,
    onReceived: (account, bytes) => {
      traffic.add(account, bytes);
      received.bytes += bytes;
    },
    onNews: (told) => news.listener(told),
    meter: counts,
    clock: systemClock,
    logger,
  });
  closers.add(() => reader.close());
  const fileSystem = createFileSystem({
    tree: watched,
    reader,
    onClosed: ({ node, client, openedMs, bytesRead }) => {
      if (node.kind !== 'file') return;
      const seconds = Math.round((systemClock.now() - openedMs) / 100) / 10;
      logger.info({ file: node.name, client, bytesRead, seconds }, 'a file was closed');
    },
  });
  return {
    ...first,
    providers,
    tree,
    damage,
    statistics: new Statistics(db),
    placings: new PlacingReports(db, libraryRules(config), () => overrides.current, systemClock),
    held: new HeldTorrents(db),
    overrides,
    links,
    traffic,
    ownLinks,
    reader,
    received,
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
  let notifiers: Notifiers | null = null;
  const onChanges = (changes: readonly TreeChange[]): void => {
    tree.changed();
    statistics.changed();
    void treeMount.changed(changes);
    notifiers?.changed(changes);
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
    onRound: (round) => history.synced(syncSummary(round)),
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
  const unwatch = watchTextFile(config.overrides, () => {
    reloadOverrides().then(
      () => logger.info({ file: config.overrides }, 'overrides were read anew'),
      (error: unknown) => {
        // Read while the program ends: the next start reads them.
        if (toAppError(error).code === 'aborted') return;
        logger.error({ err: error }, 'overrides stay as they were');
      },
    );
  });
  closers.add(unwatch);
  for (const { name, keptIn } of config.accounts) {
    if (keptIn === null) continue;
    const askAgain = (): void => {
      logger.info({ account: name }, 'its token was changed: it is asked again');
      reader.tokenChanged(name);
      // What comes of it is told as of every round.
      engine.syncAccount(name).catch(() => undefined);
    };
    closers.add(watchTextFile(keptIn, askAgain));
  }

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

  let unmended: string | null = null;
  const cacheReport = (): CacheReport => {
    const { cachedBytes, hitBytes, missBytes } = reader.stats();
    return {
      memoryBytes: cachedBytes,
      memoryLimitBytes: config.cache.memoryBytes,
      hitBytes,
      missBytes,
      receivedBytes: parts.received.bytes,
      disk: parts.cache.current?.stats() ?? null,
    };
  };
  const history = new History(() => ({
    cache: cacheReport(),
    accounts: parts.providers.map((provider) => ({ name: provider.account, budgets: provider.budgets() })),
  }));
  const identified = async (): Promise<void> => identification?.settled();
  const orders = processOrders({
    providers: parts.providers,
    clock: systemClock,
    engine,
    held: parts.held,
    tree,
    told: () => treeMount.told(),
    identified,
  });
  // The control socket ends before, by which what is being added is given up, and the clients are closed after.
  closers.add(() => Promise.race([orders.settled(), systemClock.sleep(ordersEndMs)]));

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
    damage: () => unmended,
    links: parts.links,
    traffic: parts.traffic,
    ownLinks: parts.ownLinks,
    cache: cacheReport,
    openFiles: () => parts.fileSystem.openHandles(),
    notify: () => notifiers?.reports ?? [],
    failures: () => reader.failures(),
    placing: (torrent, content) => parts.placings.of(torrent, content),
    history,
    counts: parts.counts,
    orders,
    reloadOverrides,
    retag: async (below, isDry) => {
      const { changes, renamed } = await library.retag(below, isDry);
      if (changes.length > 0) onChanges(changes);
      return { renamed };
    },
    stop: () => void end(0),
  });
  closers.add(history.start(systemClock));
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
      onDamage: (error) => parts.damage.found(error, 'look'),
      onUnmended: (message) => (unmended = message),
    }),
  );
  if (config.notify.length > 0) {
    notifiers = await startNotifiers(config, { mountpoint, tree, engine, treeMount, logger });
    const started = notifiers;
    closers.add(() => started.stop());
  }
  await identification?.start();
  await engine.start();
  const mounted = isPublished ? Promise.resolve() : engine.published.then(() => treeMount.mount());
  mounted.catch((thrown: unknown) => {
    const error = toAppError(thrown);
    logger.error({ code: error.code }, error.message);
    void end(error.code === 'config' ? 2 : 1);
  });
  const summary = (): string =>
    summaryOf(
      treeMount.report,
      engine.accounts.map(({ provider, state }) => ({ name: provider.account, state: state.condition })),
    );
  return { mountpoint, tree, engine, mounted, summary, identified, stopped, stop: () => end(0) };
}

/** Starts telling media servers; what it takes is loaded only where there are any. */
async function startNotifiers(
  { notify, stateDir }: Config,
  parts: {
    readonly mountpoint: string;
    readonly tree: TreeReader;
    readonly engine: SyncEngine;
    readonly treeMount: TreeMount;
    readonly logger: Logger;
  },
): Promise<Notifiers> {
  const { Notifiers } = await import('./notify/notifiers.js');
  const { mountpoint, tree, engine, treeMount, logger } = parts;
  const file = join(stateDir, 'notify.json');
  const notifiers = new Notifiers({
    targets: notify.map((target) => ({
      ...target,
      url: target.url?.reveal() ?? null,
      token: target.token?.reveal() ?? null,
    })),
    mountpoint,
    tree,
    exists: (path) => nodeAtPath(tree, path) !== undefined,
    isTrusted: () => treeMount.report.state === 'mounted' && !engine.holdsLoss,
    file: {
      load: () => (existsSync(file) ? readFileSync(file, 'utf8') : null),
      // Not flushed to the disk: this thread serves the kernel, and a power cut loses a word, not a file.
      save: (text) => {
        writeFileSync(`${file}.new`, text, { mode: 0o600 });
        renameSync(`${file}.new`, file);
      },
    },
    clock: systemClock,
    logger,
  });
  notifiers.start();
  return notifiers;
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
  const identifier = createIdentifier({ ...nekobt, clock: systemClock });
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

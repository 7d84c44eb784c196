import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import { toAppError } from './core/errors.js';
import type { Logger } from './core/logger.js';
import type { Tree, TreeChange } from './core/tree.js';
import type { Closers } from './closers.js';
import type { FirstParts } from './first-parts.js';
import type { Notifiers } from './notify/notifiers.js';
import { processOrders } from './orders.js';
import { openParts, type Parts } from './parts.js';
import { createIdentifier } from './providers/create-identifier.js';
import { History } from './server/history.js';
import { liveSurface, syncSummary } from './server/live-surface.js';
import { summaryOf } from './server/summary.js';
import type { CacheReport } from './server/surface.js';
import { startLibraryCare } from './store/library-care.js';
import { SyncEngine } from './sync/engine.js';
import { Identification } from './sync/identification.js';
import type { LibrarianThread } from './sync/librarian-client.js';
import type { AccountsProgress, RunningMount, StartContext } from './start-context.js';
import { startNotifiers } from './start-notifiers.js';
import { startServers } from './start-servers.js';
import { TreeMount } from './tree-mount.js';
import { watchSettings } from './watch-settings.js';

/** So long an addition may go on that is given up, in milliseconds: the parts below need what is left of the end. */
const ordersEndMs = 5_000;

/** So long the library may go on with what it is at when the process is to end, in milliseconds. */
const busyMs = 2_000;

/** A running mount whose tree can be looked at, and waited for. */
export interface AppMount extends RunningMount {
  readonly tree: Tree;
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

async function serve(
  config: Config,
  context: StartContext,
  parts: Parts,
  closers: Closers,
): Promise<AppMount> {
  const { logger } = context;
  const { mountpoint, library, tree, statistics, reader } = parts;
  const treeMount = treeMountOf(config, context, parts, (exitCode) => void end(exitCode));
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
  const reloadOverrides = watchSettings(
    config,
    { overrides: parts.overrides, engine, treeMount, reader, logger },
    closers,
  );

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
    const { cachedBytes, evicted, hitBytes, missBytes } = reader.stats();
    return {
      memoryBytes: cachedBytes,
      memoryLimitBytes: config.cache.memoryBytes,
      evictedBlocks: evicted,
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
    streams: () => reader.stats().slots,
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
      engine.accounts.map(({ provider, state, progress }) => ({
        name: provider.account,
        state: state.condition,
        progress,
      })),
    );
  const progress = (): AccountsProgress =>
    engine.accounts.map((account) => ({ account: account.provider.account, progress: account.progress }));
  return { mountpoint, tree, engine, mounted, summary, progress, identified, stopped, stop: () => end(0) };
}

/** The mount that is to be made. @param end ends the process, where it is lost. */
function treeMountOf(
  { mount: settings }: Config,
  { logger, kept }: StartContext,
  { mountpoint, binding, fileSystem, rights }: Parts,
  end: (exitCode: number) => void,
): TreeMount {
  const { dropTo, allowOther } = settings;
  return new TreeMount({
    mountpoint,
    settings,
    binding,
    fileSystem,
    logger,
    mounting: async (mount) => {
      const mounted = await rights.asRootForTheLastTime(mount);
      if (dropTo === null) return mounted;
      logger.info(dropTo, 'it goes on without the rights of root');
      if (!allowOther)
        logger.info(
          {},
          `only user ${dropTo.uid} sees the mount, not even root does (mount.allowOther is false)`,
        );
      return mounted;
    },
    onLost: () => {
      logger.error({ mountpoint }, 'somebody else unmounted it');
      end(1);
    },
    onSilent: () => {
      logger.error(
        { mountpoint },
        'the mount does not answer any more: it is ended, so that another can be made',
      );
      // A keeper has another process that takes over what this one cannot serve.
      if (kept === undefined) end(1);
      else process.kill(process.pid, 'SIGKILL');
    },
  });
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

/** Ends the syncing. A huge listing that is just being taken over is given up: it is asked for again at the next start. */
async function endSync(engine: SyncEngine, library: LibrarianThread): Promise<void> {
  const cancel = systemClock.after(busyMs, () => void library.giveUp());
  await engine.stop().finally(cancel);
}

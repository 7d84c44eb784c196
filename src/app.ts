import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import { AppError, toAppError } from './core/errors.js';
import type { Tree } from './core/tree.js';
import type { Closers } from './closers.js';
import type { FirstParts } from './first-parts.js';
import { openParts, type Parts } from './parts.js';
import type { ProcessEnd } from './process-end.js';
import { processHistory, processSurface } from './process-surface.js';
import { summaryOf } from './server/summary.js';
import type { AccountsProgress, RunningMount, StartContext } from './start-context.js';
import { startServers } from './start-servers.js';
import { startLibraryCare } from './store/library-care.js';
import type { SyncEngine } from './sync/engine.js';
import { openSyncing } from './syncing.js';
import { TreeMount } from './tree-mount.js';
import { watchSettings } from './watch-settings.js';

/** A running mount whose tree can be looked at, and waited for. */
export interface AppMount extends RunningMount {
  readonly tree: Tree;
  readonly engine: SyncEngine;
  /** Resolves once the tree is mounted; rejects when it cannot be. An end that comes before leaves it open: `stopped` tells of that. */
  readonly mounted: Promise<void>;
  /** How it is, in a line. */
  readonly summary: () => string;
  /** Resolves once nekoBT was asked about all that it is to be asked about. */
  readonly identified: () => Promise<void>;
}

/**
 * Starts everything that the first parts are for. The tree is mounted from the store before any network call,
 * unless it was never published: then the mount comes with one account's first complete listing.
 *
 * What is started first ends last. So a part stands above the mount if programs that still read need it, if it publishes or if it takes
 * orders: it ends after the unmount. Below the mount stands what may end while everything is still served. An end that comes
 * meanwhile (`context.signal`) gives the rest up at the next `throwIfAborted`.
 * @returns once the control socket is served.
 * @throws {AppError} `config` or `storage` with the remedy when it cannot start, why the end came where it came meanwhile; then the
 * closers have what is to be ended.
 */
export async function serve(
  config: Config,
  context: StartContext,
  first: FirstParts,
  closers: Closers,
  end: ProcessEnd,
): Promise<AppMount> {
  const { logger, signal, version } = context;
  const { mountpoint, library } = first;
  // What reads, and the clients of the accounts.
  const parts = await openParts(config, context, first, closers);
  signal.throwIfAborted();
  const { tree, damage } = parts;
  void Promise.race([library.died, damage.met]).then((error) => {
    logger.error({ err: error }, error.message);
    void end.fail(error);
  });
  const treeMount = treeMountOf(config, context, parts, end);

  // What publishes, and who hears of it: all of them, before anybody can have something published.
  const history = processHistory(config, parts);
  const syncing = await openSyncing(config, parts, treeMount, history, logger, closers);
  const { engine, identification } = syncing;

  // What takes orders.
  const { overrides, reader } = parts;
  const reloadOverrides = watchSettings(config, { overrides, engine, treeMount, reader, logger }, closers);
  let unmended: string | null = null;
  const surface = processSurface(
    {
      config,
      version,
      parts,
      syncing,
      treeMount,
      history,
      reloadOverrides,
      damage: () => unmended,
      stop: () => void end.stop(),
    },
    closers,
  );
  closers.add(history.start(systemClock));
  signal.throwIfAborted();
  await startServers(config, context, surface, mountpoint, closers);

  // The mount. Its end is handed over before it is begun, so that what is being mounted when the end comes is unmounted as well.
  closers.add(() => treeMount.unmount());
  const isPublished = await library.isPublished();
  if (isPublished) await treeMount.mount();
  else logger.info({}, treeMount.report.detail);
  signal.throwIfAborted();

  // What asks others, and looks after the library.
  closers.add(
    startLibraryCare({
      stateDir: config.stateDir,
      clock: systemClock,
      logger,
      onDamage: (error) => damage.found(error, 'look'),
      onUnmended: (message) => (unmended = message),
    }),
  );
  await identification?.start();
  await engine.start(isPublished);
  const mounted = isPublished ? Promise.resolve() : engine.published.then(() => treeMount.mount());
  mounted.catch((thrown: unknown) => {
    const error = toAppError(thrown);
    logger.error({ code: error.code }, error.message);
    void end.fail(error);
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
  const identified = async (): Promise<void> => identification?.settled();
  const { stopped } = end;
  return {
    mountpoint,
    tree,
    engine,
    mounted,
    summary,
    progress,
    identified,
    stopped,
    stop: () => end.stop(),
  };
}

/** The mount that is to be made. Where it is lost, the process ends. */
function treeMountOf(
  { mount: settings }: Config,
  { logger, kept }: StartContext,
  { mountpoint, binding, fileSystem, rights }: Parts,
  end: ProcessEnd,
): TreeMount {
  const { dropTo, allowOther } = settings;
  const treeMount = new TreeMount({
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
      const error = new AppError('internal', 'somebody else unmounted it', { context: { mountpoint } });
      logger.error({ mountpoint }, error.message);
      void end.fail(error);
    },
    onSilent: () => {
      const silent = 'the mount does not answer any more: it is ended, so that another can be made';
      logger.error({ mountpoint }, silent);
      // A keeper has another process that takes over what this one cannot serve.
      if (kept === undefined) void end.fail(new AppError('internal', silent, { context: { mountpoint } }));
      else process.kill(process.pid, 'SIGKILL');
    },
  });
  // Before anything is ended, so that nothing is mounted any more.
  end.signal.addEventListener('abort', () => treeMount.ending(end.isAskedFor ? 'stopping' : 'gone'));
  return treeMount;
}

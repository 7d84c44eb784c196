import { ownRights, workAs, type Rights } from './become-user.js';
import type { Closers } from './closers.js';
import type { Config } from './config/config.js';
import { abortable } from './core/abortable.js';
import { AppError } from './core/errors.js';
import { Counts } from './server/counts.js';
import type { FuseBinding } from './fuse/binding.js';
import { chooseBinding } from './fuse/choose-binding.js';
import { requireReach } from './fuse/mountpoint.js';
import type { Overrides } from './library/overrides.js';
import { libraryRules, understood } from './placing-settings.js';
import { runningPid } from './server/run-file.js';
import { lockState } from './store/state-lock.js';
import { startLibrarian, type LibrarianThread } from './sync/librarian-client.js';
import type { StartContext } from './start-context.js';

/** How long after a reader's patience the kernel is answered at the latest, in milliseconds. */
const readMarginMs = 30_000;
/** Looking up and listing are answered from SQLite in microseconds; what takes this long, in milliseconds, is stuck. */
const treeDeadlineMs = 10_000;

/** What a mount has for itself before it does anything, and the thread that has opened the store. */
export interface FirstParts {
  readonly mountpoint: string;
  readonly rights: Rights;
  readonly binding: FuseBinding;
  /** Null: what the user says could not be understood. */
  readonly overrides: Overrides | null;
  readonly library: LibrarianThread;
  /** What is counted for whoever watches the process. */
  readonly counts: Counts;
}

/**
 * Takes the state folder and the mountpoint, and opens the store. Most of the time it waits for other processes and
 * threads: meanwhile the rest of the program is loaded, so this file imports little.
 * @throws {AppError} `config` or `storage` with the remedy; `aborted` when it was given up. Then the closers have what is to be ended.
 */
export async function openFirstParts(
  config: Config,
  context: StartContext,
  closers: Closers,
): Promise<FirstParts> {
  const { logger, signal } = context;
  const { mountpoint, stateDir } = config;
  if (mountpoint === null) throw new AppError('config', 'mountpoint: Say where the tree is to appear.');
  const { dropTo } = config.mount;
  const rights =
    dropTo === null
      ? ownRights
      : await workAs(dropTo, { stateDir, cacheDir: config.cache.maxSizeBytes > 0 ? config.cache.dir : null });
  signal.throwIfAborted();
  // Early, so that a state folder or a mountpoint in use is refused before anything is touched or waited for.
  closers.add(lockState(stateDir, () => runningPid(stateDir)));
  const overrides = understood(config, (error) => {
    logger.error(
      { code: error.code },
      `${error.message}\nUntil this is mended, what was understood before holds.`,
    );
  });
  const counts = new Counts();
  const deadlines = { readMs: config.read.patienceMs + readMarginMs, otherMs: treeDeadlineMs };
  const prepare = async (): Promise<FuseBinding> => {
    const chosen = await chooseBinding(config.mount, {
      logger,
      meter: counts,
      deadlines,
      kept: context.kept ?? null,
    });
    await chosen.prepare(mountpoint);
    // A keeper stays root, and unmounts what its worker could not.
    if (dropTo !== null && context.kept === undefined) await requireReach(mountpoint, dropTo);
    return chosen;
  };
  // A mountpoint that does not answer is looked at for seconds, which nobody waits for who has given up the start.
  const preparing = abortable(rights.asRoot(prepare), signal);
  const settings = {
    stateDir,
    accounts: config.accounts.map(({ name }) => name),
    ...libraryRules(config),
    overrides,
  };
  const opening = startLibrarian(settings, logger, { mayOpen: preparing, signal });
  // Before it is open, so that the state folder is left to another process only after the thread has let go of it.
  closers.add(() =>
    opening.then(
      (library) => library.close(),
      () => undefined,
    ),
  );
  const [binding, library] = await Promise.all([preparing, opening]);
  return { mountpoint, rights, binding, overrides, library, counts };
}

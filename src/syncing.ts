import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { Logger } from './core/logger.js';
import type { TreeChange } from './core/tree.js';
import type { Closers } from './closers.js';
import type { Notifiers } from './notify/notifiers.js';
import type { Parts } from './parts.js';
import { createIdentifier } from './providers/create-identifier.js';
import { syncSummary } from './server/live-surface.js';
import type { History } from './server/history.js';
import { startNotifiers } from './start-notifiers.js';
import { SyncEngine } from './sync/engine.js';
import { Identification } from './sync/identification.js';
import type { LibrarianThread } from './sync/librarian-client.js';
import type { TreeMount } from './tree-mount.js';

/** So long the library may go on with what it is at when the process is to end, in milliseconds. */
const busyMs = 2_000;

/** What publishes, and tells everybody who looks at the tree. It asks nobody before it is started. */
export interface Syncing {
  readonly engine: SyncEngine;
  /** Null where no catalogue is asked. */
  readonly identification: Identification | null;
  /** Null where there are none. */
  readonly notifiers: Notifiers | null;
  /** Tells of changes that were published. */
  readonly onChanges: (changes: readonly TreeChange[]) => void;
}

/** Joins what asks accounts and catalogues with all that have to hear what came of it. */
export async function openSyncing(
  config: Config,
  parts: Parts,
  treeMount: TreeMount,
  history: History,
  logger: Logger,
  closers: Closers,
): Promise<Syncing> {
  const { library, mountpoint, tree, statistics } = parts;
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
    peek: parts.reader.peek,
    onRound: (round) => history.synced(syncSummary(round)),
  });
  parts.news.listener = (news) => {
    engine.heard(news);
    parts.repairs.heard(news);
  };
  // They end after the syncing, so that its last changes are kept for the next process.
  if (config.notify.length > 0) {
    const started = await startNotifiers(config, { mountpoint, tree, engine, treeMount, logger });
    notifiers = started;
    closers.add(() => started.stop());
  }
  closers.add(() => endSync(engine, library));
  parts.repairs.start((account) => engine.syncAccount(account));
  // Before the clients are closed, by which it removes what it has added.
  closers.add(() => parts.repairs.stop());
  return { engine, identification, notifiers, onChanges };
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

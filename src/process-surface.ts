/** What the running process tells and takes orders by: its status, its history, and what commands ask of it. */
import type { Config } from './config/config.js';
import { systemClock } from './core/clock.js';
import type { Closers } from './closers.js';
import { processOrders } from './orders.js';
import type { Parts } from './parts.js';
import { History } from './server/history.js';
import { liveSurface } from './server/live-surface.js';
import type { CacheReport, Surface } from './server/surface.js';
import type { Syncing } from './syncing.js';
import type { TreeMount } from './tree-mount.js';

/** So long an addition may go on that is given up, in milliseconds: the parts below need what is left of the end. */
const ordersEndMs = 5_000;

export interface ProcessSurfaceOptions {
  readonly config: Config;
  readonly version: string;
  readonly parts: Parts;
  readonly syncing: Syncing;
  readonly treeMount: TreeMount;
  readonly history: History;
  readonly reloadOverrides: () => Promise<void>;
  /** What is wrong with the library, as a sentence; null: nothing is known. */
  readonly damage: () => string | null;
  readonly stop: () => void;
}

/** Makes it; the closers have what is to be ended, which is what is being added. */
export function processSurface(options: ProcessSurfaceOptions, closers: Closers): Surface {
  const { config, parts, treeMount, history, reloadOverrides, damage, stop } = options;
  const { engine, identification, notifiers, onChanges } = options.syncing;
  const { library, tree, statistics, reader } = parts;
  const orders = processOrders({
    providers: parts.providers,
    clock: systemClock,
    engine,
    held: parts.held,
    tree,
    told: () => treeMount.told(),
    identified: async () => identification?.settled(),
  });
  // The control socket ends before, by which what is being added is given up, and the clients are closed after.
  closers.add(() => Promise.race([orders.settled(), systemClock.sleep(ordersEndMs)]));
  return liveSurface({
    version: options.version,
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
    damage,
    links: parts.links,
    traffic: parts.traffic,
    ownLinks: parts.ownLinks,
    cache: () => cacheReport(config, parts),
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
    stop,
  });
}

/** How it went over time; it is kept once it is started. */
export function processHistory(config: Config, parts: Parts): History {
  return new History(() => ({
    cache: cacheReport(config, parts),
    accounts: parts.providers.map((provider) => ({ name: provider.account, budgets: provider.budgets() })),
  }));
}

function cacheReport(config: Config, { reader, received, cache }: Parts): CacheReport {
  const { cachedBytes, evicted, hitBytes, missBytes } = reader.stats();
  return {
    memoryBytes: cachedBytes,
    memoryLimitBytes: config.cache.memoryBytes,
    evictedBlocks: evicted,
    hitBytes,
    missBytes,
    receivedBytes: received.bytes,
    disk: cache.current?.stats() ?? null,
  };
}

/** Where `debridfs add` and `debridfs remove` come from: the running process, or the command alone. */
import { ListedHolders, ProviderOrders } from './adding/account-orders.js';
import type { OpenedHoldings, OpenedOrders } from './cli/dependencies.js';
import type { Config } from './config/config.js';
import { atMost } from './core/abortable.js';
import { systemClock, type Clock } from './core/clock.js';
import { AppError } from './core/errors.js';
import { silentLogger } from './core/logger.js';
import type { Provider } from './core/provider.js';
import type { Tree } from './core/tree.js';
import { providerOf } from './account-clients.js';
import { pathOf } from './core/tree-path.js';
import { HeldTorrents } from './store/held-torrents.js';
import { openTree } from './store/open.js';
import { awaitMs } from './sync/awaited-answers.js';
import type { SyncEngine } from './sync/engine.js';

/** So long a list is waited for before it is decided by what is known who holds a torrent, in milliseconds. */
const listWithinMs = 20_000;

/** What a running process has. */
export interface ProcessParts {
  readonly providers: readonly Provider[];
  readonly clock: Clock;
  readonly engine: Pick<SyncEngine, 'syncAccount' | 'syncWhole' | 'removed'>;
  readonly held: HeldTorrents;
  readonly tree: Tree;
  /** Resolves once the mount shows the tree as it is. */
  readonly told: () => Promise<void>;
  /** Resolves once nekoBT was asked about all that it is to be asked about. */
  readonly identified: () => Promise<void>;
}

/** The orders of a running process: by its clients, so that budgets are one, and by its syncs, so that no list is read twice. */
export function processOrders({
  providers,
  clock,
  engine,
  held,
  tree,
  told,
  identified,
}: ProcessParts): ProviderOrders {
  return new ProviderOrders({
    providers,
    clock,
    holders: async (torrent, accounts, signal) => {
      const late = (): AppError => new AppError('timeout', 'It does not answer.');
      const syncs = accounts.map((account) => atMost(clock, listWithinMs, engine.syncAccount(account), late));
      const rounds = await Promise.allSettled(syncs);
      const unheard = accounts.filter((_, at) => {
        const round = rounds[at];
        if (round?.status !== 'fulfilled') return true;
        return round.value?.lists.some(({ list, error }) => list === 'torrents' && error !== null) ?? true;
      });
      if (signal.aborted) throw new AppError('aborted', 'It was given up before anything was changed.');
      const items = held.items(torrent).filter(({ account }) => accounts.includes(account));
      return { items, unheard: new Set(unheard) };
    },
    removed: async (item) => {
      await engine.removed(item);
      await told();
    },
    linkDropped: async (torrent) => {
      for (const item of held.items(torrent)) if (item.list === 'links') await engine.removed(item);
      await told();
    },
    shown: async (account, torrent, signal) => {
      // A first sync may take long: what is there by then is told.
      const late = (): AppError => new AppError('timeout', 'It takes longer.');
      await atMost(clock, listWithinMs, engine.syncWhole(account), late).catch(() => undefined);
      // What waits for its exact title is in `movies/` and `shows/` after that, or after as long as it may wait.
      await Promise.race([identified(), clock.sleep(awaitMs, signal)]);
      await told();
      return held.places(torrent).flatMap((inode) => pathOf(tree, inode) ?? []);
    },
  });
}

/** Orders of a command where no process runs. The caller closes them. */
export function openOrders(config: Config): OpenedOrders {
  const providers = config.accounts.map((account) => providerOf(account, silentLogger));
  const holders = new ListedHolders(providers);
  const orders = new ProviderOrders({
    providers,
    clock: systemClock,
    holders: (torrent, accounts, signal) => holders.of(torrent, accounts, signal),
    removed: () => Promise.resolve(),
    shown: () => Promise.resolve(null),
    linkDropped: () => Promise.resolve(),
  });
  const close = async (): Promise<void> => {
    await Promise.all(providers.map((provider) => provider.close()));
  };
  return Object.assign(orders, { close });
}

/** What the library has of torrents, read beside a process that may run. @throws {AppError} as `openTree`. */
export function openHoldings(stateDir: string): OpenedHoldings {
  const opened = openTree(stateDir);
  return { tree: opened.tree, held: new HeldTorrents(opened.db), close: () => opened.close() };
}

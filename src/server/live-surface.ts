import type { AccountOrders } from '../core/adding.js';
import { systemClock } from '../core/clock.js';
import { sourceKey, type Source } from '../core/content.js';
import type { LinkStore } from '../core/link-store.js';
import type { NotifyReport } from '../core/notify-report.js';
import type { ReadFailure } from '../core/reading.js';
import type { ListName } from '../core/torrent.js';
import type { Tree } from '../core/tree.js';
import type { Statistics } from '../store/statistics.js';
import type { StoredTraffic } from '../store/traffic.js';
import type { AccountSync, RoundReport } from '../sync/account-sync.js';
import type { SyncEngine } from '../sync/engine.js';
import type { OpenFile } from '../vfs/open-files.js';
import type { Counts } from './counts.js';
import { explainFromTree, type Placing } from './explain-tree.js';
import type { History } from './history.js';
import { keptLinksReport, type ToldLinks } from './links-report.js';
import { listFolder } from './listing.js';
import type { Metrics } from './metrics.js';
import { nodeAtPath, pathOf } from '../core/tree-path.js';
import type {
  AccountReport,
  CacheReport,
  Explanation,
  FailureReport,
  HeldReport,
  MountReport,
  OpenFileReport,
  StatusReport,
  Surface,
  SyncReport,
  SyncSummary,
} from './surface.js';

/** What is told of an account. */
type ReportedAccount = Pick<
  AccountSync,
  | 'provider'
  | 'state'
  | 'unreadable'
  | 'refusalOf'
  | 'lastRound'
  | 'lastCompleteMs'
  | 'awaitingDetails'
  | 'progress'
  | 'confirmAfterMs'
>;

/** What the surface looks at; it changes none of it. */
export interface LiveSurfaceParts {
  readonly version: string;
  readonly startedMs: number;
  readonly mount: () => MountReport;
  /** What its syncs by hand bring can be seen in the mount once they resolve. */
  readonly engine: Pick<SyncEngine, 'syncNow'> & { readonly accounts: readonly ReportedAccount[] };
  readonly tree: Tree;
  readonly statistics: Pick<Statistics, 'counts' | 'itemsOf' | 'ofLink' | 'sizelessLinks'>;
  /** What is wrong with the library, as a sentence; null: nothing is known. */
  readonly damage: () => string | null;
  readonly links: LinkStore;
  readonly traffic: Pick<StoredTraffic, 'of'>;
  readonly ownLinks: ToldLinks;
  readonly cache: () => CacheReport;
  readonly openFiles: () => readonly OpenFile[];
  /** Open requests to file hosts. */
  readonly streams: () => number;
  readonly notify: () => readonly NotifyReport[];
  /** Newest first. */
  readonly failures: () => readonly ReadFailure[];
  readonly placing: Placing;
  readonly history: Pick<History, 'report'>;
  readonly counts: Counts;
  readonly orders: AccountOrders;
  readonly reloadOverrides: () => Promise<void>;
  readonly retag: Surface['retag'];
  readonly stop: () => void;
}

/** The running process as it is at the moment of asking. */
export function liveSurface(parts: LiveSurfaceParts): Surface {
  const { engine, tree, history } = parts;
  const links = keptLinksReport(
    parts.ownLinks,
    parts.statistics,
    engine.accounts.map(({ provider }) => provider),
  );
  /** Made when it is first asked for, by a package that no mount waits for. */
  let metrics: Promise<Metrics> | null = null;
  const surface: Surface = {
    orders: parts.orders,
    readiness: () => {
      const { state, detail } = parts.mount();
      return state === 'mounted' ? { ready: true } : { ready: false, reason: detail };
    },
    status: (): StatusReport => ({
      version: parts.version,
      pid: process.pid,
      startedMs: parts.startedMs,
      nowMs: systemClock.now(),
      mount: parts.mount(),
      accounts: engine.accounts.map((account) => accountReport(account, parts)),
      library: parts.statistics.counts(),
      damage: parts.damage(),
      links: links(),
      cache: parts.cache(),
      openFiles: parts.openFiles().map((file) => openFileReport(file, tree)),
      streams: parts.streams(),
      notify: parts.notify(),
      lastSync: lastSync(engine),
      recentFailures: parts.failures().map((failure) => failureReport(failure, tree, null)),
    }),
    sync: async (signal, accept): Promise<SyncReport> => {
      const given = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      const rounds = await Promise.race([engine.syncNow(accept), given]);
      return { accounts: rounds.map(syncSummary) };
    },
    explain: (path): Explanation => {
      const known = explainFromTree(tree, path, parts.placing);
      const node = nodeAtPath(tree, path);
      if (node?.kind !== 'file') return known;
      const failure = parts.failures().find(({ content }) => content === node.content);
      const sources = new Map(tree.sources(node.content).map((source) => [itemKey(source), source]));
      return {
        ...known,
        sources: known.sources.map((report) => {
          const source = sources.get(itemKey(report));
          if (source === undefined) return report;
          const account = engine.accounts.find(({ provider }) => provider.account === source.account);
          return {
            ...report,
            refused: account?.refusalOf(source)?.message ?? null,
            linkBornMs: parts.links.get(sourceKey(source))?.bornMs ?? null,
          };
        }),
        lastFailure: failure === undefined ? null : failureReport(failure, tree, known.path),
      };
    },
    history: () => history.report(),
    metrics: async () => {
      metrics ??= import('./metrics.js').then(({ createMetrics }) =>
        createMetrics(() => surface.status(), parts.counts),
      );
      return (await metrics).metrics();
    },
    list: (path, from) => listFolder(tree, path, from),
    reloadOverrides: parts.reloadOverrides,
    retag: parts.retag,
    stop: parts.stop,
  };
  return surface;
}

function itemKey({ account, list, itemId }: Pick<Source, 'account' | 'list' | 'itemId'>): string {
  return JSON.stringify([account, list, itemId]);
}

function accountReport(
  account: ReportedAccount,
  { statistics, traffic }: Pick<LiveSurfaceParts, 'statistics' | 'traffic'>,
): AccountReport {
  const { provider, state } = account;
  return {
    name: provider.account,
    service: provider.service,
    state: state.condition,
    detail: state.detail,
    premiumUntilMs: state.premiumUntilMs,
    items: statistics.itemsOf(provider.account),
    lastCompleteMs: account.lastCompleteMs,
    awaitingDetails: account.awaitingDetails,
    progress: account.progress,
    held: heldReport(account),
    budgets: provider.budgets(),
    allowances: state.allowances,
    unreadable: account.unreadable,
    received: traffic.of(provider.account),
  };
}

/** How lists are called. */
const listWords: Readonly<Record<ListName, string>> = {
  torrents: 'torrents',
  usenet: 'usenet downloads',
  webdl: 'web downloads',
  downloads: 'downloads',
  saved: 'saved links',
  history: 'recent links',
  links: 'links of your own',
};

function heldReport({ provider, lastRound, confirmAfterMs }: ReportedAccount): HeldReport | null {
  const losses = (lastRound?.lists ?? []).flatMap(({ list, held }) =>
    held === null ? [] : [{ list, ...held }],
  );
  if (losses.length === 0) return null;
  const lacked = losses.map(({ list, lost, of }) => `${lost} of ${of} ${listWords[list]}`).join(' and ');
  const sinceMs = Math.min(...losses.map((loss) => loss.sinceMs));
  return {
    missing: losses.reduce((sum, { lost }) => sum + lost, 0),
    of: losses.reduce((sum, { of }) => sum + of, 0),
    sinceMs,
    untilMs: Math.max(...losses.map((loss) => loss.sinceMs)) + confirmAfterMs,
    reason: `The service's last listing lacked ${lacked}, too many to be believed at once. They stay in the tree until a later listing agrees. If they are meant to be gone: debridfs sync --accept ${provider.account}`,
  };
}

function lastSync(engine: LiveSurfaceParts['engine']): SyncSummary | null {
  const rounds = engine.accounts.flatMap((account) => account.lastRound ?? []);
  const newest = rounds.sort((a, b) => b.finishedMs - a.finishedMs)[0];
  return newest === undefined ? null : syncSummary(newest);
}

/** A round, for people. */
export function syncSummary(round: RoundReport): SyncSummary {
  const sum = (count: (list: RoundReport['lists'][number]) => number): number =>
    round.lists.reduce((total, list) => total + count(list), 0);
  return {
    account: round.account,
    endedMs: round.finishedMs,
    complete: round.complete,
    added: sum((list) => list.added),
    removed: sum((list) => list.removed),
    held: sum((list) => list.held?.lost ?? 0),
    accepted: round.accepted,
    failure: round.lists.find((list) => list.error !== null)?.error ?? null,
  };
}

function openFileReport(file: OpenFile, tree: Tree): OpenFileReport {
  return {
    path: pathOf(tree, file.inode)?.slice(1) ?? file.name,
    sizeBytes: file.size,
    pid: file.pid,
    client: file.client,
    openedMs: file.openedMs,
    readBytes: file.bytesRead,
    positionBytes: file.position,
    bufferedBytes: file.buffered,
  };
}

function failureReport(
  { content, atMs, error }: ReadFailure,
  tree: Tree,
  path: string | null,
): FailureReport {
  const account = error.context['account'];
  return {
    atMs,
    code: error.code,
    message: error.message,
    account: typeof account === 'string' ? account : null,
    path: path ?? tree.content(content)?.baseName ?? null,
  };
}

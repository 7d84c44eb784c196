import type { AccountOrders } from '../../src/core/adding.js';
import { AppError } from '../../src/core/errors.js';
import type { HistoryReport } from '../../src/server/history.js';
import type { FolderListing } from '../../src/server/listing.js';
import type {
  Explanation,
  Readiness,
  RetagReport,
  StatusReport,
  Surface,
  SyncReport,
} from '../../src/server/surface.js';

/** A process of which tests decide what it says. */
export class FakeSurface implements Surface {
  ready: Readiness = { ready: true };
  report: StatusReport = emptyStatus;
  orders: AccountOrders = {
    add: () => Promise.reject(new Error('not given')),
    progressOf: () => Promise.reject(new Error('not given')),
    holders: () => Promise.resolve([]),
    remove: () => Promise.reject(new Error('not given')),
    shown: () => Promise.resolve([]),
    addLink: () => Promise.reject(new Error('not given')),
    linkDropped: () => Promise.resolve(),
  };
  stops = 0;
  syncs: AbortSignal[] = [];
  onSync: (signal: AbortSignal) => Promise<SyncReport> = () => Promise.resolve({ accounts: [] });

  readiness(): Readiness {
    return this.ready;
  }

  status(): StatusReport {
    return this.report;
  }

  reloads = 0;
  reloadOverrides(): Promise<void> {
    this.reloads += 1;
    return Promise.resolve();
  }

  readonly retags: (readonly [below: string, isDry: boolean])[] = [];
  retag(below: string, isDry: boolean): Promise<RetagReport> {
    this.retags.push([below, isDry]);
    return Promise.resolve({ renamed: [{ from: 'shows/A/B.mkv', to: 'shows/A {tvdb-1}/B.mkv' }] });
  }

  readonly accepts: (string | boolean)[] = [];
  sync(signal: AbortSignal, accept: string | boolean): Promise<SyncReport> {
    this.syncs.push(signal);
    this.accepts.push(accept);
    return this.onSync(signal);
  }

  metrics(): Promise<string> {
    return Promise.resolve('debridfs_mount_up 1\n# very-secret\n');
  }

  history(): HistoryReport {
    return { accounts: ['rd'], samples: [], syncs: [] };
  }

  list(path: string, from: number): FolderListing {
    if (path !== '/movies') throw new AppError('not-found', `There is nothing at ${path}.`);
    return {
      path,
      entries: [{ name: `from ${from}`, kind: 'directory', sizeBytes: null, mtimeMs: 0 }],
      total: 1,
    };
  }

  explain(path: string): Explanation {
    if (path !== '/movies/Ä b.mkv') throw new AppError('not-found', `There is no ${path} in the tree.`);
    return {
      path,
      kind: 'file',
      inode: '9223372036854775807',
      mtimeMs: 0,
      sizeBytes: 5,
      content: { torrent: 'aa', baseName: 'b.mkv', ordinal: 0 },
      places: [path, '/all/A/b.mkv'],
      placing: {
        torrentName: 'A',
        path: 'b.mkv',
        confidence: 'weak',
        why: 'Nothing in its name says episode.',
        about: null,
        folders: [],
        isMoved: false,
        overrides: ['kind: movie'],
        evidence: [
          { from: 'file', name: 'b', says: 'the title "b"', grade: 'medium', rejected: null },
          { from: 'torrent', name: 'A', says: 'season 2', grade: 'medium', rejected: 'It is a film.' },
        ],
      },
      reasons: ['The year was told by the torrent.'],
      sources: [
        {
          account: 'rd',
          list: 'torrents',
          itemId: '1',
          ready: true,
          reason: null,
          refused: null,
          linkBornMs: 0,
        },
        {
          account: 'tb',
          list: 'torrents',
          itemId: '2',
          ready: false,
          reason: 'expired',
          refused: null,
          linkBornMs: null,
        },
      ],
      lastFailure: null,
    };
  }

  stop(): void {
    this.stops += 1;
  }
}

export const emptyStatus: StatusReport = {
  version: '0.0.0',
  pid: 1,
  startedMs: 0,
  nowMs: 0,
  mount: { mountpoint: '/mnt', state: 'waiting', detail: 'It waits for rd.', binding: null, mountedMs: null },
  accounts: [
    {
      name: 'rd',
      service: 'real-debrid',
      state: 'rejected',
      detail: 'The token is not accepted.',
      premiumUntilMs: null,
      items: 3,
      lastCompleteMs: null,
      awaitingDetails: 2,
      progress: null,
      held: { missing: 9, of: 10, sinceMs: 0, untilMs: 60_000, reason: '9 of 10 are missing.' },
      budgets: [{ name: 'links', used: 1, limit: 100, windowMs: 300_000 }],
      allowances: [],
      unreadable: [],
      received: { todayBytes: 5 * 2 ** 30, fifteenDaysBytes: 3 * 2 ** 40 },
    },
  ],
  links: { lines: 0, hidden: [], problems: [], sizeless: 0 },
  library: { movies: 1, shows: 2, episodes: 3, other: 4, torrents: 5, files: 6, bytes: 7 },
  damage: null,
  streams: 0,
  cache: {
    memoryBytes: 0,
    memoryLimitBytes: 1,
    evictedBlocks: 0,
    hitBytes: 0,
    missBytes: 0,
    receivedBytes: 0,
    disk: null,
  },
  openFiles: [],
  notify: [],
  lastSync: null,
  recentFailures: [],
};

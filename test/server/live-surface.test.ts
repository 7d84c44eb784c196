import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveSurface } from '../../src/server/live-surface.js';
import type { AccountReport } from '../../src/server/surface.js';
import { openForReading, type Connection } from '../../src/store/database.js';
import { Statistics } from '../../src/store/statistics.js';
import type { RoundReport } from '../../src/sync/account-sync.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, item, openLibrary, temporaryFolder, type TestLibrary } from '../support/library.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

let folder: ReturnType<typeof temporaryFolder>;
let library: TestLibrary;
let db: Connection;

beforeEach(() => {
  folder = temporaryFolder();
  library = openLibrary(folder.path, new FakeClock());
  db = openForReading(folder.path);
});
afterEach(() => {
  db.close();
  library.close();
  folder.remove();
});

/** The reports on accounts, by what their last round found. */
function accounts(rounds: Readonly<Record<string, RoundReport | null>>): readonly AccountReport[] {
  const surface = liveSurface({
    version: '1',
    startedMs: 0,
    mount: () => ({ mountpoint: '/mnt', state: 'mounted', detail: '', binding: null, mountedMs: 0 }),
    engine: {
      accounts: Object.entries(rounds).map(([name, lastRound]) => ({
        provider: new ScriptedProvider(name),
        state: { condition: 'unreachable', detail: '', premiumUntilMs: null },
        lastRound,
        lastCompleteMs: null,
        awaitingDetails: 0,
      })),
      syncNow: () => Promise.resolve([]),
    },
    tree: library.tree,
    statistics: new Statistics(db),
    links: { get: () => undefined, put: () => undefined },
    traffic: { of: (account) => ({ todayBytes: account.length, fifteenDaysBytes: 2 ** 40 }) },
    cache: () => ({
      memoryBytes: 0,
      memoryLimitBytes: 0,
      hitBytes: 0,
      missBytes: 0,
      disk: null,
    }),
    openFiles: () => [],
    failures: () => [],
    placing: () => null,
    reloadOverrides: () => Promise.resolve(),
    stop: () => undefined,
  });
  return surface.status().accounts;
}

it('an account that was not asked since the start has the items of the store', () => {
  const failed = item('2', 'B', null, { state: 'failed' });
  library.librarian.applyListing('rd', 'torrents', complete(item('1', 'A', null), failed), 60_000);
  library.librarian.applyListing('tb', 'webdl', complete(item('3', 'C', null)), 60_000);
  const reports = accounts({ rd: null, ad: null, tb: null });
  expect(reports.map(({ items, lastCompleteMs }) => [items, lastCompleteMs])).toEqual([
    [2, null],
    [0, null],
    [1, null],
  ]);
});

it('an account is shown with what its file hosts sent', () => {
  expect(accounts({ rd: null }).map(({ received }) => received)).toEqual([
    { todayBytes: 2, fifteenDaysBytes: 2 ** 40 },
  ]);
});

it('a loss that is held says of which lists, since when, and what to do', () => {
  const list = (name: 'torrents' | 'usenet' | 'webdl', held: RoundReport['lists'][number]['held']) => ({
    list: name,
    added: 0,
    removed: 0,
    held,
    error: null,
  });
  const lists = [
    list('torrents', { lost: 9, of: 10, sinceMs: 5_000 }),
    list('usenet', null),
    list('webdl', { lost: 4, of: 4, sinceMs: 4_000 }),
  ];
  const round: RoundReport = { account: 'tb', finishedMs: 6_000, complete: true, usable: true, lists };
  const [report] = accounts({ tb: round });
  expect(report?.held).toMatchObject({ missing: 13, sinceMs: 4_000 });
  expect(report?.held?.reason).toContain('9 of 10 items of torrents and 4 of 4 items of webdl');
  expect(report?.held?.reason).toContain('debridfs sync --accept');
});

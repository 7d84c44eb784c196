import { afterEach, beforeEach, expect, it } from 'vitest';
import { liveSurface } from '../../src/server/live-surface.js';
import type { AccountReport } from '../../src/server/surface.js';
import { openForReading, type Connection } from '../../src/store/database.js';
import { Statistics } from '../../src/store/statistics.js';
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

/** The reports on accounts of which none was asked since the start. */
function unaskedAccounts(...names: readonly string[]): readonly AccountReport[] {
  const surface = liveSurface({
    version: '1',
    startedMs: 0,
    mount: () => ({ mountpoint: '/mnt', state: 'mounted', detail: '', binding: null, mountedMs: 0 }),
    engine: {
      accounts: names.map((name) => ({
        provider: new ScriptedProvider(name),
        state: { condition: 'unreachable', detail: '', premiumUntilMs: null },
        lastRound: null,
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
  const reports = unaskedAccounts('rd', 'ad', 'tb');
  expect(reports.map(({ items, lastCompleteMs }) => [items, lastCompleteMs])).toEqual([
    [2, null],
    [0, null],
    [1, null],
  ]);
});

it('an account is shown with what its file hosts sent', () => {
  expect(unaskedAccounts('rd').map(({ received }) => received)).toEqual([
    { todayBytes: 2, fifteenDaysBytes: 2 ** 40 },
  ]);
});

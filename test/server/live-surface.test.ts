import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccountReport } from '../../src/server/surface.js';
import { openForReading, type Connection } from '../../src/store/database.js';
import { Statistics } from '../../src/store/statistics.js';
import type { RoundReport } from '../../src/sync/account-sync.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, item, openLibrary, temporaryFolder, type TestLibrary } from '../support/library.js';
import { ScriptedProvider } from '../support/scripted-provider.js';
import { surfaceOf } from '../support/surface.js';

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
  return reportsOn(names.map((name) => ({ name, lastRound: null })));
}

function reportsOn(
  accounts: readonly { readonly name: string; readonly lastRound: RoundReport | null }[],
): readonly AccountReport[] {
  const surface = surfaceOf({
    engine: {
      accounts: accounts.map(({ name, lastRound }) => ({
        provider: new ScriptedProvider(name),
        state: { condition: 'unreachable', detail: '', premiumUntilMs: null, allowances: [] },
        unreadable: [],
        refusalOf: () => null,
        lastRound,
        lastCompleteMs: null,
        awaitingDetails: 0,
        progress: null,
        confirmAfterMs: 60_000,
      })),
      syncNow: () => Promise.resolve([]),
    },
    tree: library.tree,
    statistics: new Statistics(db),
    traffic: { of: (account) => ({ todayBytes: account.length, fifteenDaysBytes: 2 ** 40 }) },
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

it('a held loss is told: how much of which list, since when, until when, why and what to do', () => {
  const list = { added: 0, removed: 0, error: null };
  const lastRound = {
    account: 'tb',
    finishedMs: 9_000,
    complete: true,
    usable: true,
    accepted: false,
    lists: [
      { ...list, list: 'torrents', held: { lost: 45, of: 50, sinceMs: 5_000 } },
      { ...list, list: 'usenet', held: null },
      { ...list, list: 'webdl', held: { lost: 4, of: 4, sinceMs: 3_000 } },
    ],
  } as const;
  expect(reportsOn([{ name: 'tb', lastRound }]).map(({ held }) => held)).toEqual([
    {
      missing: 49,
      of: 54,
      sinceMs: 3_000,
      untilMs: 65_000,
      reason:
        "The service's last listing lacked 45 of 50 torrents and 4 of 4 web downloads, too many to be believed at once. " +
        'They stay in the tree until a later listing agrees. If they are meant to be gone: debridfs sync --accept tb',
    },
  ]);
});

it('an account is shown with what its file hosts sent', () => {
  expect(unaskedAccounts('rd').map(({ received }) => received)).toEqual([
    { todayBytes: 2, fifteenDaysBytes: 2 ** 40 },
  ]);
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import { plainLink, type OwnLink } from '../../src/core/own-links.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { hosterLink } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { FakeClock } from '../support/fake-clock.js';
import { filesBelow, inThisThread, openLibrary, temporaryFolder } from '../support/library.js';

const key = `obb_${'a'.repeat(32)}`;
const dayMs = 24 * 3_600_000;

const wanted = hosterLink('https://files.test/wanted', { path: 'A.Wanted.Film.2020.mkv', size: 1_000 });
const offered = hosterLink('https://files.test/An.Offered.Film.2021.mkv', { path: 'x.mkv', size: 2_000 });
const unknown = hosterLink('https://files.test/unknown', { path: 'y.mkv', size: 3_000 });

const line = (url: string, over: Partial<OwnLink> = {}): OwnLink => ({ ...plainLink(url), ...over });

let emulator: Emulator;
let folder: ReturnType<typeof temporaryFolder>;
let clock: FakeClock;

beforeEach(async () => {
  emulator = await startEmulator({
    world: {
      accounts: [{ service: 'storage-portal', token: key, items: [] }],
      hosters: [{ domain: 'files.test', services: ['storage-portal'] }],
      links: [wanted, offered, unknown],
    },
  });
  folder = temporaryFolder();
  clock = new FakeClock(emulator.now());
});
afterEach(async () => {
  await emulator.stop();
  folder.remove();
});

/** One life of the process: a round with all that follows from it. @returns the files in `all/`. */
async function life(links: readonly OwnLink[]): Promise<string[]> {
  const library = openLibrary(folder.path, clock, { accounts: ['portal'] });
  const provider = createProvider({
    service: 'storage-portal',
    account: 'portal',
    token: key,
    apiUrl: emulator.apiUrl('storage-portal'),
    proxyUrl: null,
    clock,
    logger: silentLogger,
    ownLinks: { read: () => Promise.resolve({ links, isComplete: true }) },
  });
  const engine = new SyncEngine({
    peek: null,
    providers: [provider],
    library: inThisThread(library),
    clock,
    logger: silentLogger,
    intervalMs: 60_000,
    confirmAfterMs: 60_000,
    onChanges: () => undefined,
  });
  const running = engine.accounts[0];
  await running?.syncNow(AbortSignal.timeout(10_000));
  await running?.settled();
  const files = filesBelow(library.tree, 'all/');
  await engine.stop();
  await provider.close();
  library.close();
  return files;
}

it('what was bought is in the tree beside what was not, and no later start buys it again', async () => {
  const links = [line(wanted.url, { mayBuy: true }), line(offered.url, { size: 2_000 }), line(unknown.url)];
  const shown = [
    'all/A.Wanted.Film.2020/A.Wanted.Film.2020.mkv',
    'all/An.Offered.Film.2021/An.Offered.Film.2021.mkv',
  ];
  expect(await life(links)).toEqual(shown);
  for (let start = 0; start < 3; start += 1) {
    emulator.advance(2 * dayMs);
    clock.skip(2 * dayMs);
    expect(await life(links)).toEqual(shown);
  }
  expect(emulator.log.count({ path: /unrestrict/ })).toBe(1);
  expect(emulator.log.destructive()).toHaveLength(1);
});

it.each<[string, Partial<OwnLink>]>([
  ['name', { name: 'New.mkv' }],
  ['size', { size: 1_000 }],
  ['password', { password: 'pw' }],
])(
  'a line that was bought is not bought again because its %s changes between two starts',
  async (_what, over) => {
    const shown = await life([line(wanted.url, { mayBuy: true })]);
    emulator.advance(2 * dayMs);
    clock.skip(2 * dayMs);
    expect(await life([line(wanted.url, { mayBuy: true, ...over })])).toEqual(shown);
    expect(emulator.log.destructive()).toHaveLength(1);
    expect(await life([line(wanted.url, { mayBuy: true, order: '1' })])).toEqual(shown);
    expect(emulator.log.destructive()).toHaveLength(2);
  },
);

it('a line that is in the tree unbought is bought once the user says so', async () => {
  expect(await life([line(wanted.url, { size: 1_000, name: 'A.Film.2020.mkv' })])).toHaveLength(1);
  expect(emulator.log.count({ path: /unrestrict/ })).toBe(0);
  expect(await life([line(wanted.url, { size: 1_000, name: 'A.Film.2020.mkv', mayBuy: true })])).toEqual([
    'all/A.Film.2020/A.Film.2020.mkv',
  ]);
  expect(emulator.log.destructive()).toHaveLength(1);
});

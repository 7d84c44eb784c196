import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AccountName } from '../../src/core/account.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { ContentId } from '../../src/core/content.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import type { Inode, TreeChange } from '../../src/core/tree.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import { torrent } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { BlockCache } from '../../src/read/block-cache.js';
import { createContentReader, type CountingReader } from '../../src/read/content-reader.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { Repairs } from '../../src/sync/repairs.js';
import { linksInMemory, mebibyte, read } from '../read/reading.js';
import { FakeClock } from '../support/fake-clock.js';
import { inThisThread, openLibrary, temporaryFolder, walk, type TestLibrary } from '../support/library.js';

const dayMs = 24 * 3_600_000;
const token = 'tok';

const show = torrent('Some.Show.S01.1080p-GRP', [
  { path: 'Some.Show.S01.1080p-GRP/Some.Show.S01E01.1080p-GRP.mkv', size: 3 * mebibyte },
  { path: 'Some.Show.S01.1080p-GRP/Some.Show.S01E02.1080p-GRP.mkv', size: 3 * mebibyte },
]);
const film = torrent('A.Film.2001.1080p-GRP.mkv', [
  { path: 'A.Film.2001.1080p-GRP.mkv', size: 3 * mebibyte },
]);

/** One Real-Debrid account through provider, engine, librarian, tree and reader. */
interface World {
  readonly emulator: Emulator;
  readonly engine: SyncEngine;
  readonly library: TestLibrary;
  readonly reader: CountingReader;
  readonly repairs: Repairs;
  readonly changes: TreeChange[];
  readonly old: { readonly show: string; readonly film: string };
  /** Inodes of all paths. */
  readonly shown: () => ReadonlyMap<string, Inode>;
  readonly contentOf: (path: string) => ContentId;
  readonly readAt: (path: string, start: number) => Promise<Buffer>;
}

let close: (() => Promise<void>) | null = null;
afterEach(async () => {
  await close?.();
  close = null;
});

/** The torrents are there for 100 days: as long as nothing of them was read before, no link is any good. */
async function start(mayRepair: boolean): Promise<World> {
  const emulator = await startEmulator({
    world: { accounts: [{ service: 'real-debrid', token, items: [] }] },
    knobs: { rateLimits: false },
  });
  const old = {
    show: emulator.world.addItem(token, { torrent: show }),
    film: emulator.world.addItem(token, { torrent: film }),
  };
  emulator.advance(100 * dayMs);
  let skippedMs = 0;
  // A wait of the client is a wait of the service, and costs the test nothing.
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => {
      skippedMs += Math.max(0, ms);
      emulator.advance(Math.max(0, ms));
      return systemClock.sleep(0, signal);
    },
    after: (ms, call) => systemClock.after(ms, call),
  };
  const folder = temporaryFolder();
  const libraryClock = new FakeClock();
  const library = openLibrary(folder.path, libraryClock, { accounts: ['rd'] });
  const provider = createProvider({
    service: 'real-debrid',
    account: 'rd',
    token,
    apiUrl: emulator.apiUrl('real-debrid'),
    proxyUrl: null,
    clock,
    logger: silentLogger,
    mayRepair,
  });
  const changes: TreeChange[] = [];
  const engine = new SyncEngine({
    peek: null,
    providers: [provider],
    library: inThisThread(library),
    clock: libraryClock,
    logger: silentLogger,
    intervalMs: 60_000,
    confirmAfterMs: 60_000,
    onChanges: (more) => {
      changes.push(...more);
      library.tree.changed();
    },
  });
  const repairs = new Repairs({ providers: [provider], clock, logger: silentLogger });
  repairs.start((account) => engine.syncAccount(account));
  const reader = createContentReader({
    tree: library.tree,
    links: linksInMemory(),
    providers: new Map<AccountName, Provider>([['rd', provider]]),
    memory: new BlockCache(64 * mebibyte),
    disk: () => null,
    patienceMs: 5_000,
    bytesPerSecond: null,
    onReceived: () => undefined,
    onNews: (news) => repairs.heard(news),
    clock: systemClock,
    logger: silentLogger,
  });
  close = async () => {
    reader.close();
    await repairs.stop();
    await engine.stop();
    await provider.close();
    await emulator.stop();
    library.close();
    folder.remove();
  };
  await engine.syncNow();
  await engine.settled();
  changes.length = 0;
  emulator.log.clear();
  const contentOf = (path: string): ContentId => {
    const node = walk(library.tree).get(path);
    if (node?.kind !== 'file') throw new Error(`There is no file ${path}.`);
    return node.content;
  };
  return {
    emulator,
    engine,
    library,
    reader,
    repairs,
    changes,
    old,
    shown: () => new Map([...walk(library.tree)].map(([path, { inode }]) => [path, inode])),
    contentOf,
    readAt: async (path, at) => {
      const file = reader.open(contentOf(path), null, { name: 'test', isScanner: false });
      try {
        return await read(file, at, 1_000);
      } finally {
        file.close();
      }
    },
  };
}

const showPath = 'shows/Some Show/Season 01/Some Show - S01E02 - [1080p GRP].mkv';

/** The second episode's place among the people's folders. */
function episodeIn(world: World): string {
  const path = [...world.shown().keys()].find(
    (one) => one.startsWith('shows/') && /S01E02.*\.mkv$/.test(one),
  );
  return path ?? showPath;
}

describe('a file whose link has aged out', () => {
  it('can be read again a moment later, has never been absent, and is the same file', async () => {
    const world = await start(true);
    const { emulator, engine, library, repairs, changes, old, shown, contentOf, readAt } = world;
    const before = shown();
    const path = episodeIn(world);
    expect(library.tree.sources(contentOf(path)).map(({ itemId }) => itemId)).toEqual([old.show]);
    await expect(readAt(path, 0)).rejects.toMatchObject({ code: 'link-aged' });
    // Lists are taken over all the time, whatever state the two items are in.
    const renewed = new AbortController();
    const renewing = repairs.settled().then(() => renewed.abort());
    while (!renewed.signal.aborted) {
      await engine.syncNow();
      expect(shown()).toEqual(before);
    }
    await renewing;
    await engine.settled();
    expect((await readAt(path, mebibyte)).equals(bytesOf(1, mebibyte))).toBe(true);
    // A second complete list agrees that the old item is gone.
    await engine.syncNow();
    await engine.syncNow();
    await engine.settled();
    const [source, ...others] = library.tree.sources(contentOf(path));
    expect(others).toEqual([]);
    expect(source?.ready).toBe(true);
    expect(source?.itemId).not.toBe(old.show);
    expect(shown()).toEqual(before);
    expect(changes).toEqual([]);
    expect((await readAt(path, 2 * mebibyte)).equals(bytesOf(1, 2 * mebibyte))).toBe(true);
    const api = '/rest/1.0/torrents';
    expect(emulator.log.destructive().map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
      `POST ${api}/addMagnet`,
      `POST ${api}/selectFiles/${source?.itemId ?? ''}`,
      `DELETE ${api}/delete/${old.show}`,
    ]);
  });

  it('keeps its old item where adding it again is refused, and is not tried again at every read', async () => {
    const world = await start(true);
    const { emulator, engine, repairs, old, shown, contentOf, readAt, library } = world;
    const before = shown();
    const path = episodeIn(world);
    emulator.faults.add({
      at: 'rd-api',
      path: /addMagnet/,
      action: { kind: 'status', code: 451, body: '{"error":"infringing_file","error_code":35}' },
    });
    for (let reads = 0; reads < 3; reads += 1) {
      await expect(readAt(path, 0)).rejects.toMatchObject({ code: 'link-aged' });
      await repairs.settled();
      await engine.syncNow();
    }
    expect(shown()).toEqual(before);
    expect(library.tree.sources(contentOf(path)).map(({ itemId }) => itemId)).toEqual([old.show]);
    expect(emulator.log.destructive()).toHaveLength(1);
  });

  it('costs the account nothing where the user did not ask for repair', async () => {
    const world = await start(false);
    const { emulator, repairs, reader, readAt } = world;
    await expect(readAt(episodeIn(world), 0)).rejects.toMatchObject({ code: 'link-aged' });
    await repairs.settled();
    expect(reader.failures()[0]?.error.message).toMatch(/has aged out .* must be added again/);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('leaves the items alone that nobody reads', async () => {
    const world = await start(true);
    const { emulator, repairs, readAt, old } = world;
    await expect(readAt(episodeIn(world), 0)).rejects.toMatchObject({ code: 'link-aged' });
    await repairs.settled();
    await vi.waitFor(() => expect(emulator.log.destructive()).toHaveLength(3));
    expect(emulator.log.count({ path: new RegExp(`info/${old.film}`) })).toBe(0);
  });
});

function bytesOf(file: number, start: number): Buffer {
  return contentBytes(show.hash, show.files[file]?.path ?? '', start, start + 1_000);
}

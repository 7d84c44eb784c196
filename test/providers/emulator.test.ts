import { request } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import type { Item, ItemDetails, TorBoxList, Listing } from '../../src/core/torrent.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldItem, type WorldTorrent } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { never } from '../support/never.js';

const gigabyte = 1_000_000_000;

const show = torrent('Some.Show.S01.1080p.WEB-GRP', [
  { path: 'Some.Show.S01.1080p.WEB-GRP/Season 1/Some.Show.S01E02.mkv', size: 2 * gigabyte },
  { path: 'Some.Show.S01.1080p.WEB-GRP/Season 1/Some.Show.S01E01.mkv', size: gigabyte },
  { path: 'Some.Show.S01.1080p.WEB-GRP/Extras/Trailer.mp4', size: 77 },
]);
const pair = torrent('Pair.S01', [
  { path: 'Pair.S01/Pair.S01E01.mkv', size: 11 },
  { path: 'Pair.S01/Pair.S01E02.mkv', size: 12 },
]);
const film = singleFile('A.Film.2020.2160p.BluRay.x265-GRP.mkv', 60 * gigabyte);
const mixed = torrent('Mixed.2019', [
  { path: 'Mixed.2019/Mixed.2019.mkv', size: 5 * gigabyte },
  { path: 'Mixed.2019/Mixed.2019.nfo', size: 4_321 },
]);

let running: {
  readonly emulator: Emulator;
  readonly provider: Provider;
  readonly tick: (ms: number) => void;
} | null = null;

/** The services with one account, and a client whose time can be moved along with theirs. */
async function start(
  service: ServiceName,
  items: readonly WorldItem[],
  knobs: EmulatorOptions['knobs'] = {},
): Promise<{
  readonly emulator: Emulator;
  readonly provider: Provider;
  readonly tick: (ms: number) => void;
}> {
  const emulator = await startEmulator({ world: { accounts: [{ service, token: 'tok', items }] }, knobs });
  let skippedMs = 0;
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    after: (ms, call) => systemClock.after(ms, call),
  };
  const provider = createProvider({
    service,
    account: 'mine',
    token: 'tok',
    apiUrl: emulator.apiUrl(service),
    proxyUrl: null,
    clock,
    logger: silentLogger,
    userAgent: 'debridfs/test',
  });
  const tick = (ms: number): void => {
    skippedMs += ms;
    emulator.advance(ms);
  };
  running = { emulator, provider, tick };
  return running;
}

afterEach(async () => {
  await running?.provider.close();
  await running?.emulator.stop();
  running = null;
});

async function listed(
  provider: Provider,
  list: TorBoxList = 'torrents',
  mode: 'full' | 'cheap' = 'full',
): Promise<Listing> {
  return provider.list(list, mode, never);
}

/** Items with their files, details asked for where the list does not tell them. */
async function withFiles(
  provider: Provider,
  items: readonly Item[],
  list: TorBoxList = 'torrents',
): Promise<ItemDetails[]> {
  const known = items.flatMap(({ id, name, files }) => (files === null ? [] : [{ id, name, files }]));
  const missing = items.filter(({ files }) => files === null).map(({ id }) => id);
  const details: ItemDetails[] = [...known];
  for await (const detail of provider.details(list, missing, never)) details.push(detail);
  return items
    .map(({ id }) => details.find((detail) => detail.id === id))
    .filter((detail) => detail !== undefined);
}

/** Bytes by a new link, once it has settled. */
async function bytes(
  provider: Provider,
  list: TorBoxList,
  itemId: string,
  ref: string,
  start: number,
  end: number,
): Promise<Buffer> {
  const { url } = await provider.link(
    { account: 'mine', list, itemId, ref, ready: true, reason: null },
    never,
  );
  for (;;) {
    const response = await request(url, { headers: { range: `bytes=${start}-${end - 1}` } });
    const body = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode === 206) return body;
    // TorBox refuses a new link until it has settled.
    expect([response.statusCode, provider.service]).toEqual([400, 'torbox']);
    running?.tick(provider.linkPolicy.settleMs);
  }
}

/** Every file of a torrent that its account holds is told with its size and serves the torrent's bytes. */
async function expectReadable(
  provider: Provider,
  list: TorBoxList,
  details: ItemDetails | undefined,
  of: WorldTorrent,
): Promise<void> {
  const files = details?.files ?? [];
  const base = (path: string): string => path.split('/').at(-1) ?? '';
  expect(files.map(({ path, size }) => [base(path), size])).toEqual(
    expect.arrayContaining(of.files.map(({ path, size }) => [base(path), size])),
  );
  for (const file of of.files) {
    const ref = files.find(({ path }) => base(path) === base(file.path))?.ref ?? 'none';
    const at = Math.max(0, Math.min(file.size - 50, 2 ** 32 - 20));
    const end = Math.min(file.size, at + 50);
    const got = await bytes(provider, list, details?.id ?? '', ref, at, end);
    expect(got.equals(contentBytes(of.hash, file.path, at, end))).toBe(true);
  }
}

describe.each<ServiceName>(['real-debrid', 'alldebrid', 'torbox'])('an account of %s', (service) => {
  it('is read from its list to the bytes of its files, past 4 GiB, and never changed', async () => {
    const { emulator, provider } = await start(service, [{ torrent: show }, { torrent: film }]);
    const { items, scope } = await listed(provider);
    expect(scope).toBe('complete');
    expect(items.map(({ torrent: key, state }) => [key, state])).toEqual([
      [film.hash, 'ready'],
      [show.hash, 'ready'],
    ]);
    expect(items.map(({ addedMs }) => addedMs)).toEqual([emulator.now() - 60_000, emulator.now() - 120_000]);
    const [filmDetails, showDetails] = await withFiles(provider, items);
    await expectReadable(provider, 'torrents', filmDetails, film);
    await expectReadable(provider, 'torrents', showDetails, show);
    expect(showDetails?.name).toBe(show.name);
    expect(await provider.state(never)).toMatchObject({ condition: 'ok', detail: '' });
    expect((await provider.state(never)).premiumUntilMs).toBeGreaterThan(emulator.now());
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('shows what is added and what is removed, with one request where nothing happened', async () => {
    const { emulator, provider, tick } = await start(service, [{ torrent: show }]);
    await listed(provider);
    tick(60_000);
    emulator.log.clear();
    await listed(provider, 'torrents', 'cheap');
    expect(emulator.log.count()).toBe(1);
    const id = emulator.world.addItem('tok', { torrent: film });
    tick(60_000);
    expect((await listed(provider, 'torrents', 'cheap')).items.map((item) => item.id)).toContain(id);
    emulator.world.removeItem('tok', id);
    tick(60_000);
    const after = await listed(provider);
    expect([after.scope, after.items.length]).toEqual(['complete', 1]);
  });

  it('that holds nothing holds nothing', async () => {
    const { provider } = await start(service, []);
    for (const list of provider.lists) {
      expect(await listed(provider, list as TorBoxList)).toEqual({
        scope: 'complete',
        items: [],
        unreadable: [],
      });
    }
  });

  it('tells what is not ready', async () => {
    const { provider } = await start(service, [
      { torrent: show, state: 'working' },
      { torrent: film, state: 'failed' },
    ]);
    const { items } = await listed(provider);
    // TorBox: stalled for want of seeds, which may change.
    const failed = service === 'torbox' ? 'working' : 'failed';
    expect(items.map(({ state }) => state).sort()).toEqual([failed, 'working'].sort());
    expect(items.every(({ reason }) => reason !== null)).toBe(true);
  });

  it('says so when its token is replaced', async () => {
    const { emulator, provider } = await start(service, [{ torrent: show }]);
    emulator.world.rotateKey('tok', 'other');
    expect((await provider.state(never)).condition).toBe('rejected');
    await expect(listed(provider)).rejects.toMatchObject({ code: 'token-rejected' });
  });

  it('says so when it is no longer paid for, and still lists', async () => {
    const { emulator, provider } = await start(service, [{ torrent: show }]);
    emulator.world.setPremium('tok', false);
    expect((await provider.state(never)).condition).toBe('expired');
    expect((await listed(provider)).items).toHaveLength(1);
  });

  it('tells a file whose content is gone by an error that sends the reader elsewhere', async () => {
    const { emulator, provider } = await start(service, [{ torrent: film }]);
    const [details] = await withFiles(provider, (await listed(provider)).items);
    emulator.world.evict(film.hash);
    const ref = details?.files?.[0]?.ref ?? '';
    const source = {
      account: 'mine',
      list: 'torrents',
      itemId: details?.id ?? '',
      ref,
      ready: true,
      reason: null,
    } as const;
    const error = await provider.link(source, never).catch((thrown: unknown) => thrown);
    // TorBox says no more than that its download server has trouble.
    const code = service === 'torbox' ? 'service-down' : 'content-gone';
    expect(error).toMatchObject({ code });
    expect(emulator.log.destructive()).toEqual([]);
  });
});

describe('Real-Debrid', () => {
  const many = (count: number): WorldItem[] =>
    Array.from({ length: count }, (_, index) => ({
      torrent: singleFile(`Film.${index}.2020.1080p.mkv`, 1_000 + index),
    }));

  it('with 5,001 torrents is listed whole, from the list alone, also when one comes in between two pages', async () => {
    const { emulator, provider } = await start('real-debrid', many(5_001));
    const listing = await listed(provider);
    expect([listing.scope, listing.items.length]).toEqual(['complete', 5_001]);
    expect(listing.items.every(({ files }) => files?.length === 1)).toBe(true);
    expect(emulator.log.count()).toBe(2);
    emulator.knobs.realDebrid.overlapShift = true;
    const shifted = await listed(provider);
    expect([shifted.scope, new Set(shifted.items.map(({ id }) => id)).size]).toEqual(['complete', 5_002]);
  });

  it('that answers an object in place of its list is not believed', async () => {
    const { provider } = await start('real-debrid', [{ torrent: show }], {
      realDebrid: { listReturnsObject: true },
    });
    await expect(listed(provider)).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('shows a mixed torrent as one archive of the right size', async () => {
    const { provider } = await start('real-debrid', [{ torrent: mixed }]);
    const [details] = await withFiles(provider, (await listed(provider)).items);
    const [archive, ...others] = details?.files ?? [];
    expect(archive).toMatchObject({ path: 'Mixed.2019.rar', packed: true });
    expect(others).toEqual([]);
    const size = archive?.size ?? 0;
    expect(size).toBeGreaterThan(5 * gigabyte);
    expect(
      await bytes(provider, 'torrents', details?.id ?? '', archive?.ref ?? '', size - 2, size),
    ).toHaveLength(2);
  });

  it('tells the files that were not selected, without links', async () => {
    const { provider } = await start('real-debrid', [
      { torrent: show, select: ({ path }) => path.includes('E0') },
    ]);
    const [details] = await withFiles(provider, (await listed(provider)).items);
    expect(details?.files?.map(({ ref }) => ref !== null)).toEqual([true, true, false]);
  });

  it.each([
    ['three', show],
    ['two', pair],
  ])(
    'shows all but one of %s files where a link was lost, each with its own bytes',
    async (_files, world) => {
      const { provider } = await start('real-debrid', [{ torrent: world }], { realDebrid: { dropLink: 1 } });
      const [details] = await withFiles(provider, (await listed(provider)).items);
      const linked = details?.files?.filter(({ ref }) => ref !== null) ?? [];
      expect(linked).toHaveLength(world.files.length - 1);
      for (const { path, size, ref } of linked) {
        const tail = await bytes(provider, 'torrents', details?.id ?? '', ref ?? '', size - 8, size);
        expect(tail).toEqual(contentBytes(world.hash, `${world.name}/${path}`, size - 8, size));
      }
    },
  );
});

describe('AllDebrid', () => {
  it.each([
    { asMap: true },
    { listFiles: true },
    { emptyFolder: true },
    { duplicateSiblingNames: true },
    { sizeAsString: true, premiumUntilString: true },
  ])('is understood in the form %j', async (allDebrid) => {
    const { provider } = await start('alldebrid', [{ torrent: show }, { torrent: film }], { allDebrid });
    const { items } = await listed(provider);
    const [filmDetails, showDetails] = await withFiles(provider, items);
    expect(filmDetails?.files?.map(({ size }) => size)).toEqual([film.files[0]?.size]);
    expect(showDetails?.files?.map(({ path }) => path).sort()).toEqual(
      show.files.map(({ path }) => path).sort(),
    );
    expect((await provider.state(never)).condition).toBe('ok');
  });

  it('lists a library whose links it denies to a data centre, and says that a proxy helps', async () => {
    const { provider } = await start('alldebrid', [{ torrent: film }], { allDebrid: { serverIp: true } });
    const [details] = await withFiles(provider, (await listed(provider)).items);
    const ref = details?.files?.[0]?.ref ?? '';
    const source = {
      account: 'mine',
      list: 'torrents',
      itemId: details?.id ?? '',
      ref,
      ready: true,
      reason: null,
    } as const;
    await expect(provider.link(source, never)).rejects.toMatchObject({
      code: 'address-refused',
      message: expect.stringContaining('`proxy`') as string,
    });
  });
});

describe('TorBox', () => {
  it('reads file number 0 and keeps its three lists apart', async () => {
    const lists: readonly TorBoxList[] = ['torrents', 'usenet', 'webdl'];
    const worlds = [film, singleFile('A.Usenet.Film.mkv', 1_234), singleFile('A.Web.Film.mkv', 4_321)];
    const items = worlds.map(
      (world, index) => ({ torrent: world, list: lists[index] ?? 'torrents' }) as const,
    );
    const { provider } = await start('torbox', items);
    const ids = new Set<string>();
    for (const [index, list] of lists.entries()) {
      const [item] = (await listed(provider, list)).items;
      ids.add(item?.id ?? '');
      expect(item?.files?.map(({ ref }) => ref)).toEqual(['0']);
      expect(item?.torrent).toMatch(index === 0 ? /^[\da-f]{40}$/ : /^(?:usenet|web):/);
      const world = worlds[index];
      const [details] = await withFiles(provider, item === undefined ? [] : [item], list);
      if (world !== undefined) await expectReadable(provider, list, details, world);
    }
    expect(ids.size).toBe(1);
  });

  it('proves no removal by a list that may be stale', async () => {
    const { emulator, provider, tick } = await start('torbox', [{ torrent: show }, { torrent: film }]);
    const first = await listed(provider);
    emulator.world.removeItem('tok', first.items[0]?.id ?? '');
    tick(10_000);
    expect((await listed(provider)).scope).toBe('changes');
    tick(60_000);
    const fresh = await listed(provider);
    expect([fresh.scope, fresh.items.length]).toEqual(['complete', 1]);
  });

  it('keeps an expired download in the list as failed', async () => {
    const { provider } = await start('torbox', [{ torrent: film, state: 'expired' }]);
    expect((await listed(provider)).items[0]).toMatchObject({ state: 'failed' });
  });

  it.each(['null', '404'] as const)('is empty where it says %s', async (emptyList) => {
    const { provider } = await start('torbox', [], { torBox: { emptyList } });
    expect((await listed(provider)).scope).toBe('complete');
  });

  it('with 2,100 downloads is listed whole', async () => {
    const items = Array.from({ length: 2_100 }, (_, index) => ({
      torrent: singleFile(`Film.${index}.mkv`, index + 1),
    }));
    const { provider } = await start('torbox', items);
    const listing = await listed(provider);
    expect([listing.scope, new Set(listing.items.map(({ id }) => id)).size]).toEqual(['complete', 2_100]);
  });
});

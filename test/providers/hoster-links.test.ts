import { afterEach, describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import { linkId, linkKey, plainLink, type OwnLink } from '../../src/core/own-links.js';
import type { Provider } from '../../src/core/provider.js';
import type { Item, ItemDetails, Listing, ListName } from '../../src/core/torrent.js';
import { contentBytes } from '../../src/emulator/content.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import { hosterLink, singleFile, type World, type WorldAccount } from '../../src/emulator/world.js';
import { createProvider, type ProviderOptions } from '../../src/providers/create-provider.js';
import { RunningClock } from './running-clock.js';
import { never } from '../support/never.js';

const film = 'https://hoster.example/f/film';
const hidden = 'https://hoster.example/f/hidden';
const locked = 'https://hoster.example/f/locked';
const video = 'https://video.example/watch?v=1';
const folder = 'https://hoster.example/folder/season';
const container = 'https://elsewhere.example/season.dlc';
const redirector = 'https://guard.example/go/1';
const episodes = ['https://hoster.example/f/e1', 'https://hoster.example/f/e2'];

const hosters: NonNullable<World['hosters']> = [
  { domain: 'hoster.example', services: ['real-debrid', 'alldebrid', 'torbox'] },
  { domain: 'video.example', services: ['real-debrid', 'alldebrid'] },
];
const links: NonNullable<World['links']> = [
  hosterLink(film, { path: 'A.Film.2020.1080p.mkv', size: 1000 }),
  hosterLink(hidden, { path: 'Hidden.2021.mkv', size: 2000 }, { isSizeTold: false }),
  hosterLink(locked, { path: 'Locked.2022.mkv', size: 3000 }, { password: 'sesame' }),
  hosterLink(
    video,
    { path: 'Video.1080p.mp4', size: 90 },
    {
      isSizeTold: false,
      qualities: [
        { quality: '1080p', file: { path: 'Video.1080p.mp4', size: 90, content: null } },
        { quality: '720p', file: { path: 'Video.720p.mp4', size: 70, content: null } },
      ],
    },
  ),
  ...episodes.map((url, index) => hosterLink(url, { path: `Show.S01E0${index + 1}.mkv`, size: 100 + index })),
];
const bundles: NonNullable<World['bundles']> = [
  { kind: 'folder', url: folder, links: episodes },
  { kind: 'container', url: container, links: episodes },
  { kind: 'redirector', url: redirector, links: episodes },
];

const line = (url: string, over: Partial<OwnLink> = {}): OwnLink => ({ ...plainLink(url), ...over });

interface Started {
  readonly emulator: Emulator;
  readonly provider: Provider;
}

let running: Started | null = null;

async function start(
  service: ServiceName,
  account: Partial<WorldAccount> = {},
  own: readonly OwnLink[] = [],
  more: Partial<ProviderOptions> = {},
  knobs: EmulatorOptions['knobs'] = {},
): Promise<Started> {
  const accounts = [{ service, token: 'tok', items: [], ...account }];
  const emulator = await startEmulator({ world: { accounts, hosters, links, bundles }, knobs });
  const provider = createProvider({
    service,
    account: 'mine',
    token: 'tok',
    apiUrl: emulator.apiUrl(service),
    proxyUrl: null,
    clock: new RunningClock(),
    logger: silentLogger,
    ownLinks: { read: () => Promise.resolve({ links: own, isComplete: true }) },
    ...more,
  });
  running = { emulator, provider };
  return running;
}

afterEach(async () => {
  await running?.provider.close();
  await running?.emulator.stop();
  running = null;
});

const listed = (provider: Provider, list: ListName): Promise<Listing> => provider.list(list, 'full', never);

/** What a list holds, with what is asked for afterwards. */
async function known(
  provider: Provider,
  list: ListName,
): Promise<ReadonlyMap<string, Pick<Item, 'files' | 'name' | 'torrent'>>> {
  const { items } = await listed(provider, list);
  const asked = items.filter(({ files }) => files === null).map(({ id }) => id);
  const details: ItemDetails[] = [];
  for await (const detail of provider.details(list, asked, never)) details.push(detail);
  return new Map(
    items.map(({ id, torrent, name, files }) => {
      const detail = details.find((each) => each.id === id);
      return [id, { torrent, name: detail?.name ?? name, files: detail?.files ?? files }];
    }),
  );
}

/** Reads the bytes of a file by the link that its account makes. */
async function bytesOf(
  provider: Provider,
  list: ListName,
  itemId: string,
  ref: string | null | undefined,
): Promise<Buffer> {
  const source = { account: 'mine', list, itemId, ref: ref ?? '', ready: true, reason: null };
  const { url } = await provider.link(source, never);
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

const worldBytes = (url: string, path: string, size: number): Buffer =>
  contentBytes(linkId(url), path, 0, size);

describe('links of the user’s own', () => {
  describe.each(['real-debrid', 'alldebrid'] as const)('at %s', (service) => {
    it('are listed where the account takes their host, with names and sizes from free calls', async () => {
      const own = [line(film), line('https://nobody.example/f/1'), line('https://www.hoster.example/x')];
      const { emulator, provider } = await start(service, {}, own);
      const items = await known(provider, 'links');
      expect(items.get(linkId(film))).toEqual({
        torrent: linkKey(film),
        name: 'A.Film.2020.1080p.mkv',
        files: [{ path: 'A.Film.2020.1080p.mkv', pathTold: true, size: 1000, ref: film, packed: false }],
      });
      expect((await listed(provider, 'links')).unreadable).toEqual([linkId('https://nobody.example/f/1')]);
      expect(emulator.log.destructive()).toEqual([]);
      expect(emulator.log.count({ path: /unrestrict\/link|link\/unlock/ })).toBe(0);
      expect(await bytesOf(provider, 'links', linkId(film), film)).toEqual(
        worldBytes(film, 'A.Film.2020.1080p.mkv', 1000),
      );
    });

    it('are not shown where nobody knows their size, unless the line tells it', async () => {
      const { provider } = await start(service, {}, [line(hidden)]);
      expect((await known(provider, 'links')).get(linkId(hidden))?.files).toBeNull();
      await provider.close();
      await running?.emulator.stop();
      const told = await start(service, {}, [line(hidden, { name: 'Mine.mkv', size: 2000 })]);
      const item = (await known(told.provider, 'links')).get(linkId(hidden));
      expect(item?.files).toMatchObject([{ path: 'Mine.mkv', size: 2000 }]);
      expect(await bytesOf(told.provider, 'links', linkId(hidden), item?.files?.[0]?.ref)).toHaveLength(2000);
    });

    it('give their password where it is wanted', async () => {
      const { provider } = await start(service, {}, [line(locked, { password: 'sesame' })]);
      const item = (await known(provider, 'links')).get(linkId(locked));
      expect(item?.files).toMatchObject([{ path: 'Locked.2022.mkv', size: 3000 }]);
      expect(await bytesOf(provider, 'links', linkId(locked), locked)).toHaveLength(3000);
    });

    it.each([
      [null, 90],
      ['1080p', 90],
      ['720p', 70],
      ['480p', 70],
      ['900p', 70],
    ])('that come in several qualities are taken as wished: %s', async (quality, size) => {
      const { provider } = await start(service, {}, [line(video, { name: 'V.mp4', size, quality })]);
      const item = (await known(provider, 'links')).get(linkId(video));
      expect(item?.files).toMatchObject([{ size }]);
      expect(await bytesOf(provider, 'links', linkId(video), item?.files?.[0]?.ref)).toHaveLength(size);
    });

    it('that their hoster has no more are refused as gone, and tell nothing', async () => {
      const { emulator, provider } = await start(service, {}, [line(film)]);
      emulator.world.setLinkOffline(film, true);
      expect((await known(provider, 'links')).get(linkId(film))?.files).toBeNull();
      await expect(bytesOf(provider, 'links', linkId(film), film)).rejects.toMatchObject({
        code: 'content-gone',
        retry: 'other-source',
      });
      emulator.world.setLinkOffline(film, false);
      expect(await bytesOf(provider, 'links', linkId(film), film)).toHaveLength(1000);
    });

    it('that their service does not take any more stay as they were', async () => {
      const { provider } = await start(service, {}, [line('https://gone.example/f/1')]);
      expect(await listed(provider, 'links')).toEqual({
        scope: 'complete',
        items: [],
        unreadable: [linkId('https://gone.example/f/1')],
      });
    });

    it('ask for the hosts once in hours, and for nothing where there are none', async () => {
      const { emulator, provider } = await start(service, {}, [line(film)]);
      await listed(provider, 'links');
      await listed(provider, 'links');
      expect(emulator.log.count({ path: /hosts/ })).toBe(1);
      await provider.close();
      await emulator.stop();
      const none = await start(service);
      expect(await listed(none.provider, 'links')).toEqual({ scope: 'complete', items: [], unreadable: [] });
      expect(none.emulator.log.count({})).toBe(0);
    });

    it('are told once while nothing changes, and whole when everything is asked for', async () => {
      let links = [line(film)];
      const { provider } = await start(service, {}, [], {
        ownLinks: { read: () => Promise.resolve({ links, isComplete: true }) },
      });
      const cheap = (): Promise<Listing> => provider.list('links', 'cheap', never);
      expect((await cheap()).items).toHaveLength(1);
      expect(await cheap()).toEqual({ scope: 'changes', items: [], unreadable: [] });
      expect((await listed(provider, 'links')).items).toHaveLength(1);
      links = [line(film), line(hidden)];
      expect(await cheap()).toMatchObject({ scope: 'complete', items: [{}, {}] });
    });

    it('say nothing of what is missing where a file could not be read', async () => {
      const { provider } = await start(service, {}, [], {
        ownLinks: { read: () => Promise.resolve({ links: [line(film)], isComplete: false }) },
      });
      expect(await listed(provider, 'links')).toMatchObject({
        scope: 'changes',
        items: [{ id: linkId(film) }],
      });
    });
  });

  it.each([
    ['a folder', line(folder)],
    ['a container on the web', line(container)],
    [
      'a container file',
      line('file:///films/season.dlc', { container: Buffer.from(`DLC\n${episodes.join('\n')}`) }),
    ],
  ])('are opened by Real-Debrid where they are %s', async (_what, link) => {
    const { emulator, provider } = await start('real-debrid', {}, [link]);
    const item = (await known(provider, 'links')).get(linkId(link.url));
    expect(item?.name).toMatch(/^season/);
    expect(item?.files?.map(({ path, size, ref }) => [path, size, ref])).toEqual([
      ['Show.S01E01.mkv', 100, episodes[0]],
      ['Show.S01E02.mkv', 101, episodes[1]],
    ]);
    expect(emulator.log.destructive()).toEqual([]);
    expect(await bytesOf(provider, 'links', linkId(link.url), episodes[1])).toHaveLength(101);
  });

  it('are opened by AllDebrid where they are redirectors, anew for each link that is made', async () => {
    const { emulator, provider } = await start('alldebrid', {}, [line(redirector)]);
    const item = (await known(provider, 'links')).get(linkId(redirector));
    expect(item?.files?.map(({ path, size, ref }) => [path, size, ref])).toEqual([
      ['Show.S01E01.mkv', 100, 'redirect:0'],
      ['Show.S01E02.mkv', 101, 'redirect:1'],
    ]);
    expect(emulator.log.destructive()).toEqual([]);
    expect(await bytesOf(provider, 'links', linkId(redirector), 'redirect:1')).toEqual(
      worldBytes(episodes[1] ?? '', 'Show.S01E02.mkv', 101),
    );
  });

  it('are downloaded by TorBox only when they are given to it, under the key that all accounts have for them', async () => {
    const { emulator, provider } = await start('torbox', {}, [line(film)]);
    expect(provider.lists).not.toContain('links');
    await provider.addLink?.(line(film), never);
    expect(emulator.log.destructive()).toHaveLength(1);
    const items = await known(provider, 'webdl');
    expect([...items.values()]).toMatchObject([
      { torrent: linkKey(film), files: [{ path: 'A.Film.2020.1080p.mkv', size: 1000 }] },
    ]);
    const refusal = await provider
      .addLink?.(line('https://nobody.example/f'), never)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
  });
});

describe('Real-Debrid’s downloads', () => {
  const torrent = singleFile('Some.Film.2019.mkv', 500);

  it('are a library of hoster links, each once', async () => {
    const { provider } = await start('real-debrid', { links: [film, film, hidden] });
    const items = await known(provider, 'downloads');
    expect([...items.keys()].toSorted()).toEqual([linkId(film), linkId(hidden)].toSorted());
    expect(items.get(linkId(film))).toMatchObject({
      torrent: linkKey(film),
      files: [{ path: 'A.Film.2020.1080p.mkv', size: 1000, ref: film }],
    });
  });

  it('leave out what was made here, and the links of torrents that are listed', async () => {
    const made = new Set<string>();
    const { emulator, provider } = await start(
      'real-debrid',
      { items: [{ torrent }], links: [film] },
      [line(hidden, { name: 'H.mkv', size: 2000 })],
      { madeDownloads: { has: (_, id) => made.has(id), add: (_, id) => void made.add(id) } },
    );
    const [item] = (await listed(provider, 'torrents')).items;
    await bytesOf(provider, 'torrents', item?.id ?? '', item?.files?.[0]?.ref);
    await bytesOf(provider, 'links', linkId(hidden), hidden);
    expect([...(await known(provider, 'downloads')).keys()]).toEqual([linkId(film)]);
    expect(made.size).toBe(2);
    // Somebody else's row of the torrent's link, by the long form of its id.
    made.clear();
    expect([...(await known(provider, 'downloads')).keys()].toSorted()).toEqual(
      [linkId(film), linkId(hidden)].toSorted(),
    );
    emulator.world.removeItem('tok', item?.id ?? '');
    await listed(provider, 'torrents');
    expect([...(await known(provider, 'downloads')).values()].map(({ name }) => name).toSorted()).toEqual([
      'A.Film.2020.1080p.mkv',
      'Hidden.2021.mkv',
      'Some.Film.2019.mkv',
    ]);
  });

  it('that grow while they are read tell what they hold, and prove nothing gone', async () => {
    const { emulator, provider } = await start('real-debrid', { links: [film, hidden] });
    emulator.faults.add({
      at: 'rd-api',
      path: /downloads/,
      action: { kind: 'setHeader', name: 'X-Total-Count', value: '3' },
    });
    const { scope, items } = await listed(provider, 'downloads');
    expect([scope, items.length]).toEqual(['changes', 2]);
  });

  it('say nothing of a row that may be one of ours while it is being made', async () => {
    const { emulator, provider } = await start('real-debrid', { links: [] }, [line(film)]);
    const id = emulator.faults.add({
      at: 'rd-api',
      path: /unrestrict\/link/,
      action: { kind: 'delayHeaders', ms: 300 },
    });
    const link = bytesOf(provider, 'links', linkId(film), film);
    await expect.poll(() => emulator.faults.fired(id)).toBe(1);
    const during = await listed(provider, 'downloads');
    expect(during.items).toEqual([]);
    await link;
  });
});

describe('AllDebrid’s saved links', () => {
  it('are a library, and the history too where it is wished for', async () => {
    const account = { links: [film, hidden, video], history: [locked] };
    const { emulator, provider } = await start('alldebrid', account);
    const saved = await known(provider, 'saved');
    expect(saved.get(linkId(film))).toMatchObject({
      torrent: linkKey(film),
      files: [{ path: 'A.Film.2020.1080p.mkv', size: 1000, ref: film }],
    });
    expect([saved.get(linkId(hidden))?.files, saved.get(linkId(video))?.files]).toEqual([null, null]);
    expect((await listed(provider, 'history')).items).toEqual([]);
    expect(emulator.log.count({ path: /history/ })).toBe(0);
    expect(await bytesOf(provider, 'saved', linkId(film), film)).toHaveLength(1000);
    await provider.close();
    await emulator.stop();
    const withHistory = await start(
      'alldebrid',
      account,
      [],
      { history: true },
      { allDebrid: { sizeAsString: true } },
    );
    expect((await listed(withHistory.provider, 'history')).items).toMatchObject([
      { id: linkId(locked), files: [{ size: 3000 }] },
    ]);
  });
});

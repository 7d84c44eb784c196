import { describe, expect, it } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import type { TorBoxList } from '../../src/core/torrent.js';
import { contentBytes } from '../../src/emulator/content.js';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { never } from '../support/never.js';
import {
  bytes,
  expectReadable,
  listed,
  serviceAccount,
  sourceOf,
  withFiles,
} from '../support/service-account.js';

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
describe.each<ServiceName>(['real-debrid', 'alldebrid', 'torbox'])('an account of %s', (service) => {
  it('is read from its list to the bytes of its files, past 4 GiB, and never changed', async () => {
    const account = await serviceAccount(service, [{ torrent: show }, { torrent: film }]);
    const { emulator, provider } = account;
    const { items, scope } = await listed(provider);
    expect(scope).toBe('complete');
    expect(items.map(({ torrent: key, state }) => [key, state])).toEqual([
      [film.hash, 'ready'],
      [show.hash, 'ready'],
    ]);
    expect(items.map(({ addedMs }) => addedMs)).toEqual([emulator.now() - 60_000, emulator.now() - 120_000]);
    const [filmDetails, showDetails] = await withFiles(provider, items);
    await expectReadable(account, 'torrents', filmDetails, film);
    await expectReadable(account, 'torrents', showDetails, show);
    expect(showDetails?.name).toBe(show.name);
    expect(await provider.state(never)).toMatchObject({ condition: 'ok', detail: '' });
    expect((await provider.state(never)).premiumUntilMs).toBeGreaterThan(emulator.now());
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('shows what is added and what is removed, with one request where nothing happened', async () => {
    const { emulator, provider, tick } = await serviceAccount(service, [{ torrent: show }]);
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
    const { provider } = await serviceAccount(service, []);
    for (const list of provider.lists) {
      expect(await listed(provider, list as TorBoxList)).toEqual({
        scope: 'complete',
        items: [],
        unreadable: [],
      });
    }
  });

  it('tells what is not ready', async () => {
    const { provider } = await serviceAccount(service, [
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
    const { emulator, provider } = await serviceAccount(service, [{ torrent: show }]);
    emulator.world.rotateKey('tok', 'other');
    expect((await provider.state(never)).condition).toBe('rejected');
    await expect(listed(provider)).rejects.toMatchObject({ code: 'token-rejected' });
  });

  it('says so when it is no longer paid for, and still lists', async () => {
    const { emulator, provider } = await serviceAccount(service, [{ torrent: show }]);
    emulator.world.setPremium('tok', false);
    expect((await provider.state(never)).condition).toBe('expired');
    expect((await listed(provider)).items).toHaveLength(1);
  });

  it('tells a file whose content is gone by an error that sends the reader elsewhere', async () => {
    const { emulator, provider } = await serviceAccount(service, [{ torrent: film }]);
    const [details] = await withFiles(provider, (await listed(provider)).items);
    emulator.world.evict(film.hash);
    const ref = details?.files?.[0]?.ref ?? '';
    const error = await provider
      .link(sourceOf(details?.id ?? '', ref), never)
      .catch((thrown: unknown) => thrown);
    // TorBox says no more than that its download server has trouble.
    const code = service === 'torbox' ? 'service-down' : 'content-gone';
    expect(error).toMatchObject({ code });
    expect(emulator.log.destructive()).toEqual([]);
  });
});

describe('Real-Debrid', () => {
  it('that answers an object in place of its list is not believed', async () => {
    const { provider } = await serviceAccount('real-debrid', [{ torrent: show }], {
      realDebrid: { listReturnsObject: true },
    });
    await expect(listed(provider)).rejects.toMatchObject({ code: 'bad-answer' });
  });

  it('tells the files that were not selected, without links', async () => {
    const { provider } = await serviceAccount('real-debrid', [
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
      const account = await serviceAccount('real-debrid', [{ torrent: world }], {
        realDebrid: { dropLink: 1 },
      });
      const { provider } = account;
      const [details] = await withFiles(provider, (await listed(provider)).items);
      const linked = details?.files?.filter(({ ref }) => ref !== null) ?? [];
      expect(linked).toHaveLength(world.files.length - 1);
      for (const { path, size, ref } of linked) {
        const tail = await bytes(account, 'torrents', details?.id ?? '', ref ?? '', size - 8, size);
        expect(tail).toEqual(contentBytes(world.hash, `${world.name}/${path}`, size - 8, size));
      }
    },
  );
});

describe('TorBox', () => {
  it('keeps an expired download in the list as failed', async () => {
    const { provider } = await serviceAccount('torbox', [{ torrent: film, state: 'expired' }]);
    expect((await listed(provider)).items[0]).toMatchObject({ state: 'failed' });
  });

  it.each(['null', '404'] as const)('is empty where it says %s', async (emptyList) => {
    const { provider } = await serviceAccount('torbox', [], { torBox: { emptyList } });
    expect((await listed(provider)).scope).toBe('complete');
  });

  it('with 2,100 downloads is listed whole', async () => {
    const items = Array.from({ length: 2_100 }, (_, index) => ({
      torrent: singleFile(`Film.${index}.mkv`, index + 1),
    }));
    const { provider } = await serviceAccount('torbox', items);
    const listing = await listed(provider);
    expect([listing.scope, new Set(listing.items.map(({ id }) => id)).size]).toEqual(['complete', 2_100]);
  });
});

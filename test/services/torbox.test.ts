import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { TorBoxList } from '../../src/core/torrent.js';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { mebibyte, read, startReading } from '../read/reading.js';
import { never } from '../support/never.js';
import { expectReadable, listed, serviceAccount, withFiles } from '../support/service-account.js';

const show = torrent('Show.S01', [
  { path: 'Show.S01/Show.S01E01.mkv', size: 1_001 },
  { path: 'Show.S01/Show.S01E02.mkv', size: 1_002 },
]);
const film = singleFile('A.Film.2020.2160p.BluRay.x265-GRP.mkv', 60_000_000_000);
const lists: readonly TorBoxList[] = ['torrents', 'usenet', 'webdl'];

it('contract 9: file number 0 is read, and ids that are the same in all three lists are kept apart', async () => {
  const worlds = [film, singleFile('A.Usenet.Film.mkv', 1_234), singleFile('A.Web.Film.mkv', 4_321)];
  const items = worlds.map((world, index) => ({ torrent: world, list: lists[index] ?? 'torrents' }) as const);
  const account = await serviceAccount('torbox', items);
  const { provider } = account;
  const ids = new Set<string>();
  for (const [index, list] of lists.entries()) {
    const [item] = (await listed(provider, list)).items;
    ids.add(item?.id ?? '');
    expect(item?.files?.map(({ ref }) => ref)).toEqual(['0']);
    expect(item?.torrent).toMatch(index === 0 ? /^[\da-f]{40}$/ : /^(?:usenet|web):/);
    const world = worlds[index];
    const [details] = await withFiles(provider, item === undefined ? [] : [item], list);
    if (world !== undefined) await expectReadable(account, list, details, world);
  }
  expect(ids.size).toBe(1);
});

it('contract 9: a list that may be stale proves no removal', async () => {
  const { emulator, provider, tick } = await serviceAccount('torbox', [{ torrent: show }, { torrent: film }]);
  const first = await listed(provider);
  emulator.world.removeItem('tok', first.items[0]?.id ?? '');
  tick(10_000);
  expect((await listed(provider)).scope).toBe('changes');
  tick(60_000);
  const fresh = await listed(provider);
  expect([fresh.scope, fresh.items.length]).toEqual(['complete', 1]);
});

it('contract 9: a link that its host refuses with 400 in its first second is waited for, not replaced', async () => {
  const { emulator, open, expected, linkRequests } = await startReading({
    services: ['torbox'],
    knobs: { torBox: { settleMs: 1000 } },
    speed: 1,
  });
  expect((await read(open(1), 0, 1000)).equals(expected(1, 0, 1000))).toBe(true);
  expect(emulator.log.count({ role: 'tb-cdn', status: 400 })).toBeGreaterThan(0);
  expect(linkRequests()).toBe(1);
});

it('contract 9: a link that its host refuses with 400 because it is old is replaced once, for all its readers', async () => {
  const { emulator, open, expected, linkRequests, clock } = await startReading({ services: ['torbox'] });
  const files = Array.from({ length: 4 }, () => open(1));
  await Promise.all(files.map((file, index) => read(file, index * mebibyte, 1000)));
  // So that the link does not count as a new one, which has yet to settle.
  await clock.sleep(6_000);
  emulator.world.expireDownloads('torbox');
  await Promise.all(
    files.map(async (file, index) => {
      const start = (20 + 4 * index) * mebibyte;
      expect((await read(file, start, 5000)).equals(expected(1, start, start + 5000))).toBe(true);
    }),
  );
  expect(emulator.log.count({ role: 'tb-cdn', status: 400 })).toBeGreaterThan(0);
  expect(linkRequests()).toBe(2);
});

it('contract 9: `all:true` is never sent, nor anything else that controls a download', async () => {
  const items = [{ torrent: show }, { torrent: film, state: 'expired' as const }];
  const account = await serviceAccount('torbox', items);
  const { emulator, provider } = account;
  for (const list of lists) {
    const listing = await listed(provider, list);
    await withFiles(provider, listing.items, list);
    if (list === 'torrents') {
      const [details] = await withFiles(
        provider,
        listing.items.filter(({ state }) => state === 'ready'),
      );
      await expectReadable(account, list, details, show);
    }
    await listed(provider, list, 'cheap');
  }
  await provider.state(never);
  expect(emulator.log.destructive()).toEqual([]);
  expect(emulator.log.find({ role: 'tb-api' }).filter(({ method }) => method !== 'GET')).toEqual([]);

  const src = new URL('../../src/', import.meta.url);
  const names = await readdir(src, { recursive: true });
  const sources = names.filter((name) => name.endsWith('.ts') && !name.startsWith('emulator/'));
  expect(sources.length).toBeGreaterThan(100);
  for (const name of sources) {
    const text = await readFile(new URL(name, src), 'utf8');
    // Of which test/providers/adding.test.ts shows that each of its requests is one number, for an explicit command.
    if (name !== 'providers/torbox/remove.ts')
      expect(text, name).not.toMatch(/control(?:torrent|usenetdownload|webdownload|queued)/);
    if (name.startsWith('providers/')) expect(text, name).not.toMatch(/\ball['"]?\s*:\s*true|\['all'/);
  }
});

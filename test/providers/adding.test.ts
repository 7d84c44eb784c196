import { describe, expect, it } from 'vitest';
import { readInfohash } from '../../src/adding/magnet.js';
import { readTorrentFile } from '../../src/adding/torrent-file.js';
import type { ServiceName } from '../../src/core/account.js';
import type { AddedItem, FileChoice, TorrentToAdd } from '../../src/core/adding.js';
import { AppError } from '../../src/core/errors.js';
import { parseFileChoice } from '../../src/core/file-choice.js';
import { leavesSomething, leftBehind } from '../../src/core/left-behind.js';
import type { Provider } from '../../src/core/provider.js';
import type { EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldTorrent } from '../../src/emulator/world.js';
import { hurried, type Hurried } from '../support/hurried-account.js';
import { never } from '../support/never.js';
import { torrentFileOf } from '../support/torrent-file.js';

const services = ['real-debrid', 'alldebrid', 'torbox'] as const;

const pack = torrent('Some.Show.S01', [
  { path: 'Some.Show.S01/E01.mkv', size: 1_001 },
  { path: 'Some.Show.S01/E01.srt', size: 12 },
  { path: 'Some.Show.S01/E02.mkv', size: 1_002 },
  { path: 'Some.Show.S01/E02.nfo', size: 13 },
]);

interface Started extends Hurried {
  readonly provider: Provider;
  readonly add: (what?: TorrentToAdd, files?: FileChoice, signal?: AbortSignal) => Promise<AddedItem>;
  /** Ids in the account. */
  readonly held: () => Promise<string[]>;
}

async function start(
  service: ServiceName,
  {
    torrents = [pack],
    knobs = {},
    held = [],
    onSleep = () => undefined,
  }: {
    readonly torrents?: readonly WorldTorrent[];
    readonly knobs?: EmulatorOptions['knobs'];
    readonly held?: readonly WorldTorrent[];
    readonly onSleep?: (ms: number) => void;
  } = {},
): Promise<Started> {
  const items = held.map((each) => ({ torrent: each, state: 'working' as const }));
  const world = { torrents, accounts: [{ service, token: service, items }] };
  const hurry = await hurried(world, knobs, onSleep);
  const provider = hurry.providerOf(service);
  const { adding } = provider;
  if (adding === undefined) throw new Error('It adds nothing.');
  return {
    ...hurry,
    provider,
    add: (what = readInfohash(pack.hash), files = { kind: 'videos' }, signal = never) =>
      adding.add(what, { files, known: new Set() }, signal),
    held: async () => (await provider.list('torrents', 'fresh', never)).items.map(({ id }) => id),
  };
}

async function ready({ provider, clock }: Started, id: string): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    const progress = await provider.adding?.progressOf(id, never);
    if (progress?.state === 'ready') return;
    expect(progress?.state).toBe('working');
    await clock.sleep(5_000);
  }
  throw new Error('It never was ready.');
}

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof AppError)) throw new Error('It was not refused.', { cause: thrown });
  return thrown;
}

describe.each(services)('%s', (service) => {
  it('takes a magnet, tells how far it is, and removes the item by its id', async () => {
    const other = singleFile('other.mkv', 7);
    const account = await start(service, { held: [other] });
    const { itemId, isNew } = await account.add();
    expect(isNew).toBe(true);
    await ready(account, itemId);
    expect(await account.held()).toHaveLength(2);
    await account.provider.remove?.('torrents', itemId, never);
    expect(await account.held()).not.toContain(itemId);
    expect(await account.held()).toHaveLength(1);
    await account.provider.remove?.('torrents', itemId, never);
    const sent = account.emulator.log.destructive();
    expect(sent.length).toBeGreaterThan(1);
    for (const { body, query } of sent) expect(`${query} ${body}`).not.toMatch(/\ball\b/);
  });

  it('takes a .torrent file', async () => {
    const { bytes, hash } = torrentFileOf('A.Film.2020.mkv');
    const film = torrent('A.Film.2020.mkv', [{ path: 'A.Film.2020.mkv', size: 1_001 }], { hash });
    const account = await start(service, { torrents: [film] });
    const { itemId } = await account.add(readTorrentFile(bytes, 'a.torrent'));
    await ready(account, itemId);
    const [item] = (await account.provider.list('torrents', 'fresh', never)).items;
    expect(item).toMatchObject({ id: itemId, torrent: hash });
  });

  it('adds nothing once it was given up', async () => {
    const account = await start(service);
    const given = await refusal(account.add(undefined, undefined, AbortSignal.abort()));
    expect(given.code).toBe('aborted');
    expect(account.emulator.log.destructive()).toEqual([]);
  });

  it('says that its slots are full, and takes nothing', async () => {
    const uncached = torrent('New', [{ path: 'New.mkv', size: 5 }], { cachedOn: [] });
    const held = Array.from({ length: 30 }, (_, number) => singleFile(`${number}.mkv`, 5));
    const account = await start(service, {
      torrents: [uncached],
      held,
      knobs: { realDebrid: { activeLimit: 30 }, torBox: { slots: 30 } },
    });
    const full = await refusal(account.add(readInfohash(uncached.hash)));
    expect(full.message).toMatch(/too many active|30 active/);
    expect(await account.held()).toHaveLength(30);
  });
});

it.each(['real-debrid', 'alldebrid'] as const)(
  '%s says that an account is not premium, and takes nothing',
  async (service) => {
    const { providerOf } = await hurried({
      torrents: [pack],
      accounts: [{ service, token: service, items: [], premium: false }],
    });
    const provider = providerOf(service);
    const options = { files: { kind: 'videos' }, known: new Set<string>() } as const;
    const adding = provider.adding?.add(readInfohash(pack.hash), options, never);
    expect((await refusal(adding ?? Promise.resolve())).code).toBe('not-premium');
    expect((await provider.list('torrents', 'full', never)).items).toEqual([]);
  },
);

describe('real-debrid', () => {
  const bodies = ({ emulator }: Started): (string | null)[] =>
    emulator.log.find({ path: /selectFiles/ }).map(({ body }) => new URLSearchParams(body).get('files'));

  it.each([
    [undefined, '1,3', null],
    ['all', '1,2,3,4', 'RAR'],
    ['2', '2', 'RAR'],
    ['1-2', '1,2', 'RAR'],
    ['*e02.mkv', '3', null],
  ])('selects with --files %s the files %s', async (files, selected, warning) => {
    const account = await start('real-debrid');
    const choice = files === undefined ? undefined : parseFileChoice(files);
    const added = await account.add(undefined, choice);
    expect(bodies(account)).toEqual([selected]);
    if (warning === null) expect(added.warning).toBeNull();
    else expect(added.warning).toContain(warning);
  });

  it.each([
    ['a choice that fits no file', '*.avi', 'fits the pattern'],
    ['a number that there is not', '1,9', 'has no file 9'],
  ])('leaves nothing behind after %s', async (_what, files, why) => {
    const account = await start('real-debrid');
    const error = await refusal(account.add(undefined, parseFileChoice(files)));
    expect(error.message).toContain(why);
    expect(await account.held()).toEqual([]);
  });

  it('leaves nothing behind of a magnet that nobody shares', async () => {
    const dead = torrent('Dead', [{ path: 'Dead.mkv', size: 5 }], { seeders: 0 });
    const account = await start('real-debrid', { torrents: [dead] });
    const error = await refusal(account.add(readInfohash(dead.hash)));
    expect(error.message).toContain('did not find out within 90 s');
    expect(await account.held()).toEqual([]);
  });

  it('leaves nothing behind of a torrent without a video, and says how to have it', async () => {
    const book = torrent('Book', [{ path: 'Book.epub', size: 5 }]);
    const account = await start('real-debrid', { torrents: [book] });
    expect((await refusal(account.add(readInfohash(book.hash)))).message).toContain('--files all');
    expect(await account.held()).toEqual([]);
  });

  it.each([
    ['is infringing', 451, 35, 'legal reasons'],
    ['finds the slots full', 509, 21, 'too many active'],
    ['is refused', 403, 9, 'not premium'],
    ['meets a service that is down', 503, 25, 'not available'],
  ])('leaves nothing behind where the selection %s', async (_what, status, code, why) => {
    const account = await start('real-debrid');
    account.emulator.faults.add({
      at: 'rd-api',
      path: /selectFiles/,
      action: { kind: 'status', code: status, body: JSON.stringify({ error: 'x', error_code: code }) },
    });
    expect((await refusal(account.add())).message).toContain(why);
    expect(await account.held()).toEqual([]);
  });

  it('leaves nothing behind when it is given up half-way', async () => {
    const giveUp = new AbortController();
    const account = await start('real-debrid', { onSleep: () => giveUp.abort() });
    const error = await refusal(account.add(undefined, undefined, giveUp.signal));
    expect(leavesSomething(error)).toBe(false);
    expect(await account.held()).toEqual([]);
    expect(account.emulator.log.find({ path: /addMagnet/ })).toHaveLength(1);
  });

  it('says so where what it added cannot be removed again', async () => {
    const account = await start('real-debrid', {
      torrents: [torrent('Book', [{ path: 'a.epub', size: 5 }])],
    });
    const [book] = [torrent('Book', [{ path: 'a.epub', size: 5 }])];
    account.emulator.faults.add({
      at: 'rd-api',
      method: 'DELETE',
      action: { kind: 'status', code: 500, body: '' },
    });
    const error = await refusal(account.add(readInfohash(book.hash)));
    const [left] = await account.held();
    expect(error.message).toContain(`item ${left ?? ''} of account "real-debrid" is still there`);
    expect(leavesSomething(error)).toBe(true);
  });

  it('says so too where it was given up', async () => {
    const giveUp = new AbortController();
    const account = await start('real-debrid', { onSleep: () => giveUp.abort() });
    account.emulator.faults.add({
      at: 'rd-api',
      method: 'DELETE',
      action: { kind: 'status', code: 403, body: '' },
    });
    const error = await refusal(account.add(undefined, undefined, giveUp.signal));
    expect(error).toMatchObject({ code: 'aborted', context: leftBehind });
    expect(await account.held()).toHaveLength(1);
  });

  it('never removes an item that was there before, whatever the service answers', async () => {
    const account = await start('real-debrid');
    const first = await account.add();
    account.emulator.faults.add({
      at: 'rd-api',
      path: /addMagnet/,
      action: { kind: 'status', code: 201, body: JSON.stringify({ id: first.itemId }) },
    });
    account.emulator.faults.add({
      at: 'rd-api',
      path: /torrents\/info/,
      action: { kind: 'status', code: 200, body: JSON.stringify({ id: first.itemId, status: 'dead' }) },
    });
    const { adding } = account.provider;
    const known = new Set([first.itemId]);
    await refusal(
      adding?.add(readInfohash(pack.hash), { files: { kind: 'videos' }, known }, never) ?? Promise.resolve(),
    );
    expect(account.emulator.log.find({ method: 'DELETE' })).toEqual([]);
  });

  it('takes no row out of its downloads', async () => {
    const { provider, emulator } = await start('real-debrid');
    expect(
      (await refusal(provider.remove?.('downloads', 'X', never) ?? Promise.resolve())).message,
    ).toContain('never removes');
    expect(emulator.log.destructive()).toEqual([]);
  });
});

describe('alldebrid', () => {
  it('finds the id by the hash where an upload does not tell it', async () => {
    const account = await start('alldebrid', { knobs: { allDebrid: { idMissing: 1 } } });
    const { itemId } = await account.add();
    expect(await account.held()).toEqual([itemId]);
  });

  it('refuses from a data centre with a sentence, and adds nothing', async () => {
    const account = await start('alldebrid', { knobs: { allDebrid: { serverIp: true } } });
    expect((await refusal(account.add())).code).toBe('address-refused');
    expect(await account.held()).toEqual([]);
  });

  it('says that it chooses no files', async () => {
    const account = await start('alldebrid');
    expect((await account.add(undefined, { kind: 'all' })).warning).toContain('chooses none');
  });
});

describe('torbox', () => {
  it('tells what it has cached', async () => {
    const uncached = torrent('New', [{ path: 'New.mkv', size: 5 }], { cachedOn: [] });
    const { provider } = await start('torbox', { torrents: [pack, uncached] });
    expect(await provider.adding?.isCached(pack.hash, never)).toBe(true);
    expect(await provider.adding?.isCached(uncached.hash, never)).toBe(false);
    expect(await provider.adding?.isCached('b'.repeat(40), never)).toBe(false);
  });

  it('says that its own duplicate is none of ours to remove', async () => {
    const account = await start('torbox');
    const first = await account.add();
    expect(await account.add()).toMatchObject({ itemId: first.itemId, isNew: false });
  });

  it('refuses what is too large, and leaves nothing behind', async () => {
    const account = await start('torbox', { knobs: { torBox: { maxDownloadBytes: 100 } } });
    expect((await refusal(account.add())).message).toContain('larger than the TorBox plan');
    expect(await account.held()).toEqual([]);
  });

  it('takes out of the queue what it was not to queue', async () => {
    const account = await start('torbox');
    account.emulator.faults.add({
      at: 'tb-api',
      path: /createtorrent/,
      action: {
        kind: 'status',
        code: 200,
        body: JSON.stringify({
          success: true,
          error: null,
          detail: 'Download queued.',
          data: { queued_id: 77 },
        }),
      },
    });
    expect((await refusal(account.add())).message).toContain('too many active');
    const [removed] = account.emulator.log.find({ path: /controlqueued/ });
    expect(JSON.parse(removed?.body ?? '')).toEqual({ operation: 'delete', queued_id: 77 });
  });

  it.each([
    ['torrents', { operation: 'delete', torrent_id: 5 }],
    ['usenet', { operation: 'delete', usenet_id: 5 }],
    ['webdl', { operation: 'delete', webdl_id: 5 }],
  ] as const)(
    'is asked to remove one download of %s, and can be asked for nothing else',
    async (list, body) => {
      const { provider, emulator } = await start('torbox');
      await provider.remove?.(list, '5', never);
      expect(emulator.log.destructive().map((entry) => JSON.parse(entry.body) as unknown)).toEqual([body]);
      expect((await refusal(provider.remove?.(list, 'all', never) ?? Promise.resolve())).code).toBe(
        'invalid',
      );
      expect(emulator.log.destructive()).toHaveLength(1);
    },
  );
});

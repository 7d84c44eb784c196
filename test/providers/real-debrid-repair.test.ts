import { afterEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Provider } from '../../src/core/provider.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { FaultAction, FaultRule } from '../../src/emulator/faults.js';
import { torrent, type WorldItem, type WorldTorrent } from '../../src/emulator/world.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { never } from '../support/never.js';

const dayMs = 24 * 3_600_000;
const token = 'tok';
const apiPath = '/rest/1.0';

const pack = torrent('Some.Show.S01.1080p-GRP', [
  { path: 'Some.Show.S01.1080p-GRP/Some.Show.S01E01.mkv', size: 1_001 },
  { path: 'Some.Show.S01.1080p-GRP/Some.Show.S01E02.mkv', size: 1_002 },
  { path: 'Some.Show.S01.1080p-GRP/Some.Show.S01E03.mkv', size: 1_003 },
]);

/** All but the second file. */
const select = ({ path }: { readonly path: string }): boolean => !path.includes('E02');

let running: { readonly emulator: Emulator; readonly provider: Provider } | null = null;

afterEach(async () => {
  await running?.provider.close();
  await running?.emulator.stop();
  running = null;
});

interface Started {
  readonly emulator: Emulator;
  readonly provider: Provider;
  /** The item whose links have aged out. */
  readonly old: string;
  readonly renew: (signal?: AbortSignal) => Promise<string>;
  /** What changed the account, in short, with `OLD` and `NEW` for the two ids. */
  readonly changes: () => string[];
  /** Ids in the account, oldest first. */
  readonly held: () => Promise<string[]>;
}

/** An account with one torrent that is 100 days old. Waits of the client pass at once, for the service too. */
async function start(
  world: WorldTorrent = pack,
  onSleep: (ms: number) => void = () => undefined,
): Promise<Started> {
  const emulator = await startEmulator({
    world: { accounts: [{ service: 'real-debrid', token, items: [] }] },
  });
  const old = emulator.world.addItem(token, { torrent: world, select });
  emulator.advance(100 * dayMs);
  let skippedMs = 0;
  const clock: Clock = {
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    sleep: (ms, signal) => {
      onSleep(ms);
      skippedMs += ms;
      emulator.advance(ms);
      return systemClock.sleep(0, signal);
    },
    after: (ms, call) => systemClock.after(ms, call),
  };
  const provider = createProvider({
    service: 'real-debrid',
    account: 'mine',
    token,
    apiUrl: emulator.apiUrl('real-debrid'),
    proxyUrl: null,
    clock,
    logger: silentLogger,
    mayRepair: true,
  });
  running = { emulator, provider };
  return {
    emulator,
    provider,
    old,
    renew: (signal = never) => {
      if (provider.repair === undefined) throw new Error('It does not renew.');
      return provider.repair(old, signal);
    },
    changes: () =>
      emulator.log.destructive().map(({ method, path, body }) => {
        const [, what = '', id] = /^\/rest\/1\.0\/torrents\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
        const which = id === undefined ? '' : id === old ? ' OLD' : ' NEW';
        const files = new URLSearchParams(body).get('files');
        return `${method} ${what}${which}${files === null ? '' : ` ${files}`}`;
      }),
    held: async () => {
      const { items } = await provider.list('torrents', 'full', never);
      return items.map(({ id }) => id).reverse();
    },
  };
}

/** A refusal as the service words it. */
function refusal(code: number, error: string, errorCode: number): FaultAction {
  return { kind: 'status', code, body: JSON.stringify({ error, error_code: errorCode }) };
}

const added = 'POST addMagnet';
const selected = 'POST selectFiles NEW 1,3';
const newRemoved = 'DELETE delete NEW';
const oldRemoved = 'DELETE delete OLD';

describe('renewing links', () => {
  it('is not there unless the user allows it', () => {
    const options = { account: 'mine', token, apiUrl: null, proxyUrl: null };
    for (const service of ['real-debrid', 'alldebrid', 'torbox'] as const) {
      const made = (mayRepair: boolean): Provider =>
        createProvider({ ...options, service, clock: systemClock, logger: silentLogger, mayRepair });
      expect(made(false).repair).toBeUndefined();
      expect(made(true).repair !== undefined).toBe(service === 'real-debrid');
    }
  });

  it('adds the torrent with the same files, and only then removes the old item', async () => {
    const { renew, changes, held, emulator, provider } = await start();
    const [before] = (await provider.list('torrents', 'full', never)).items;
    const id = await renew();
    expect(changes()).toEqual([added, selected, oldRemoved]);
    expect(await held()).toEqual([id]);
    const [magnet] = emulator.log.find({ path: /addMagnet/ });
    expect(new URLSearchParams(magnet?.body).get('magnet')).toBe(
      `magnet:?xt=urn:btih:${pack.hash}&dn=${pack.name}`,
    );
    const [after] = (await provider.list('torrents', 'full', never)).items;
    expect(after).toMatchObject({ torrent: before?.torrent, state: 'ready' });
    expect(emulator.log.count({ path: /downloads/ })).toBe(0);
  });

  it('asks politely while it waits', async () => {
    const { renew, emulator } = await start();
    await renew();
    expect(emulator.log.count({ path: /torrents\/info/ })).toBeLessThan(8);
  });

  it('packs a mixed torrent once more', async () => {
    const mixed = torrent('Mixed.2019', [
      { path: 'Mixed.2019/Mixed.2019.mkv', size: 5_000 },
      { path: 'Mixed.2019/Mixed.2019.nfo', size: 43 },
    ]);
    const { renew, changes } = await start(mixed);
    await renew();
    expect(changes()).toEqual([added, 'POST selectFiles NEW 1,2', oldRemoved]);
  });

  it('is over when somebody else removed the old item meanwhile', async () => {
    const { renew, old, emulator, held } = await start(pack, () => emulator.world.removeItem(token, old));
    expect(await held()).toEqual([old]);
    const id = await renew();
    expect(await held()).toEqual([id]);
  });

  it.each<[string, FaultAction]>([
    ['says nothing', { kind: 'status', code: 202, body: '' }],
    ['says so', refusal(202, 'action_already_done', 31)],
  ])('goes on where files were selected already and the service %s', async (_how, action) => {
    const { renew, emulator, changes, old } = await start();
    // As `info` tells an item like the old one, of which the files are selected.
    const like = emulator.world.addItem(token, { torrent: pack, select, addedMs: 0 });
    const ready = await fetch(`${emulator.apiUrl('real-debrid')}${apiPath}/torrents/info/${like}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const waiting = { hash: pack.hash, status: 'waiting_files_selection', links: [], files: [] };
    const rule = { at: 'rd-api', path: new RegExp(`torrents/info/(?!${old})`) } as const;
    emulator.faults.add({
      ...rule,
      times: 1,
      action: { kind: 'status', code: 200, body: JSON.stringify(waiting) },
    });
    emulator.faults.add({ ...rule, action: { kind: 'status', code: 200, body: await ready.text() } });
    emulator.faults.add({ at: 'rd-api', path: /selectFiles/, action });
    await renew();
    expect(changes()).toEqual([added, selected, oldRemoved]);
  });
});

describe('a renewal that fails', () => {
  const cases: readonly (readonly [string, string, FaultRule, readonly string[]])[] = [
    [
      'because the name is refused for legal reasons',
      'content-gone',
      { at: 'rd-api', path: /addMagnet/, action: refusal(451, 'infringing_file', 35) },
      [added],
    ],
    [
      'because too many downloads are active',
      'quota-used-up',
      { at: 'rd-api', path: /addMagnet/, action: refusal(509, 'too_many_active_downloads', 21) },
      [added],
    ],
    [
      'because too many downloads are active when files are selected',
      'quota-used-up',
      { at: 'rd-api', path: /selectFiles/, action: refusal(509, 'too_many_active_downloads', 21) },
      [added, selected, newRemoved],
    ],
    [
      'because the account is not premium any more',
      'not-premium',
      { at: 'rd-api', path: /selectFiles/, action: refusal(403, 'permission_denied', 9) },
      [added, selected, newRemoved],
    ],
    [
      'because the answer to the addition has no id',
      'bad-answer',
      { at: 'rd-api', path: /addMagnet/, action: { kind: 'status', code: 201, body: '{}' } },
      [added],
    ],
  ];
  it.each(cases)('%s leaves the old item', async (_why, code, fault, expected) => {
    const { renew, changes, held, old, emulator } = await start();
    emulator.faults.add(fault);
    await expect(renew()).rejects.toMatchObject({ code });
    expect(changes()).toEqual(expected);
    expect(await held()).toEqual([old]);
  });

  it.each<[string, Partial<WorldTorrent>, string]>([
    ['nobody shares it', { seeders: 0 }, 'content-gone'],
    ['it is not cached any more', { cachedOn: [] }, 'not-ready'],
    ['only other selections are cached', { cachedSelections: [[1, 2, 3]] }, 'not-ready'],
  ])('because %s removes the new item alone', async (_why, over, code) => {
    const { renew, changes, held, old } = await start({ ...pack, ...over });
    await expect(renew()).rejects.toMatchObject({ code });
    expect(changes()[0]).toBe(added);
    expect(changes().at(-1)).toBe(newRemoved);
    expect(changes()).not.toContain(oldRemoved);
    expect(await held()).toEqual([old]);
  });

  it.each(['magnet_error', 'error', 'virus', 'dead'])(
    'because its status is %s removes the new item alone',
    async (status) => {
      const { renew, changes, held, old, emulator } = await start();
      emulator.faults.add({
        at: 'rd-api',
        path: new RegExp(`torrents/info/(?!${old})`),
        action: { kind: 'status', code: 200, body: JSON.stringify({ hash: pack.hash, status, links: [] }) },
      });
      await expect(renew()).rejects.toMatchObject({ code: 'content-gone' });
      expect(changes()).toEqual([added, newRemoved]);
      expect(await held()).toEqual([old]);
    },
  );

  const fileOf = (id: number, isSelected: boolean): object => ({
    id,
    path: `/${id}.mkv`,
    bytes: 1_000 + id,
    selected: isSelected ? 1 : 0,
  });
  const link = 'https://real-debrid.com/d/ABCDEFGHIJKLM';
  it.each<[string, object]>([
    [
      'another torrent',
      { hash: 'f'.repeat(40), files: [fileOf(1, true), fileOf(3, true)], links: [link, link] },
    ],
    ['other files', { files: [fileOf(1, true), fileOf(2, true)], links: [link, link] }],
    ['fewer files', { files: [fileOf(1, true)], links: [link] }],
    ['fewer links', { files: [fileOf(1, true), fileOf(3, true)], links: [link] }],
    ['more links', { files: [fileOf(1, true), fileOf(3, true)], links: [link, link, link] }],
  ])('because the new item is %s removes it, not the old one', async (_what, over) => {
    const { renew, changes, held, old, emulator } = await start();
    const info = { hash: pack.hash, status: 'downloaded', ...over };
    emulator.faults.add({
      at: 'rd-api',
      path: new RegExp(`torrents/info/(?!${old})`),
      action: { kind: 'status', code: 200, body: JSON.stringify(info) },
    });
    await expect(renew()).rejects.toMatchObject({ code: 'not-ready' });
    expect(changes()).toEqual([added, newRemoved]);
    expect(await held()).toEqual([old]);
  });

  it('is none for a torrent that is not complete itself', async () => {
    const { renew, changes, old, emulator } = await start();
    emulator.world.setItemState(token, old, 'working');
    await expect(renew()).rejects.toMatchObject({ code: 'not-ready' });
    expect(changes()).toEqual([]);
  });

  it('removes nothing where the service gives out the old item as the new one', async () => {
    const { renew, changes, held, old, emulator } = await start();
    emulator.faults.add({
      at: 'rd-api',
      path: /addMagnet/,
      action: { kind: 'status', code: 201, body: JSON.stringify({ id: old }) },
    });
    await expect(renew()).rejects.toMatchObject({ code: 'bad-answer' });
    expect(changes()).toEqual([added]);
    expect(await held()).toEqual([old]);
  });

  it('because the answer to the addition is lost leaves an item that the next attempt takes', async () => {
    const { renew, emulator, held, changes } = await start();
    emulator.faults.add({ at: 'rd-api', path: /addMagnet/, times: 1, action: { kind: 'malformedJson' } });
    await expect(renew()).rejects.toMatchObject({ code: 'bad-answer' });
    const [, rest] = await held();
    expect(await renew()).toBe(rest);
    expect(changes()).toEqual([added, selected, oldRemoved]);
  });

  it('because the old item cannot be removed keeps both, and the next attempt removes it', async () => {
    const { renew, emulator, held, old, changes } = await start();
    emulator.faults.add({ at: 'rd-api', method: 'DELETE', times: 1, action: { kind: 'refuse' } });
    await expect(renew()).rejects.toMatchObject({ code: 'network' });
    const both = await held();
    expect(both).toHaveLength(2);
    expect(await renew()).toBe(both.find((id) => id !== old));
    expect(changes()).toEqual([added, selected, oldRemoved, oldRemoved]);
    expect(await held()).toHaveLength(1);
  });

  it('because the answer to the removal of the old item is lost keeps the new one', async () => {
    const { renew, emulator, held, old } = await start();
    emulator.faults.add({ at: 'rd-api', method: 'DELETE', action: { kind: 'refuse' } });
    await expect(renew()).rejects.toMatchObject({ code: 'network' });
    emulator.world.removeItem(token, old);
    const [left, ...others] = await held();
    expect(left).not.toBe(old);
    expect(others).toEqual([]);
    await expect(renew()).rejects.toMatchObject({ code: 'item-gone' });
    expect(await held()).toEqual([left]);
  });

  it('tries again to remove the new item where the service breaks off', async () => {
    const { renew, emulator, held, old } = await start({ ...pack, seeders: 0 });
    emulator.faults.add({ at: 'rd-api', method: 'DELETE', times: 2, action: { kind: 'refuse' } });
    await expect(renew()).rejects.toMatchObject({ code: 'content-gone' });
    expect(await held()).toEqual([old]);
  });

  it('removes what it had to leave behind before it begins anew', async () => {
    const { renew, emulator, held, old } = await start({ ...pack, cachedOn: [] });
    const fault = emulator.faults.add({ at: 'rd-api', method: 'DELETE', action: { kind: 'refuse' } });
    await expect(renew()).rejects.toMatchObject({ code: 'not-ready' });
    expect(await held()).toHaveLength(2);
    emulator.faults.remove(fault);
    await expect(renew()).rejects.toMatchObject({ code: 'not-ready' });
    expect(await held()).toEqual([old]);
  });
});

describe('a renewal that is given up', () => {
  it('while it waits removes the new item all the same', async () => {
    const leaving = new AbortController();
    const { renew, changes, held, old } = await start(pack, () => leaving.abort());
    await expect(renew(leaving.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(changes()).toEqual([added, newRemoved]);
    expect(await held()).toEqual([old]);
  });

  it('while the torrent is added waits for its id, to remove it', async () => {
    const leaving = new AbortController();
    const { renew, changes, held, old, emulator } = await start();
    emulator.faults.add({ at: 'rd-api', path: /addMagnet/, action: { kind: 'delayHeaders', ms: 100 } });
    const renewing = renew(leaving.signal);
    await expect.poll(() => emulator.log.count({ path: /addMagnet/ })).toBe(1);
    leaving.abort();
    await expect(renewing).rejects.toMatchObject({ code: 'aborted' });
    expect(changes()).toEqual([added, newRemoved]);
    expect(await held()).toEqual([old]);
  });

  it('does not keep the process when the service does not answer', async () => {
    const leaving = new AbortController();
    const { renew, emulator } = await start(pack, () => leaving.abort());
    emulator.faults.add({ at: 'rd-api', method: 'DELETE', action: { kind: 'hang' } });
    await expect(renew(leaving.signal)).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('after a process that died half-way', () => {
  /** What the process before had done, over the service's own API. */
  async function asked(emulator: Emulator, path: string, form: Record<string, string>): Promise<string> {
    const answer = await fetch(`${emulator.apiUrl('real-debrid')}${apiPath}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new URLSearchParams(form),
    });
    return answer.status === 204 ? '' : ((await answer.json()) as { readonly id: string }).id;
  }
  const magnet = `magnet:?xt=urn:btih:${pack.hash}`;

  it.each<[string, number, string | null, number, readonly string[]]>([
    ['adding', 0, null, 0, [selected, oldRemoved]],
    ['adding, long ago', dayMs, null, 0, [selected, oldRemoved]],
    ['selecting', 3_000, '1,3', 0, [oldRemoved]],
    ['all was ready', 3_000, '1,3', 2_000, [oldRemoved]],
  ])('after %s its item is taken over, and none is added', async (_when, ageMs, files, laterMs, expected) => {
    const { renew, changes, held, emulator } = await start();
    const rest = await asked(emulator, '/torrents/addMagnet', { magnet });
    emulator.advance(ageMs);
    if (files !== null) await asked(emulator, `/torrents/selectFiles/${rest}`, { files });
    emulator.advance(laterMs);
    emulator.log.clear();
    expect(await renew()).toBe(rest);
    expect(changes()).toEqual(expected);
    expect(await held()).toEqual([rest]);
  });

  it("an item that is not known to be debridfs's own is not removed, whatever becomes of it", async () => {
    const { renew, changes, held, old, emulator } = await start({ ...pack, cachedOn: [] });
    const rest = await asked(emulator, '/torrents/addMagnet', { magnet });
    emulator.log.clear();
    await expect(renew()).rejects.toMatchObject({ code: 'not-ready' });
    expect(changes()).toEqual([selected]);
    expect(await held()).toEqual([old, rest]);
  });

  it.each<[string, WorldItem['select'], WorldItem['state'], number]>([
    ['with other files', () => true, 'ready', 0],
    ['that failed', select, 'failed', 0],
    ['whose links may have aged out as well', select, 'ready', 60 * dayMs],
  ])("the user's own second item %s is left alone", async (_what, files, state, ageMs) => {
    const { renew, changes, held, emulator } = await start();
    const other = emulator.world.addItem(token, {
      torrent: pack,
      addedMs: emulator.now() - ageMs,
      ...(files === undefined ? {} : { select: files }),
      ...(state === undefined ? {} : { state }),
    });
    emulator.advance(1_000);
    const id = await renew();
    expect(changes()).toEqual([added, selected, oldRemoved]);
    expect(await held()).toEqual([other, id]);
  });
});

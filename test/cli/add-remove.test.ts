import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ServiceName } from '../../src/core/account.js';
import { systemClock } from '../../src/core/clock.js';
import { silentLogger } from '../../src/core/logger.js';
import { ownLinksPath } from '../../src/config/links-files.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/emulator.js';
import { singleFile, torrent, type WorldAccount, type WorldTorrent } from '../../src/emulator/world.js';
import { openHoldings, openOrders, processOrders } from '../../src/orders.js';
import { createProvider } from '../../src/providers/create-provider.js';
import { startControlServer } from '../../src/server/control-socket.js';
import { openForReading } from '../../src/store/database.js';
import { HeldTorrents } from '../../src/store/held-torrents.js';
import { SyncEngine } from '../../src/sync/engine.js';
import { FakeClock } from '../support/fake-clock.js';
import { filesBelow, inThisThread, openLibrary } from '../support/library.js';
import { never } from '../support/never.js';
import { torrentFileOf } from '../support/torrent-file.js';
import { FakeSurface } from '../server/fake-surface.js';
import { CliHarness } from './harness.js';

let cli: CliHarness;

beforeEach(() => {
  cli = new CliHarness();
});

afterEach(() => {
  cli.remove();
});

const film = singleFile('A.Film.2020.1080p.mkv', 1_001);
const other = singleFile('Another.Film.2021.1080p.mkv', 1_002);
const names = { rd: 'real-debrid', ad: 'alldebrid', tb: 'torbox' } as const;
type Name = keyof typeof names;

interface World {
  readonly emulator: Emulator;
  /** Ids of the torrents that an account holds. */
  readonly held: (name: Name) => Promise<string[]>;
}

/** Stand-ins, and a configuration of their accounts, in this order. Whenever the command waits, their time goes on. */
async function world(
  accounts: Partial<Record<Name, readonly WorldTorrent[]>>,
  knobs: EmulatorOptions['knobs'] = {},
  torrents: readonly WorldTorrent[] = [film, other],
  poor: readonly Name[] = [],
): Promise<World> {
  const chosen = Object.keys(accounts) as Name[];
  const emulator = await startEmulator({
    world: {
      torrents,
      accounts: chosen.map((name): WorldAccount => ({
        service: names[name],
        token: name,
        items: (accounts[name] ?? []).map((each) => ({ torrent: each })),
        premium: !poor.includes(name),
      })),
    },
    knobs: { rateLimits: false, ...knobs },
  });
  const lines = chosen.map(
    (name) =>
      `  - { name: ${name}, service: ${names[name]}, token: ${name}, apiUrl: "${emulator.apiUrl(names[name])}" }`,
  );
  mkdirSync(cli.stateDir, { recursive: true });
  writeFileSync(join(cli.dir, 'c.yaml'), `stateDir: ${cli.stateDir}\naccounts:\n${lines.join('\n')}\n`);
  cli.env['DEBRIDFS_CONFIG'] = join(cli.dir, 'c.yaml');
  cli.app.openOrders = (config) => Promise.resolve(openOrders(config));
  cli.app.openHoldings = (stateDir) => new Promise((resolve) => resolve(openHoldings(stateDir)));
  let skippedMs = 0;
  cli.clock = {
    ...systemClock,
    now: () => emulator.now(),
    monotonic: () => systemClock.monotonic() + skippedMs,
    after: (ms, call) => systemClock.after(ms, call),
    sleep: (ms, signal) => {
      skippedMs += ms;
      emulator.advance(ms);
      return systemClock.sleep(0, signal);
    },
  };
  onTestFinished(() => emulator.stop());
  return {
    emulator,
    held: async (name) => {
      const provider = providerOf(emulator, name, names[name]);
      const { items } = await provider.list('torrents', 'full', never);
      await provider.close();
      return items.map(({ id }) => id);
    },
  };
}

function providerOf(
  emulator: Emulator,
  name: string,
  service: ServiceName,
): ReturnType<typeof createProvider> {
  return createProvider({
    service,
    account: name,
    token: name,
    apiUrl: emulator.apiUrl(service),
    proxyUrl: null,
    clock: cli.clock,
    logger: silentLogger,
  });
}

/** The process that serves these accounts, all but its mount. */
async function running(
  { emulator }: World,
  accounts: readonly Name[],
): Promise<{ readonly shown: () => string[]; readonly stop: () => Promise<void> }> {
  const library = openLibrary(cli.stateDir, new FakeClock(), { accounts: [...accounts] });
  const db = openForReading(cli.stateDir);
  const providers = accounts.map((name) => providerOf(emulator, name, names[name]));
  const engine = new SyncEngine({
    providers,
    library: inThisThread(library),
    clock: systemClock,
    logger: silentLogger,
    intervalMs: 3_600_000,
    confirmAfterMs: 60_000,
    onChanges: () => library.tree.changed(),
    peek: null,
  });
  await engine.start();
  await engine.published;
  await engine.settled();
  const surface = new FakeSurface();
  const orders = processOrders({
    providers,
    clock: systemClock,
    engine,
    held: new HeldTorrents(db),
    tree: library.tree,
    told: () => Promise.resolve(),
    identified: () => Promise.resolve(),
  });
  surface.orders = orders;
  const server = await startControlServer(cli.stateDir, {
    surface,
    scrub: (text) => text,
    logger: silentLogger,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await orders.settled();
  };
  onTestFinished(async () => {
    await stop();
    await engine.stop();
    await Promise.all(providers.map((provider) => provider.close()));
    db.close();
    library.close();
  });
  return { shown: () => filesBelow(library.tree, ''), stop };
}

describe('debridfs add and remove with a running process', () => {
  it.each(['rd', 'ad', 'tb'] as const)(
    'an added torrent of %s is in the tree, a removed one is gone at once, and all else stays',
    async (name) => {
      const there = await world({ [name]: [other] });
      const { shown } = await running(there, [name]);
      const before = shown();
      const added = await cli.run('add', film.hash, '--account', name);
      expect(added).toMatchObject({ code: 0, err: '' });
      expect(added.out).toContain(`added to account ${name} (you named it)\n`);
      expect(added.out).toMatch(
        /it is in the library:\n {2}.*movies\/A Film \(2020\)\/A Film \(2020\).*\.mkv\n$/,
      );
      expect(shown().join()).toContain('movies/A Film (2020)/');
      const again = await cli.run('add', film.hash, '--account', name);
      expect(again).toMatchObject({ code: 0, err: '' });
      expect(again.out).toContain(`account ${name} holds it already`);
      expect(await there.held(name)).toHaveLength(2);

      cli.ask = () => Promise.resolve('n');
      const path = shown().find((each) => each.startsWith('movies/A Film')) ?? '';
      const kept = await cli.run('remove', path, '--account', name);
      expect(kept).toMatchObject({ code: 1 });
      expect(kept.err).toContain('Nothing was removed.');
      expect(await there.held(name)).toHaveLength(2);

      const questions: string[] = [];
      cli.ask = (question) => {
        questions.push(question);
        return Promise.resolve('y');
      };
      const removed = await cli.run('remove', path, '--account', name);
      expect(removed).toMatchObject({ code: 0, err: '' });
      expect(questions).toEqual([`Remove it from account ${name}? [y/N] `]);
      expect(removed.out).toContain(`disappears  /`);
      expect(removed.out).toContain(`/${path}`);
      expect(removed.out).toContain(`also in     no other account\n`);
      expect(shown()).toEqual(before);
      expect(await there.held(name)).toHaveLength(1);
    },
  );

  it('a torrent removed from one account stays in the tree through another', async () => {
    const there = await world({ rd: [film], ad: [film] });
    const { shown } = await running(there, ['rd', 'ad']);
    const removed = await cli.run('remove', film.hash, '--account', 'rd', '--yes');
    expect(removed).toMatchObject({ code: 0, err: '' });
    expect(removed.out).toContain('also in     ad\n');
    expect(removed.out).toContain('disappears  /accounts/rd/');
    expect(removed.out).not.toContain('/movies/');
    expect(await there.held('rd')).toEqual([]);
    expect(shown().filter((path) => path.startsWith('accounts/rd'))).toEqual([]);
    expect(shown().some((path) => path.startsWith('movies/A Film'))).toBe(true);
  });

  it('a process that ends while it adds leaves nothing in the account', async () => {
    const dead = torrent('Dead', [{ path: 'Dead.mkv', size: 5 }], { seeders: 0 });
    const there = await world({ rd: [] }, {}, [dead]);
    cli.clock = { ...cli.clock, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
    const { stop } = await running(there, ['rd']);
    const adding = cli.run('add', dead.hash, '--account', 'rd');
    await expect.poll(() => there.emulator.log.find({ path: /addMagnet/ }).at(0)?.status).toBe(201);
    await stop();
    expect(there.emulator.log.find({ method: 'DELETE' }).map(({ status }) => status)).toEqual([204]);
    expect(await adding).toMatchObject({ code: 1 });
  });

  it('a hoster link for an account goes through the process, and one that no download needs is refused', async () => {
    const there = await world({ rd: [], tb: [] });
    await running(there, ['rd', 'tb']);
    cli.app.openOrders = () => Promise.reject(new Error('It is not the command that asks.'));
    const refused = await cli.run('add', 'https://hoster.example/1', '--account', 'rd');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('downloads no links');
    const offline = await cli.run('add', 'https://hoster.example/1', '--account', 'tb', '--password', 'p');
    expect(offline).toMatchObject({ code: 1, out: '' });
    const [sent] = there.emulator.log.find({ path: /createwebdownload/ });
    expect(new URLSearchParams(sent?.body).get('password')).toBe('p');
  });

  it('the only torrent of an account goes at once: nothing is held', async () => {
    const there = await world({ rd: [film] });
    const { shown } = await running(there, ['rd']);
    expect(await cli.run('remove', film.hash, '--account', 'rd', '--yes')).toMatchObject({ code: 0 });
    expect(shown().filter((path) => path !== '.debridfs-mounted')).toEqual([]);
  });

  it('what is held twice is removed by its id only', async () => {
    const there = await world({ rd: [film, film] });
    await running(there, ['rd']);
    const asked = await cli.run('remove', film.hash, '--account', 'rd', '--yes');
    const ids = await there.held('rd');
    expect(asked.code).toBe(2);
    for (const id of ids) expect(asked.err).toContain(id);
    const [first = '', second] = ids;
    expect(await cli.run('remove', film.hash, '--account', 'rd', '--yes', '--id', first)).toMatchObject({
      code: 0,
    });
    expect(await there.held('rd')).toEqual([second]);
  });

  it('a folder with more than one torrent is refused, and nothing is removed', async () => {
    const there = await world({ rd: [film, other] });
    await running(there, ['rd']);
    const refused = await cli.run('remove', 'movies', '--account', 'rd', '--yes');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('more than one torrent');
    expect(there.emulator.log.destructive()).toEqual([]);
  });

  it('Ctrl-C while a magnet is looked up leaves nothing in the account', async () => {
    const dead = torrent('Dead', [{ path: 'Dead.mkv', size: 5 }], { seeders: 0 });
    const there = await world({ rd: [] }, {}, [dead]);
    cli.clock = { ...cli.clock, sleep: (ms, signal) => systemClock.sleep(ms, signal) };
    await running(there, ['rd']);
    const adding = cli.run('add', dead.hash, '--account', 'rd');
    await expect.poll(() => there.emulator.log.find({ path: /addMagnet/ }).at(0)?.status).toBe(201);
    cli.signal();
    expect(await adding).toMatchObject({ code: 1 });
    expect(cli.err).toContain('is removed again');
    await expect.poll(() => there.held('rd')).toEqual([]);
  });
});

describe('debridfs add without a running process', () => {
  it('says after Ctrl-C what is still there, and not that it is removed', async () => {
    const dead = torrent('Dead', [{ path: 'Dead.mkv', size: 5 }], { seeders: 0 });
    const there = await world({ rd: [] }, {}, [dead]);
    const action = { kind: 'status', code: 403, body: '' } as const;
    there.emulator.faults.add({ at: 'rd-api', method: 'DELETE', action });
    const adding = cli.run('add', dead.hash, '--account', 'rd');
    await expect.poll(() => there.emulator.log.find({ path: /addMagnet/ }).at(0)?.status).toBe(201);
    cli.signal();
    const { code, err } = await adding;
    expect(code).toBe(1);
    expect(err).toMatch(/item \w+ of account "rd" is still there/);
    expect(err).not.toContain('is removed again');
    expect(await there.held('rd')).toHaveLength(1);
  });

  it('rewrites one line on a terminal, and ends when the account is ready', async () => {
    const fresh = singleFile('New.Film.2022.mkv', 4_000);
    await world({ tb: [] }, {}, [{ ...fresh, cachedOn: [] }]);
    cli.terminal = { isTTY: true };
    const { code, out, err } = await cli.run('add', `magnet:?xt=urn:btih:${fresh.hash}`, '--account', 'tb');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toHaveLength(4);
    expect(out).toContain('\r\u001b[Ktb: looking for what it holds, 0 %\r\u001b[Ktb: downloading, ');
    expect(out).toMatch(/tb: ready\naccount tb has it: debridfs is not running, and shows it when it is\n$/);
  });

  it('writes plain lines without one', async () => {
    const fresh = singleFile('New.Film.2022.mkv', 4_000);
    await world({ ad: [] }, {}, [{ ...fresh, cachedOn: [] }]);
    const { out } = await cli.run('add', fresh.hash, '--account', 'ad');
    expect(out).not.toContain('\r');
    expect(out).toMatch(/ad: downloading, \d+ %, [\d.]+ MiB\/s\n/);
  });

  it('takes the account that has it cached, and says so', async () => {
    const there = await world({ rd: [], tb: [] });
    const { code, out } = await cli.run('add', film.hash);
    expect(code).toBe(0);
    expect(out).toContain('added to account tb (it has this torrent already)\n');
    expect(await there.held('rd')).toEqual([]);
  });

  it('passes over an account that cannot take it, and says why', async () => {
    const there = await world({ rd: [], ad: [] }, {}, [film], ['rd']);
    const { code, out, err } = await cli.run('add', film.hash);
    expect(code).toBe(0);
    expect(err).toMatch(/^passed over rd: .*not premium/);
    expect(out).toContain('added to account ad');
    expect(await there.held('rd')).toEqual([]);
  });

  it('goes on to the next account where one refuses the name, and leaves nothing behind there', async () => {
    const refusedName = { ...film, infringing: true };
    const there = await world({ rd: [], ad: [] }, {}, [refusedName]);
    const { code, err } = await cli.run('add', film.hash);
    expect(code).toBe(0);
    expect(err).toMatch(/^passed over rd: .*legal reasons/);
    expect(await there.held('rd')).toEqual([]);
    expect(await there.held('ad')).toHaveLength(1);
  });

  it('removes again what its account gives up', async () => {
    const dead = torrent('Dead', [{ path: 'Dead.mkv', size: 5 }], { seeders: 0, cachedOn: [] });
    const there = await world({ ad: [], tb: [] }, {}, [dead]);
    // The service's time goes on faster than the limits of its client, which are kept in real time.
    const { clock } = cli;
    cli.clock = { ...clock, sleep: (ms, signal) => clock.sleep(20 * ms, signal) };
    for (const name of ['ad', 'tb'] as const) {
      const { code, err } = await cli.run('add', dead.hash, '--account', name);
      expect(code).toBe(1);
      expect(err).toContain(`It was removed from account "${name}" again.`);
      expect(await there.held(name)).toEqual([]);
    }
  });

  it('says after Ctrl-C that the account goes on, and how to take it away', async () => {
    const fresh = singleFile('New.Film.2022.mkv', 4_000);
    const there = await world({ tb: [] }, {}, [{ ...fresh, cachedOn: [] }]);
    const { clock } = cli;
    cli.clock = {
      ...clock,
      sleep: (ms, signal) => {
        cli.signal();
        return clock.sleep(ms, signal);
      },
    };
    const { code, out } = await cli.run('add', fresh.hash, '--account', 'tb');
    expect(code).toBe(0);
    expect(out).toContain(
      `account tb goes on with it; to take it away: debridfs remove ${fresh.hash} --account tb\n`,
    );
    expect(await there.held('tb')).toHaveLength(1);
  });

  it('takes a .torrent file by its path', async () => {
    const { bytes, hash } = torrentFileOf('A.Film.2020.mkv');
    const known = torrent('A.Film.2020.mkv', [{ path: 'A.Film.2020.mkv', size: 1_001 }], { hash });
    const there = await world({ rd: [] }, {}, [known]);
    writeFileSync(join(cli.dir, 'a.torrent'), bytes);
    expect(await cli.run('add', 'a.torrent')).toMatchObject({ code: 0, err: '' });
    expect(await there.held('rd')).toHaveLength(1);
  });

  it.each([
    [1, 'abc', 'nothing that can be added'],
    [1, 'a'.repeat(64), 'version 2'],
    [1, 'magnet:?dn=x', 'names no torrent'],
    [1, 'missing.torrent', 'is not there'],
    [1, 'broken.torrent', 'is no torrent file'],
    [1, '123456789012345678', 'there is none'],
    [1, 'https://nekobt.to/torrents/123456789012345678', 'there is none'],
    [1, `${film.hash} --account portal`, 'takes no torrents'],
    [2, `${film.hash} --account nobody`, 'no account "nobody"'],
    [2, `${film.hash} --files 5-2`, 'is no number of a file'],
    [2, `${film.hash} --buy`, '--buy is for links'],
    [2, 'https://hoster.example/f/1 --files all', '--files is for torrents'],
  ])('ends with %d and a sentence for %s', async (code, line, why) => {
    const there = await world({ rd: [] });
    writeFileSync(join(cli.dir, 'broken.torrent'), 'd4:info');
    const portal = `  - { name: portal, service: storage-portal, token: obb_${'a'.repeat(32)}, apiUrl: "${there.emulator.urls.storagePortal}" }\n`;
    writeFileSync(join(cli.dir, 'c.yaml'), readFileSync(join(cli.dir, 'c.yaml'), 'utf8') + portal);
    const told = await cli.run('add', ...line.split(' '));
    expect(told).toMatchObject({ code, out: '' });
    expect(told.err).toContain(why);
    expect(told.err.split('\n')).toHaveLength(2);
    expect(there.emulator.log.destructive()).toEqual([]);
  });
});

describe('debridfs remove without a running process', () => {
  it('refuses without a terminal and without --yes, and removes nothing', async () => {
    const there = await world({ tb: [film] });
    const refused = await cli.run('remove', film.hash, '--account', 'tb');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--yes');
    expect(there.emulator.log.destructive()).toEqual([]);
    const removed = await cli.run('remove', film.hash, '--account', 'tb', '--yes');
    expect(removed).toMatchObject({ code: 0, err: '' });
    const sent = there.emulator.log.destructive();
    expect(sent).toHaveLength(1);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      operation: 'delete',
      torrent_id: expect.any(Number) as number,
    });
    expect(await there.held('tb')).toEqual([]);
  });

  it('asks nobody whether to remove a link that AllDebrid keeps, which it cannot', async () => {
    const there = await world({ ad: [] });
    const about = { name: 'A link', state: 'ready', reason: null, addedMs: 0 } as const;
    const held = { account: 'ad', list: 'saved', itemId: '1', ...about } as const;
    cli.app.openOrders = () =>
      Promise.resolve({
        ...new FakeSurface().orders,
        holders: () => Promise.resolve([held]),
        close: () => Promise.resolve(),
      });
    let asked = 0;
    cli.ask = () => {
      asked += 1;
      return Promise.resolve('y');
    };
    const { code, err } = await cli.run('remove', film.hash, '--account', 'ad');
    expect([code, asked]).toEqual([1, 0]);
    expect(err).toContain('Do that on its website.');
    expect(there.emulator.log.destructive()).toEqual([]);
  });

  it('says who holds it where the account does not', async () => {
    const there = await world({ rd: [film], ad: [] });
    const refused = await cli.run('remove', film.hash, '--account', 'ad', '--yes');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('does not hold it. It is held by: rd.');
    expect(there.emulator.log.destructive()).toEqual([]);
  });

  it("takes a link out of debridfs' own file only", async () => {
    await world({ rd: [] });
    const mine = join(cli.dir, 'mine.txt');
    const config = readFileSync(join(cli.dir, 'c.yaml'), 'utf8');
    writeFileSync(join(cli.dir, 'c.yaml'), `links: [${mine}]\n${config}`);
    const [ours, theirs] = ['https://hoster.example/1', 'https://hoster.example/2'];
    writeFileSync(ownLinksPath(cli.stateDir), `# kept\n${ours} size=5\nhttps://hoster.example/3\n`);
    writeFileSync(mine, `\n${theirs}\n`);
    expect(await cli.run('remove', ours)).toMatchObject({ code: 2 });
    const removed = await cli.run('remove', ours, '--yes');
    expect(removed).toMatchObject({ code: 0, err: '' });
    expect(removed.out).toContain(`${ownLinksPath(cli.stateDir)}, line 2\n`);
    expect(readFileSync(ownLinksPath(cli.stateDir), 'utf8')).toBe('# kept\nhttps://hoster.example/3\n');
    const refused = await cli.run('remove', theirs, '--yes');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(`line 2 of ${mine}, which is yours`);
    expect(readFileSync(mine, 'utf8')).toBe(`\n${theirs}\n`);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/core/errors.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Item } from '../../src/core/torrent.js';
import type { TreeChange } from '../../src/core/tree.js';
import { SyncEngine } from '../../src/sync/engine.js';
import type { LibraryWriter } from '../../src/sync/library-writer.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import {
  complete,
  file,
  filesBelow,
  inThisThread,
  item,
  openLibrary,
  temporaryFolder,
  type TestLibrary,
} from '../support/library.js';
import { ScriptedProvider } from '../support/scripted-provider.js';

const intervalMs = 60_000;

describe('syncing', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: FakeClock;
  let library: TestLibrary;
  let engine: SyncEngine;
  let changes: TreeChange[];
  const rd = (): ScriptedProvider => new ScriptedProvider('rd');

  beforeEach(() => {
    folder = temporaryFolder();
    clock = new FakeClock();
    library = openLibrary(folder.path, clock);
    changes = [];
  });
  afterEach(async () => {
    await engine.stop();
    library.close();
    folder.remove();
  });

  const start = (...providers: ScriptedProvider[]): Promise<void> => startWith(providers, {});
  const startWith = async (
    providers: readonly ScriptedProvider[],
    replaced: Partial<LibraryWriter>,
  ): Promise<void> => {
    engine = new SyncEngine({
      peek: null,
      providers,
      library: { ...inThisThread(library), ...replaced },
      clock,
      logger: silentLogger,
      intervalMs,
      confirmAfterMs: 60_000,
      onChanges: (more) => changes.push(...more),
    });
    await engine.start();
    await settle();
  };
  const isPublished = async (): Promise<boolean> => {
    const pending = Symbol('pending');
    return (await Promise.race([engine.published, Promise.resolve(pending)])) !== pending;
  };
  const down = new AppError('service-down', 'The service is down.');
  const film = (id: string): ReturnType<typeof item> =>
    item(id, `Film ${id} 2001`, [file(`Film ${id} 2001.mkv`)]);

  it('shows nothing at the very first start until one account has answered, then what that one holds', async () => {
    const broken = new ScriptedProvider('ad');
    broken.listing = () => Promise.reject(down);
    const slow = rd();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    slow.listing = async () => {
      await asked;
      return complete(film('a'));
    };
    await start(broken, slow);
    expect(await isPublished()).toBe(false);
    answer();
    await settle();
    expect(await isPublished()).toBe(true);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
  });

  it('mounts no empty library at the very first start because a portal has no links', async () => {
    const portal = new ScriptedProvider('portal', ['links']);
    const account = rd();
    account.listing = () => Promise.reject(down);
    await start(portal, account);
    expect(await isPublished()).toBe(false);
    portal.listing = () => complete(film('a'));
    await engine.syncNow();
    expect(await isPublished()).toBe(true);
  });

  it('mounts what a portal has where it is the only account, and not before it has answered', async () => {
    const portal = new ScriptedProvider('portal', ['links']);
    portal.listing = () => Promise.reject(down);
    await start(portal);
    expect(await isPublished()).toBe(false);
    expect(engine.accounts[0]?.state.condition).toBe('unreachable');
    expect(engine.accounts[0]?.lastCompleteMs).toBeNull();
    portal.listing = () => complete();
    await engine.syncNow();
    expect(await isPublished()).toBe(true);
  });

  it('is mounted, and its first sync goes on, while a list beside its torrents hangs', async () => {
    const provider = new ScriptedProvider('rd', ['torrents', 'downloads']);
    let answer: (listing: ReturnType<typeof complete>) => void = () => undefined;
    const downloads = new Promise<ReturnType<typeof complete>>((resolve) => (answer = resolve));
    provider.listing = (_mode, list) =>
      list === 'downloads' ? downloads : complete(item('a', 'Film a 2001', null), film('b'));
    provider.detail = (id) => ({ id, name: `Film ${id} 2001`, files: [file(`Film ${id} 2001.mkv`)] });
    await start(provider);
    expect(await isPublished()).toBe(true);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    expect(engine.accounts[0]?.lastRound).toBeNull();
    answer(complete(item('c', 'Film c 2001', null)));
    await settle();
    // What the late list told is asked for in the same round.
    expect(provider.detailsAsked).toEqual(['a', 'c']);
  });

  it('says that an account is being asked for its lists while its links are told already', async () => {
    const provider = new ScriptedProvider('rd', ['torrents', 'links']);
    let answer: (listing: ReturnType<typeof complete>) => void = () => undefined;
    const torrents = new Promise<ReturnType<typeof complete>>((resolve) => (answer = resolve));
    provider.listing = (_mode, list) => (list === 'links' ? complete() : torrents);
    await start(provider);
    expect(engine.accounts[0]?.progress).toMatchObject({ stage: 'lists' });
    answer(complete(film('a')));
    await settle();
    expect(engine.accounts[0]?.progress).toBeNull();
  });

  it('shows how far a first sync is although items that nobody can have were removed meanwhile', async () => {
    const provider = rd();
    const unknown = (count: number): Item[] =>
      Array.from({ length: count }, (_, id) => item(`x${id}`, `Unknown ${id}`, null));
    provider.listing = () => complete(film('a'), ...unknown(3));
    await start(provider);
    expect(engine.accounts[0]?.awaitingDetails).toBe(3);
    provider.detail = async (id) => {
      await clock.sleep(10_000);
      return id.startsWith('x')
        ? undefined
        : { id, name: `Film ${id} 2001`, files: [file(`Film ${id} 2001.mkv`)] };
    };
    provider.listing = () => complete(film('a'), item('b', 'Film b 2001', null), ...unknown(1));
    await engine.syncNow();
    await engine.syncNow();
    expect(engine.accounts[0]?.progress).toMatchObject({ stage: 'files', items: 3 });
    await clock.advance(10_000);
    expect(engine.accounts[0]?.progress).toBeNull();
  });

  it('keeps syncing, and blames no account, where somebody cannot be told of the library', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    const throwing: (readonly TreeChange[])[] = [];
    engine = new SyncEngine({
      peek: null,
      providers: [provider],
      library: inThisThread(library),
      clock,
      logger: silentLogger,
      intervalMs,
      confirmAfterMs: 60_000,
      onChanges: (more) => {
        throwing.push(more);
        throw new Error('a listener of its own');
      },
    });
    await engine.start();
    await settle();
    expect(throwing.length).toBeGreaterThan(0);
    expect(engine.accounts[0]?.state.condition).toBe('ok');
    expect(engine.accounts[0]?.lastCompleteMs).not.toBeNull();
    expect(await isPublished()).toBe(true);
  });

  it.each(['downloads', 'saved', 'history', 'links'] as const)(
    'goes on where an account is denied its list %s, keeps what that held, and says so',
    async (denied) => {
      const provider = new ScriptedProvider('rd', ['torrents', denied]);
      const refusal = new AppError('account-blocked', 'This list is denied.');
      provider.listing = (_mode, list) => (list === denied ? Promise.reject(refusal) : complete(film('a')));
      await start(provider);
      expect(await isPublished()).toBe(true);
      expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
      expect(engine.accounts[0]?.state).toMatchObject({ condition: 'ok', detail: 'This list is denied.' });

      provider.listing = (_mode, list) => complete(film(list === denied ? 'b' : 'a'));
      await engine.syncNow();
      expect(engine.accounts[0]?.state.detail).toBe('');
      provider.listing = (_mode, list) =>
        list === denied ? Promise.reject(refusal) : complete(film('a'), film('c'));
      await engine.syncNow();
      await engine.syncNow();
      expect(filesBelow(library.tree, 'all/')).toHaveLength(3);
    },
  );

  it('shows what a sync by hand brought, although the first round had failed', async () => {
    const provider = rd();
    provider.listing = () => Promise.reject(down);
    await start(provider);
    expect(await isPublished()).toBe(false);
    provider.listing = () => complete(film('a'));
    await engine.syncNow();
    expect(await isPublished()).toBe(true);
  });

  it('mounts nothing when it is stopped while the first listing is taken over', async () => {
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => (write = resolve));
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await startWith([provider], {
      markPublished: () => written.then(() => library.librarian.markPublished()),
    });
    let isStopped = false;
    const stopping = engine.stop().then(() => (isStopped = true));
    await settle();
    expect(isStopped).toBe(false);
    write();
    await stopping;
    expect(await isPublished()).toBe(false);
  });

  it('asks nothing more after the end, although a sync by hand was waiting for its turn', async () => {
    const provider = rd();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    provider.listing = async () => {
      await asked;
      return complete(film('a'));
    };
    await start(provider);
    const byHand = expect(engine.syncNow()).rejects.toMatchObject({ code: 'aborted' });
    const stopping = engine.stop();
    answer();
    await stopping;
    await byHand;
    expect(provider.modes).toEqual(['full']);
  });

  it('ends only when a sync by hand has ended', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (answer = resolve));
    provider.listing = async () => {
      await asked;
      return complete(film('a'), film('b'));
    };
    const byHand = engine.syncNow();
    let isStopped = false;
    const stopping = engine.stop().then(() => (isStopped = true));
    await settle();
    expect(isStopped).toBe(false);
    answer();
    await Promise.all([stopping, byHand]);
  });

  it('keeps the tree through an outage, names the account, and goes on when it is over', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    provider.listing = () =>
      Promise.reject(new AppError('token-rejected', 'The token of rd is not accepted.'));
    await clock.advance(10 * intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
    expect(engine.accounts[0]?.state).toMatchObject({
      condition: 'rejected',
      detail: 'The token of rd is not accepted.',
    });
    provider.listing = () => complete(film('a'), film('b'));
    await clock.advance(intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    expect(engine.accounts[0]?.state.condition).toBe('ok');
  });

  it('does not let one account’s hanging delay another', async () => {
    const hanging = new ScriptedProvider('ad');
    let release: (error: Error) => void = () => undefined;
    hanging.listing = () => new Promise((_, reject) => (release = reject));
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(hanging, provider);
    provider.listing = () => complete(film('a'), film('b'));
    await clock.advance(intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    release(down);
  });

  it('asks once per interval when nothing changes, fully at first and then every fifth time', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    await clock.advance(6 * intervalMs);
    expect(provider.modes).toEqual(['full', 'cheap', 'cheap', 'cheap', 'cheap', 'full', 'cheap']);
    expect(provider.detailsAsked).toEqual([]);
  });

  it('asks once for a sync by hand, and begins the interval anew', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    await clock.advance(intervalMs / 2);
    await engine.syncNow();
    await clock.advance(intervalMs - 1);
    expect(provider.modes).toEqual(['full', 'full']);
    await clock.advance(1);
    expect(provider.modes).toHaveLength(3);
  });

  it('asks fully again at once when something is missing, so that a removal shows within two intervals', async () => {
    const provider = rd();
    const kept = ['b', 'c', 'd', 'e', 'f'].map(film);
    provider.listing = () => complete(film('a'), ...kept);
    await start(provider);
    provider.listing = (mode) =>
      mode === 'full' ? complete(...kept) : { scope: 'changes', items: [], unreadable: [] };
    await engine.syncNow();
    expect(filesBelow(library.tree, 'all/')).toHaveLength(6);
    await clock.advance(intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(5);
  });

  it('fetches missing details newest first, tries again later what is not known yet, and asks never twice for the rest', async () => {
    const provider = rd();
    const ids = ['a', 'b', 'c'];
    provider.listing = () =>
      complete(...ids.map((id, index) => item(id, `Film ${id} 2001`, null, { addedMs: index + 1 })));
    provider.detail = (id) =>
      id === 'b' ? undefined : { id, name: `Film ${id} 2001`, files: [file(`Film ${id} 2001.mkv`)] };
    await start(provider);
    expect(provider.detailsAsked).toEqual(['c', 'b', 'a']);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    provider.detail = (id) => ({
      id,
      name: `Film ${id} 2001`,
      files: [file(`Film ${id} 2001.mkv`)],
    });
    await clock.advance(3 * intervalMs);
    expect(provider.detailsAsked).toEqual(['c', 'b', 'a', 'b']);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(3);
  });

  it('tells at a first sync how many items are known, how fast and how long the rest takes', async () => {
    const provider = rd();
    let answer: (listing: ReturnType<typeof complete>) => void = () => undefined;
    const listing = new Promise<ReturnType<typeof complete>>((resolve) => (answer = resolve));
    provider.listing = () => listing;
    provider.detail = async (id) => {
      await clock.sleep(1_000);
      return id === '0' ? undefined : { id, name: `Film ${id}`, files: [file(`Film ${id}.mkv`)] };
    };
    await start(provider);
    const progress = (): unknown => engine.accounts[0]?.progress;
    expect(progress()).toEqual({ stage: 'lists', sinceMs: clock.now() });
    answer(
      complete(
        ...Array.from({ length: 100 }, (_, id) => item(String(id), `Film ${id}`, null, { addedMs: id })),
      ),
    );
    await settle();
    expect(progress()).toEqual({ stage: 'files', known: 0, items: 100, perSecond: null, leftMs: null });
    await clock.advance(32_000);
    expect(progress()).toEqual({
      stage: 'files',
      known: 30,
      items: 100,
      perSecond: 30 / 32,
      leftMs: (70 * 32_000) / 30,
    });
    await clock.advance(75_000);
    // What cannot be known now is no first sync that goes on.
    expect(progress()).toBeNull();
    expect(engine.accounts[0]?.awaitingDetails).toBe(1);
  });

  it('keeps the details it got when the account fails in between', async () => {
    const provider = rd();
    provider.listing = () =>
      complete(...['a', 'b'].map((id, index) => item(id, id, null, { addedMs: -index })));
    provider.detail = (id) => {
      if (id === 'b') throw down;
      return { id, name: 'Film 2001', files: [file('Film 2001.mkv')] };
    };
    await start(provider);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
    expect(engine.accounts[0]?.state.condition).toBe('unreachable');
  });

  it('asks for the other items when one makes the account fail every time', async () => {
    const provider = rd();
    provider.listing = () =>
      complete(
        ...['a', 'b', 'c'].map((id, index) => item(id, `Film ${id} 2001`, null, { addedMs: 9 - index })),
      );
    provider.detail = (id) => {
      if (id === 'a') throw down;
      return { id, name: `Film ${id} 2001`, files: [file(`Film ${id} 2001.mkv`)] };
    };
    await start(provider);
    await clock.advance(3 * intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    await clock.advance(60 * intervalMs);
    expect(provider.detailsAsked.filter((id) => id === 'a').length).toBeLessThan(12);
    expect(engine.accounts[0]?.awaitingDetails).toBe(1);
  });

  it('lets the lists of an account take turns, and tells their items with the same number apart', async () => {
    const provider = new ScriptedProvider('tb', ['torrents', 'usenet']);
    const films = (list: string): Item[] =>
      Array.from({ length: 60 }, (_, id) =>
        item(String(id), `${list} ${id}`, null, { torrent: `${list}${id}` }),
      );
    provider.listing = (_mode, list) => complete(...films(list));
    provider.detail = (id, list) =>
      list === 'torrents' ? undefined : { id, name: `Film ${id}`, files: [file(`Film ${id}.mkv`)] };
    await start(provider);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(60);
    expect(engine.accounts[0]?.awaitingDetails).toBe(60);
  });

  it('publishes nothing for a listing in which nothing could be understood, and forgets no other account for it', async () => {
    library.librarian.applyListing('old', 'torrents', complete(film('a')), 0);
    const provider = rd();
    provider.listing = () => ({ scope: 'changes', items: [], unreadable: [] });
    await start(provider);
    await clock.advance(3 * intervalMs);
    expect(await isPublished()).toBe(false);
    provider.listing = () => ({ scope: 'changes', items: [film('b')], unreadable: [] });
    await clock.advance(intervalMs);
    expect(await isPublished()).toBe(true);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    provider.listing = () => complete(film('b'));
    await clock.advance(intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
  });

  it('believes a loss of everything at once when the user vouches for it, and not before', async () => {
    const provider = rd();
    provider.listing = () => Promise.resolve(complete(...['a', 'b', 'c', 'd', 'e'].map(film)));
    await start(provider);
    provider.listing = () => Promise.resolve(complete(film('a')));
    const [held] = await engine.syncNow();
    expect(held?.lists[0]).toMatchObject({ removed: 0, held: { lost: 4, of: 5 } });
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(5);
    const [accepted] = await engine.syncNow(true);
    expect(accepted?.lists[0]).toMatchObject({ removed: 4, held: null });
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    provider.listing = () => Promise.resolve(complete());
    await engine.syncNow(true);
    expect(filesBelow(library.tree, 'movies/')).toEqual([]);
  });

  describe('with a loss that is meant at one account and an outage of another', () => {
    const all = ['a', 'b', 'c', 'd', 'e'];
    const providers = new Map<string, ScriptedProvider>();
    const hold = (name: string, ...ids: string[]): void => {
      const provider = providers.get(name);
      const films = ids.map((id) => ({ ...film(id), torrent: `${name} ${id}` }));
      if (provider !== undefined) provider.listing = () => complete(...films);
    };
    const shown = (name: string): number => filesBelow(library.tree, `accounts/${name}/`).length;
    beforeEach(async () => {
      for (const name of ['rd', 'ad']) {
        providers.set(name, new ScriptedProvider(name));
        hold(name, ...all);
      }
      await start(...providers.values());
      hold('rd', 'a');
    });

    it('sync --accept is refused where both hold one, and says whose it can be; with a name only that one’s goes', async () => {
      hold('ad');
      await engine.syncNow();
      await expect(engine.syncNow(true)).rejects.toMatchObject({
        code: 'invalid',
        message:
          'More than one account holds a loss: rd (4 missing), ad (5 missing). Say which of them is meant: debridfs sync --accept rd, or debridfs sync --accept ad.',
      });
      expect([shown('rd'), shown('ad')]).toEqual([5, 5]);
      const reports = await engine.syncNow('rd');
      expect(reports.map(({ accepted }) => accepted)).toEqual([true, false]);
      expect([shown('rd'), shown('ad')]).toEqual([1, 5]);
    });

    it('sync --accept lets nothing go of the one whose outage has just begun', async () => {
      await engine.syncNow();
      hold('ad');
      await engine.syncNow(true);
      expect([shown('rd'), shown('ad')]).toEqual([1, 5]);
    });

    it('sync --accept finds by itself whose loss it is before any listing told of it, and is refused where it is both’s', async () => {
      await engine.syncNow(true);
      expect([shown('rd'), shown('ad')]).toEqual([1, 5]);
      hold('rd');
      hold('ad');
      await expect(engine.syncNow(true)).rejects.toMatchObject({ code: 'invalid' });
      expect([shown('rd'), shown('ad')]).toEqual([1, 5]);
    });

    it('sync --accept with a name that no account has says which there are', async () => {
      await expect(engine.syncNow('tb')).rejects.toMatchObject({
        code: 'not-found',
        message: 'There is no account "tb". The accounts are: rd, ad.',
      });
    });
  });

  it('does not believe a loss that the user vouched for when the next listing has it all again', async () => {
    const provider = rd();
    const all = complete(...['a', 'b', 'c', 'd', 'e'].map(film));
    provider.listing = () => Promise.resolve(all);
    await start(provider);
    const answers = [complete(), all];
    provider.listing = () => Promise.resolve(answers.shift() ?? all);
    const [report] = await engine.syncNow(true);
    expect(report?.lists[0]).toMatchObject({ removed: 0, held: null });
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(5);
  });

  it('goes on telling of a held loss while the account is down, and while it tells only changes', async () => {
    const provider = rd();
    const all = ['a', 'b', 'c', 'd', 'e'].map(film);
    provider.listing = () => complete(...all);
    await start(provider);
    provider.listing = () => complete();
    await clock.advance(intervalMs);
    const held = (): unknown => engine.accounts[0]?.lastRound?.lists[0]?.held;
    const first = held();
    expect(first).toMatchObject({ lost: 5, of: 5 });
    provider.listing = () => Promise.reject(down);
    await clock.advance(3 * intervalMs);
    expect(held()).toEqual(first);
    provider.listing = () => ({ scope: 'changes', items: [film('a')], unreadable: [] });
    await clock.advance(intervalMs);
    expect(held()).toMatchObject({ lost: 4, of: 5 });
    provider.listing = () => complete(...all);
    await clock.advance(intervalMs);
    expect(held()).toBeNull();
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(5);
  });

  it('lets nothing go that the user vouched for while the account was down or nothing was held', async () => {
    const provider = rd();
    const all = ['a', 'b', 'c', 'd', 'e'].map(film);
    provider.listing = () => complete(...all);
    await start(provider);
    await engine.syncNow(true);
    expect(provider.modes).toEqual(['full', 'fresh']);
    provider.listing = () => complete();
    await clock.advance(intervalMs);
    provider.listing = () => Promise.reject(down);
    const [failed] = await engine.syncNow(true);
    expect(failed?.lists[0]).toMatchObject({ removed: 0, held: { lost: 5 }, error: down.message });
    provider.listing = () => complete(film('a'));
    await engine.syncNow();
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(5);
  });

  it.each([
    ['before', [true, false]],
    ['after', [false, true]],
  ])(
    'believes a loss that the user vouched for %s somebody else asked for a plain sync',
    async (_when, asked) => {
      const provider = new ScriptedProvider('tb', ['torrents', 'usenet']);
      const films = (list: string): Item[] =>
        ['a', 'b', 'c', 'd', 'e'].map((id) => ({ ...film(id), torrent: `${list} ${id}` }));
      provider.listing = (_mode, list) => complete(...films(list));
      await start(provider);
      provider.listing = async () => {
        await settle();
        return complete();
      };
      await Promise.all(asked.map((accept) => engine.syncNow(accept)));
      expect(filesBelow(library.tree, 'movies/')).toEqual([]);
    },
  );

  it('ends a sync by hand although one account does not answer, and says which', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    const hanging = new ScriptedProvider('ad');
    let answer: () => void = () => undefined;
    hanging.listing = () => new Promise((resolve) => (answer = () => resolve(complete(film('b')))));
    await start(hanging, provider);
    const byHand = engine.syncNow();
    await clock.advance(10 * intervalMs);
    const [late, prompt] = await byHand;
    expect(late).toMatchObject({ account: 'ad', complete: false });
    expect(late?.lists[0]?.error).toMatch(
      /^Account "ad" has not answered for 4 minutes; it is still being asked/,
    );
    expect(prompt).toMatchObject({ account: 'rd', complete: true });
    answer();
    await settle();
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    answer();
    await settle();
  });

  it('says that an account has not answered for long, and takes it back when it has', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    let answer: () => void = () => undefined;
    provider.listing = () => new Promise((resolve) => (answer = () => resolve(complete(film('a')))));
    await clock.advance(2 * intervalMs);
    expect(engine.accounts[0]?.state.detail).toBe('');
    await clock.advance(intervalMs);
    expect(engine.accounts[0]?.state).toMatchObject({
      condition: 'ok',
      detail: expect.stringMatching(/has not answered whole for 90 s/) as string,
    });
    answer();
    await settle();
    expect(engine.accounts[0]?.state.detail).toBe('');
  });

  it('does not say so of an account that sync --accept waited a minute for before asking, unless it is slow besides', async () => {
    const provider = new ScriptedProvider('tb');
    provider.listing = () => complete(film('a'));
    await start(provider);
    let answerMs = 30_000;
    provider.listing = async () => {
      await clock.sleep(60_000 + answerMs);
      return complete(film('a'));
    };
    const detail = (): string | undefined => engine.accounts[0]?.state.detail;
    const prompt = engine.syncNow('tb');
    await clock.advance(90_000);
    await prompt;
    expect(detail()).toBe('');
    answerMs = 100_000;
    const slow = engine.syncNow('tb');
    await clock.advance(149_999);
    expect(detail()).toBe('');
    await clock.advance(1);
    expect(detail()).toMatch(/has not answered whole for 90 s/);
    await clock.advance(10_000);
    await slow;
  });

  it('shows the library, and its news, although the service does not tell how the account is', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    let answer: () => void = () => undefined;
    provider.state = () =>
      new Promise(
        (resolve) =>
          (answer = () => resolve({ condition: 'ok', detail: '', premiumUntilMs: 1, allowances: [] })),
      );
    await start(provider);
    expect(await isPublished()).toBe(true);
    provider.listing = () => complete(film('a'), film('b'));
    await clock.advance(intervalMs);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
    provider.listing = () => Promise.reject(down);
    await clock.advance(intervalMs);
    answer();
    await settle();
    expect(engine.accounts[0]?.state.condition).toBe('unreachable');
  });

  it('shows the news of one list of an account while another list is not answered', async () => {
    const provider = new ScriptedProvider('tb', ['usenet', 'torrents']);
    let release: (error: Error) => void = () => undefined;
    provider.listing = (_mode, list) =>
      list === 'usenet' ? new Promise((_, reject) => (release = reject)) : complete(film('a'));
    await start(provider);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(1);
    expect(await isPublished()).toBe(false);
    release(down);
  });

  it('keeps what an account of another name held until its details are known again', async () => {
    library.librarian.applyListing('old', 'torrents', complete(film('a')), 0);
    const provider = rd();
    provider.listing = () => complete(item('a', 'Film a 2001', null));
    await start(provider);
    await clock.advance(2 * intervalMs);
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    provider.detail = (id) => ({ id, name: 'Film a 2001', files: [file('Film a 2001.mkv')] });
    await clock.advance(5 * intervalMs);
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    expect(filesBelow(library.tree, 'accounts/')).toEqual(['accounts/rd/Film a 2001/Film a 2001.mkv']);
  });

  it('does not blame an account for a full disk, and asks for everything when there is room again', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    provider.listing = () => Promise.reject(new AppError('storage', 'The disk is full.'));
    await clock.advance(intervalMs);
    expect(engine.accounts[0]?.state).toMatchObject({ condition: 'ok', detail: 'The disk is full.' });
    provider.listing = () => complete(film('a'), film('b'));
    await clock.advance(intervalMs);
    expect(engine.accounts[0]?.state).toMatchObject({ condition: 'ok', detail: '' });
    expect(provider.modes.at(-1)).toBe('full');
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
  });

  it('tells of every change that it publishes', async () => {
    const provider = rd();
    provider.listing = () => complete(film('a'));
    await start(provider);
    expect(
      changes.filter((change) => !change.directory && change.kind === 'added').map((change) => change.name),
    ).toEqual([
      'Film a 2001.mkv',
      'Film a 2001.mkv',
      expect.stringContaining('Film a (2001)'),
      '.debridfs-mounted',
    ]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sourceKey } from '../../src/core/content.js';
import { silentLogger } from '../../src/core/logger.js';
import type { Item, ItemFile } from '../../src/core/torrent.js';
import { openForReading } from '../../src/store/database.js';
import type { AnsweredDetails, Applied } from '../../src/sync/librarian.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  complete,
  file,
  filesBelow,
  item,
  openLibrary,
  temporaryFolder,
  walk,
  type TestLibrary,
} from '../support/library.js';

const minute = 60_000;
const movie = 'Sintel.2010.1080p.BluRay.x264-GRP';
const movieFile = `${movie}/${movie}.mkv`;

/** The details of an item as `item` makes it. */
function answer(
  id: string,
  name: string,
  files: readonly ItemFile[],
  over: Partial<AnsweredDetails> = {},
): AnsweredDetails {
  const { torrent, revision } = item(id, name, null);
  return { id, name, files, torrent, revision, ...over };
}

describe('the library', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let clock: FakeClock;
  let library: TestLibrary;

  beforeEach(() => {
    folder = temporaryFolder();
    clock = new FakeClock();
    library = openLibrary(folder.path, clock);
  });
  afterEach(() => {
    library.close();
    folder.remove();
  });

  const reopen = (options: Parameters<typeof openLibrary>[2] = {}): void => {
    library.close();
    library = openLibrary(folder.path, clock, options);
  };
  const apply = (account: string, ...items: readonly Item[]): Applied =>
    library.librarian.applyListing(account, 'torrents', complete(...items), minute);

  const awaited = (limit: number): string[] =>
    library.librarian.awaitingDetails('rd', 'torrents', limit).first.map(({ id }) => id);

  it('shows a movie in movies/, all/ and its account', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    expect(filesBelow(library.tree, '')).toEqual([
      `accounts/rd/${movie}/${movie}.mkv`,
      `all/${movie}/${movie}.mkv`,
      'movies/Sintel (2010)/Sintel (2010) - [1080p BluRay x264-GRP].mkv',
    ]);
  });

  it('shows a torrent that two accounts hold once, whatever paths they tell', () => {
    apply('rd', item('a', movie, [file(movieFile), file(`${movie}/Subs/en.srt`, { size: 5 })]));
    apply('ad', item('a', movie, [file(`${movie}.mkv`), file('Subs/en.srt', { size: 5 })]));
    expect(filesBelow(library.tree, 'all/')).toEqual([
      `all/${movie}/${movie}.mkv`,
      `all/${movie}/Subs/en.srt`,
    ]);
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(2);
    expect(filesBelow(library.tree, 'accounts/')).toHaveLength(4);
    const content = walk(library.tree).get(`all/${movie}/${movie}.mkv`);
    if (content?.kind !== 'file') throw new Error('not a file');
    expect(library.tree.sources(content.content).map((source) => source.account)).toEqual(['rd', 'ad']);
  });

  it('changes no path, inode or time when the details of a listed file arrive', () => {
    const listed = item('a', `${movie}.mkv`, [file(`${movie}.mkv`, { pathTold: false })]);
    apply('rd', listed);
    const before = walk(library.tree);
    library.librarian.applyDetails('rd', 'torrents', [
      answer('a', movie, [file(movieFile), file(`${movie}/nfo.txt`, { ref: null, size: 1 })]),
    ]);
    expect(walk(library.tree)).toEqual(before);
    expect(before.has(`all/${movie}/${movie}.mkv`)).toBe(true);
  });

  it('adds the files of a torrent when its details arrive, and asks for no more', () => {
    apply('rd', item('a', movie, null));
    expect(filesBelow(library.tree, '')).toEqual([]);
    expect(awaited(10)).toEqual(['a']);
    library.librarian.applyDetails('rd', 'torrents', [answer('a', movie, [file(movieFile)])]);
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    apply('rd', item('a', movie, null));
    expect(awaited(10)).toEqual([]);
  });

  it('asks for missing details newest first, also after a restart', () => {
    apply(
      'rd',
      item('a', 'A', null, { addedMs: 1 }),
      item('b', 'B', null, { addedMs: 3 }),
      item('c', 'C', null, { addedMs: 2 }),
    );
    reopen();
    expect(awaited(2)).toEqual(['b', 'c']);
  });

  it('keeps a file whose item expires or fails, and says why it cannot be read', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    const before = walk(library.tree);
    apply('rd', item('a', movie, null, { state: 'failed', reason: 'It expired.', revision: '2' }));
    expect(walk(library.tree)).toEqual(before);
    const node = before.get(`all/${movie}/${movie}.mkv`);
    if (node?.kind !== 'file') throw new Error('not a file');
    expect(library.tree.sources(node.content)).toMatchObject([{ ready: false, reason: 'It expired.' }]);
  });

  it('does not show a torrent that is not ready', () => {
    apply('tb', item('a', movie, [file(movieFile)], { state: 'working' }));
    expect(filesBelow(library.tree, '')).toEqual([]);
    apply('tb', item('a', movie, [file(movieFile)]));
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
  });

  it('removes a file only when a second complete listing agrees', () => {
    const others = ['b', 'c', 'd', 'e'].map((id) =>
      item(id, `Other ${id} 2001`, [file(`Other ${id} 2001.mkv`)]),
    );
    apply('rd', item('a', movie, [file(movieFile)]), ...others);
    const first = apply('rd', ...others);
    expect(first).toMatchObject({ removed: 0, missing: 1 });
    expect(filesBelow(library.tree, `all/${movie}/`)).toHaveLength(1);
    expect(apply('rd', ...others)).toMatchObject({ removed: 1, missing: 0 });
    expect(filesBelow(library.tree, 'movies/Sintel')).toEqual([]);
    expect(walk(library.tree).has(`all/${movie}/`)).toBe(false);
  });

  it('shows no item any more that the user had removed, and a stale list of changes does not bring it back', async () => {
    const [gone, kept] = [item('a', movie, [file(movieFile)]), item('b', 'Other', [file('Other/o.mkv')])];
    apply('rd', gone, kept);
    const changes = (): Applied =>
      library.librarian.applyListing(
        'rd',
        'torrents',
        { scope: 'changes', items: [gone], unreadable: [] },
        minute,
      );
    library.librarian.forgetItem('rd', 'torrents', 'a');
    expect(filesBelow(library.tree, 'accounts/rd')).toEqual(['accounts/rd/Other/o.mkv']);
    expect(changes().added).toBe(0);
    expect(apply('rd', kept)).toMatchObject({ removed: 0, missing: 0, held: null });
    await clock.advance(10 * minute);
    expect(changes().added).toBe(1);
    library.librarian.forgetItem('rd', 'torrents', 'a');
    expect(apply('rd', gone, kept).added).toBe(1);
  });

  it('keeps everything when one listing is empty, until another agrees late enough', async () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    expect(apply('rd').held).toMatchObject({ lost: 1, of: 1 });
    await clock.advance(minute - 1);
    expect(apply('rd')).toMatchObject({ removed: 0, held: { lost: 1 } });
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    await clock.advance(1);
    expect(apply('rd')).toMatchObject({ removed: 1, held: null });
    expect(filesBelow(library.tree, '')).toEqual([]);
  });

  it('forgets a scare when the item is back', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    apply('rd');
    apply('rd', item('a', movie, [file(movieFile)]));
    expect(apply('rd')).toMatchObject({ removed: 0, missing: 1 });
  });

  it('takes an item that cannot be read for one that is still there', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    const listing = { scope: 'complete', items: [], unreadable: ['a'] } as const;
    for (let round = 0; round < 3; round += 1) {
      expect(library.librarian.applyListing('rd', 'torrents', listing, 0)).toMatchObject({
        removed: 0,
        missing: 0,
      });
    }
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
  });

  it('concludes nothing from what a partial listing lacks', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    const listing = { scope: 'changes', items: [], unreadable: [] } as const;
    for (let round = 0; round < 3; round += 1) library.librarian.applyListing('rd', 'torrents', listing, 0);
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
  });

  it('keeps a file that another account still holds', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    apply('ad', item('a', movie, [file(movieFile)]));
    const before = walk(library.tree).get(`all/${movie}/${movie}.mkv`);
    for (let round = 0; round < 2; round += 1)
      library.librarian.applyListing('rd', 'torrents', complete(), 0);
    expect(walk(library.tree).get(`all/${movie}/${movie}.mkv`)).toEqual(before);
    expect(filesBelow(library.tree, 'accounts/rd/')).toEqual([]);
    expect(walk(library.tree).has('accounts/rd/')).toBe(true);
  });

  it('gives the same tree, inodes and times after a restart, and in a new store', () => {
    const show = 'Caminandes.S01.1080p.WEB-DL';
    const listing = [
      item('a', movie, [file(movieFile)]),
      item('b', show, [file(`${show}/Caminandes.S01E01.mkv`), file(`${show}/Caminandes.S01E02.mkv`)]),
    ];
    apply('rd', ...listing);
    const before = walk(library.tree);
    reopen();
    expect(walk(library.tree)).toEqual(before);

    const other = temporaryFolder();
    const anew = openLibrary(other.path, clock);
    try {
      anew.librarian.applyListing('rd', 'torrents', complete(...[...listing].reverse()), minute);
      const inodes = (tree: ReturnType<typeof walk>): [string, bigint][] =>
        [...tree].map(([path, node]): [string, bigint] => [path, node.inode]).sort();
      expect(inodes(walk(anew.tree))).toEqual(inodes(before));
    } finally {
      anew.close();
      other.remove();
    }
  });

  it('gives a claimed name to the torrent added first, and a tag to the other, in any order of listing', () => {
    const first = item('b', 'Pack', [file('Pack/a.txt', { size: 1 })], { addedMs: 1 });
    const second = item('a', 'Pack', [file('Pack/a.txt', { size: 1 })], { addedMs: 2 });
    apply('rd', second, first);
    const paths = filesBelow(library.tree, 'all/');
    expect(paths).toHaveLength(2);
    expect(paths.find((path) => path === 'all/Pack/a.txt')).toBeDefined();
    expect(paths.find((path) => /^all\/Pack \[[0-9a-f]{6}\]\/a\.txt$/.test(path))).toBeDefined();
    const plain = walk(library.tree).get('all/Pack/a.txt');
    if (plain?.kind !== 'file') throw new Error('not a file');
    expect(library.tree.content(plain.content)?.torrent).toBe('b'.repeat(40));
  });

  it('keeps a name once shown when an older torrent with a claim to it comes later', () => {
    apply('rd', item('b', 'Pack', [file('Pack/a.txt', { size: 1 })], { addedMs: 5 }));
    const before = walk(library.tree).get('all/Pack/a.txt');
    apply('ad', item('a', 'Pack', [file('Pack/a.txt', { size: 1 })], { addedMs: 1 }));
    expect(walk(library.tree).get('all/Pack/a.txt')).toEqual(before);
    expect(filesBelow(library.tree, 'all/')).toHaveLength(2);
  });

  it('shows one show for seasons of several torrents, under the spelling shown first', () => {
    apply(
      'rd',
      item('a', 'The.Expanse.S01.1080p.WEB-DL-GRP', [
        file('The.Expanse.S01.1080p.WEB-DL-GRP/The.Expanse.S01E01.mkv'),
      ]),
    );
    apply('ad', item('b', 'the expanse s02 1080p', [file('the expanse s02 1080p/the expanse s02e01.mkv')]));
    const shows = new Set(filesBelow(library.tree, 'shows/').map((path) => path.split('/')[1]));
    expect([...shows]).toEqual(['The Expanse']);
    expect(filesBelow(library.tree, 'shows/').map((path) => path.split('/')[2])).toEqual([
      'Season 01',
      'Season 02',
    ]);
  });

  it('never writes outside its folders, whatever a torrent is called', () => {
    const names = [
      '../../etc',
      'a\0b',
      '/',
      '',
      '..',
      '.',
      '\u0001\u202e',
      '𝔘'.repeat(300),
      '🎬'.repeat(100),
      'CON:*?"<>|',
      'a\\b',
      ' . ',
    ];
    apply(
      'rd',
      ...names.map((name, index) =>
        item(String.fromCharCode(97 + index), name, [
          file(`${name}/${name}.mkv`, { ref: '1' }),
          file(`${name}/../../x.mkv`, { ref: '2' }),
          file(`${name}//./x.mkv`, { ref: '3', size: 1 }),
          file('', { ref: '4', size: 2 }),
        ]),
      ),
    );
    const all = [...walk(library.tree)];
    expect(all.filter(([path]) => path.startsWith('all/') && !path.endsWith('/'))).toHaveLength(
      names.length * 4,
    );
    for (const [path, node] of all) {
      // eslint-disable-next-line no-control-regex -- these are what must not be there
      expect(node.name).not.toMatch(/[/\\\u0000-\u001f]/);
      expect(['', '.', '..']).not.toContain(node.name);
      expect(Buffer.byteLength(node.name)).toBeLessThanOrEqual(200);
      expect(node.name, path).toBe(node.name.normalize('NFC'));
    }
  });

  it('gives a file the time its account added it, for ever, and moves a folder’s time when its children change', async () => {
    const added = Date.UTC(2025, 5, 1);
    apply('rd', item('a', movie, [file(movieFile)], { addedMs: added }));
    const path = `all/${movie}/${movie}.mkv`;
    expect(walk(library.tree).get(path)?.mtimeMs).toBe(added);
    expect(walk(library.tree).get(`all/${movie}/`)?.mtimeMs).toBe(added);
    await clock.advance(minute);
    apply('ad', item('a', movie, [file(movieFile), file(`${movie}/extra.srt`, { size: 3 })], { addedMs: 1 }));
    expect(walk(library.tree).get(path)?.mtimeMs).toBe(added);
    expect(walk(library.tree).get(`all/${movie}/`)?.mtimeMs).toBe(clock.now());
  });

  it('keeps what a renamed account held until every account was read', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    reopen({ accounts: ['real'] });
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    apply('real', item('a', movie, [file(movieFile)]));
    library.librarian.forgetOtherAccounts();
    expect(filesBelow(library.tree, 'movies/')).toHaveLength(1);
    expect(filesBelow(library.tree, 'accounts/')).toEqual([`accounts/real/${movie}/${movie}.mkv`]);
    expect(walk(library.tree).has('accounts/rd/')).toBe(false);
  });

  it('says once that it forgets an account, when it does', () => {
    apply('rd', item('a', movie, [file(movieFile)]));
    const said: string[] = [];
    const logger = { ...silentLogger, info: (_: object, message: string) => said.push(message) };
    library.close();
    library = openLibrary(folder.path, clock, { accounts: ['real'] }, logger);
    apply('real', item('a', movie, null));
    for (let round = 0; round < 3; round += 1) library.librarian.forgetOtherAccounts();
    expect(said).toEqual([]);
    library.librarian.applyDetails('real', 'torrents', [answer('a', movie, [file(movieFile)])]);
    for (let round = 0; round < 3; round += 1) library.librarian.forgetOtherAccounts();
    expect(said).toEqual(['forgetting an account that is no longer configured']);
  });

  it('keeps what an id stood for when the service tells another torrent under it, until two listings lack it', () => {
    const others = ['b', 'c', 'd', 'e'].map((id) => item(id, `Film ${id}`, [file(`Film ${id}.mkv`)]));
    apply('ad', item('7', movie, [file(movieFile)], { torrent: 'x' }), ...others);
    const before = walk(library.tree).get(`all/${movie}/${movie}.mkv`);
    const other = item('7', movie, null, { torrent: 'alldebrid:id-7' });
    apply('ad', other, ...others);
    expect(walk(library.tree).get(`all/${movie}/${movie}.mkv`)).toEqual(before);
    apply('ad', item('7', movie, null, { torrent: 'x' }), ...others);
    reopen();
    expect(walk(library.tree).get(`all/${movie}/${movie}.mkv`)).toEqual(before);
    for (let round = 0; round < 3; round += 1) apply('ad', other, ...others);
    expect(walk(library.tree).has(`all/${movie}/${movie}.mkv`)).toBe(false);
  });

  it('keeps a torrent that was added anew under another id while the details of the new one are awaited', () => {
    const others = ['b', 'c', 'd', 'e'].map((id) => item(id, `Film ${id}`, [file(`Film ${id}.mkv`)]));
    const torrent = 'f'.repeat(40);
    apply('rd', item('1', movie, [file(movieFile)], { torrent }), ...others);
    const again = item('2', movie, null, { torrent, state: 'working' });
    for (let round = 0; round < 4; round += 1) apply('rd', again, ...others);
    expect(filesBelow(library.tree, 'movies/Sintel')).toHaveLength(1);
    const before = walk(library.tree);
    apply('rd', { ...again, state: 'ready' }, ...others);
    library.librarian.applyDetails('rd', 'torrents', [answer('2', movie, [file(movieFile)], { torrent })]);
    for (let round = 0; round < 2; round += 1) apply('rd', { ...again, state: 'ready' }, ...others);
    expect(walk(library.tree)).toEqual(before);
  });

  it('lets a torrent go with the unread copy of it that went at the same time', () => {
    const others = ['b', 'c', 'd', 'e'].map((id) => item(id, `Film ${id}`, [file(`Film ${id}.mkv`)]));
    const torrent = 'f'.repeat(40);
    apply(
      'rd',
      item('1', movie, [file(movieFile)], { torrent }),
      item('2', movie, null, { torrent, state: 'working' }),
      item('3', movie, null, { torrent, state: 'working' }),
      ...others,
    );
    apply('rd', ...others);
    expect(apply('rd', ...others)).toMatchObject({ removed: 3, items: 4 });
    expect(filesBelow(library.tree, 'movies/Sintel')).toEqual([]);
  });

  it('asks no details of what an id stood for before they were known', () => {
    apply('rd', item('1', movie, null, { torrent: 'x' }));
    apply('rd', item('1', 'Other', null, { torrent: 'y' }));
    expect(awaited(10)).toEqual(['1']);
  });

  it('takes no file away because an item is told with fewer than before', () => {
    const pack = ['1', '2', '3'].map((name) => file(`Pack/${name}.mkv`));
    apply('tb', item('a', 'Pack', pack));
    apply('tb', item('a', 'Pack', pack.slice(1), { revision: '2' }));
    expect(filesBelow(library.tree, 'all/')).toHaveLength(3);
    apply('tb', item('a', 'Pack', [file('Pack/4.mkv'), ...pack.slice(1)], { revision: '3' }));
    expect(filesBelow(library.tree, 'all/')).toEqual(['2', '3', '4'].map((name) => `all/Pack/${name}.mkv`));
  });

  it.each([
    ['another torrent', { torrent: 'b'.repeat(40) }],
    ['another state of it', { revision: '2' }],
  ])('shows no files of what an id stood for before when it is %s by now, and asks again', (_, now) => {
    apply('rd', item('a', movie, null));
    apply('rd', item('a', 'Other', null, now));
    library.librarian.applyDetails('rd', 'torrents', [answer('a', movie, [file(movieFile)])]);
    expect(filesBelow(library.tree, 'all/')).toEqual([]);
    expect(awaited(10)).toContain('a');
  });

  it('keeps the name that came with the details when the list tells another', () => {
    const listed = item('a', 'a file of it.mkv', null);
    apply('rd', listed);
    const details = answer('a', movie, [file(movieFile)]);
    library.librarian.applyDetails('rd', 'torrents', [details]);
    expect(apply('rd', listed).changes).toEqual([]);
    library.librarian.applyDetails('rd', 'torrents', [
      { ...details, files: [file(movieFile), file(`${movie}/more.mkv`, { size: 5 })] },
    ]);
    expect(filesBelow(library.tree, 'all/')).toEqual([`all/${movie}/${movie}.mkv`, `all/${movie}/more.mkv`]);
  });

  it('takes the time it first saw an item for the time it was added where the service tells none', async () => {
    const seenMs = clock.now();
    apply('rd', item('a', movie, [file(movieFile)], { addedMs: 0 }));
    await clock.advance(minute);
    apply('rd', item('a', movie, [file(movieFile)], { addedMs: 0 }));
    expect(walk(library.tree).get(`all/${movie}/${movie}.mkv`)?.mtimeMs).toBe(seenMs);
  });

  it('keeps no link of an item that is gone', () => {
    const place = { account: 'rd', list: 'torrents', itemId: 'a' } as const;
    const kept = sourceKey({ ...place, itemId: 'ab', ref: 'r' });
    apply('rd', item('a', movie, [file(movieFile)]), item('ab', 'B', null));
    library.librarian.putLink(sourceKey({ ...place, ref: 'r' }), { url: 'http://x/secret', bornMs: 1 });
    library.librarian.putLink(kept, { url: 'http://x/other', bornMs: 1 });
    for (let round = 0; round < 2; round += 1)
      library.librarian.applyListing('rd', 'torrents', complete(item('ab', 'B', null)), 0);
    const db = openForReading(folder.path);
    expect(db.prepare('SELECT source FROM link').all()).toEqual([{ source: kept }]);
    db.close();
  });

  it('keeps no link that comes when its item is gone', () => {
    const key = sourceKey({ account: 'rd', list: 'torrents', itemId: 'a', ref: 'r' });
    apply('rd', item('a', movie, [file(movieFile)]), item('b', 'B', null));
    for (let round = 0; round < 2; round += 1)
      library.librarian.applyListing('rd', 'torrents', complete(item('b', 'B', null)), 0);
    library.librarian.putLink(key, { url: 'http://x/secret', bornMs: 1 });
    const db = openForReading(folder.path);
    expect(db.prepare('SELECT source FROM link').all()).toEqual([]);
    db.close();
  });

  it('counts a library of impossible sizes without failing', () => {
    const huge = Array.from({ length: 1100 }, (_, n) =>
      file(`H/${n}.mkv`, { size: Number.MAX_SAFE_INTEGER }),
    );
    apply('rd', item('a', 'H', huge));
    expect(library.tree.counts().bytes).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
  });

  it('writes nothing when nothing changed', () => {
    const items = [item('a', movie, [file(movieFile)]), item('b', 'B', null)];
    apply('rd', ...items);
    expect(apply('rd', ...items)).toMatchObject({ added: 0, removed: 0, changes: [] });
  });

  it('shows the sentinel once a listing was complete', () => {
    expect(walk(library.tree).has('.debridfs-mounted')).toBe(false);
    library.librarian.markPublished();
    expect(walk(library.tree).get('.debridfs-mounted')).toMatchObject({ kind: 'static' });
    reopen();
    expect(walk(library.tree).has('.debridfs-mounted')).toBe(true);
    expect(library.librarian.isPublished()).toBe(true);
  });

  it('lists a torrent packed as one archive raw, never as a movie', () => {
    apply('rd', item('a', movie, [file(`${movie}.rar`, { packed: true })]));
    expect(filesBelow(library.tree, '')).toEqual([
      `accounts/rd/${movie}/${movie}.rar`,
      `all/${movie}/${movie}.rar`,
    ]);
  });
});

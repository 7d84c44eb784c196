import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Item, ItemFile } from '../../src/core/torrent.js';
import type { FolderRule } from '../../src/library/folder-rules.js';
import type { Override, Overrides } from '../../src/library/overrides.js';
import type { PublishOptions } from '../../src/sync/publisher.js';
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

const gigabyte = 1_000_000_000;
const day = 86_400_000;

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

const reopen = (options: Partial<PublishOptions> = {}): void => {
  library.close();
  library = openLibrary(folder.path, clock, options);
};

/** Torrents that an account holds, in the order of their ids; all that it holds. */
const hold = async (...items: readonly Item[]): Promise<void> => {
  for (let told = 0; told < 2; told += 1) {
    library.librarian.applyListing('rd', 'torrents', complete(...items), 60_000);
    await clock.advance(61_000);
  }
};

/** A torrent of one file below a folder of its name. Of the ids, the smaller was added first. */
const one = (id: string, name: string, over: Partial<ItemFile> = {}, addedMs?: number): Item =>
  item(id, name, [file(`${name}/${name}.mkv`, over)], {
    addedMs: addedMs ?? Date.UTC(2026, 0, Number.parseInt(id, 16)),
  });

const shown = (...views: readonly string[]): string[] =>
  views.flatMap((view) => filesBelow(library.tree, `${view}/`));

const titles = (view: string): string[] =>
  [...walk(library.tree).keys()].filter(
    (path) => /^[^/]+\/[^/]+\/$/.test(path) && path.startsWith(`${view}/`),
  );

describe('one show of many torrents', () => {
  it('has one folder, under the spelling shown first, whether its year is told or not', async () => {
    await hold(
      one('1', 'Marvels.Agents.of.S.H.I.E.L.D.S01E01.720p'),
      one('2', "Marvel's Agents of S.H.I.E.L.D. (2013) - S02E01"),
      one('3', 'marvels agents of shield s03e01'),
    );
    expect(titles('shows')).toHaveLength(1);
    expect(shown('shows')).toHaveLength(3);
  });

  it('that tells its year takes up seasons without one, even where a year comes later', async () => {
    await hold(one('1', 'Severance.S01E01'), one('2', 'Severance.2022.S02E01'), one('3', 'Severance S02E02'));
    expect(shown('shows')).toEqual([
      'shows/Severance/Season 01/Severance - S01E01.mkv',
      'shows/Severance/Season 02/Severance - S02E01.mkv',
      'shows/Severance/Season 02/Severance - S02E02.mkv',
    ]);
    await hold(one('2', 'Severance.2022.S02E01'), one('4', 'Severance (1999) S01E01'));
    expect(titles('shows')).toEqual(expect.arrayContaining(['shows/Severance/', 'shows/Severance (1999)/']));
  });

  it('is kept apart from another of its name by year and by country', async () => {
    await hold(
      one('1', 'The.Office.US.S01E01'),
      one('2', 'The.Office.2001.S01E01'),
      one('3', 'The Office (US) S01E02'),
      one('4', 'The.Office.(2001).S01E02'),
    );
    expect(titles('shows').sort()).toEqual(['shows/The Office (2001)/', 'shows/The Office US/']);
  });

  it('is the same in whatever order a listing tells its torrents', () => {
    const items = [
      one('1', 'Show.S01E01.1080p'),
      one('2', 'Show (2019) S01E01'),
      one('3', 'SHOW.S02E01'),
      one('4', 'Show.2005.S01E01'),
      one('5', 'Show S01E02'),
    ];
    const treeOf = (order: readonly Item[]): readonly string[] => {
      const other = temporaryFolder();
      const opened = openLibrary(other.path, new FakeClock());
      opened.librarian.applyListing('rd', 'torrents', complete(...order), 0);
      const paths = [...walk(opened.tree).keys()].sort();
      opened.close();
      other.remove();
      return paths;
    };
    const [a, b, c, d, e] = items as [Item, Item, Item, Item, Item];
    expect(treeOf([e, d, c, b, a])).toEqual(treeOf(items));
    expect(treeOf([c, a, e, b, d])).toEqual(treeOf(items));
  });
});

describe('with only the best versions shown', () => {
  const best = { versions: 'best' } as const;

  it('one file of a film is in movies/, by resolution, then source, then size; all are in all/', async () => {
    reopen(best);
    await hold(
      one('1', 'Movie.2010.720p.BluRay-AAA'),
      one('2', 'Movie.2010.1080p.WEB-DL-BBB'),
      one('3', 'Movie.2010.1080p.BluRay-CCC'),
      one('4', 'Movie.2010.1080p.BluRay-DDD', { size: 9 * gigabyte }),
      one('5', 'Movie.2010.2160p.HDCAM-EEE', { size: 20 * gigabyte }),
    );
    expect(shown('movies')).toEqual(['movies/Movie (2010)/Movie (2010) - [1080p BluRay-DDD].mkv']);
    expect(shown('all')).toHaveLength(5);
  });

  it('the one that is shown stays until a better one is there, and the next one follows when it goes', async () => {
    reopen(best);
    const web = one('1', 'Show.S01E02.1080p.WEB-DL-BBB');
    const hdtv = one('2', 'Show.S01E02.720p.HDTV-AAA', { size: 50 * gigabyte });
    const disc = one('3', 'Show.S01E02.2160p.BluRay-CCC');
    await hold(web);
    const before = walk(library.tree).get(
      'shows/Show/Season 01/Show - S01E02 - [1080p WEB-DL-BBB].mkv',
    )?.inode;
    await hold(web, hdtv);
    expect(before).toBeDefined();
    expect(walk(library.tree).get('shows/Show/Season 01/Show - S01E02 - [1080p WEB-DL-BBB].mkv')?.inode).toBe(
      before,
    );
    await hold(web, hdtv, { ...disc, state: 'working', files: null });
    expect(shown('shows')).toEqual(['shows/Show/Season 01/Show - S01E02 - [1080p WEB-DL-BBB].mkv']);
    await hold(web, hdtv, { ...disc, revision: '2' });
    expect(shown('shows')).toEqual(['shows/Show/Season 01/Show - S01E02 - [2160p BluRay-CCC].mkv']);
    await hold(web, hdtv);
    expect(shown('shows')).toEqual(['shows/Show/Season 01/Show - S01E02 - [1080p WEB-DL-BBB].mkv']);
    await hold(hdtv);
    expect(shown('shows')).toEqual(['shows/Show/Season 01/Show - S01E02 - [720p HDTV-AAA].mkv']);
    await hold();
    expect(shown('shows')).toEqual([]);
  });

  it('subtitles go and come with their video; another version in the same torrent is hidden too', async () => {
    reopen(best);
    const small = item('1', 'Movie.2010.720p', [
      file('M/Movie.2010.720p.mkv'),
      file('M/Movie.2010.720p.en.srt'),
    ]);
    const both = item('2', 'Movie 2010', [file('M/Movie.2010.1080p.mkv'), file('M/Movie.2010.2160p.mkv')]);
    await hold(small);
    expect(shown('movies')).toHaveLength(2);
    await hold(small, both);
    expect(shown('movies')).toEqual(['movies/Movie (2010)/Movie (2010) - [2160p].mkv']);
    await hold(small);
    expect(shown('movies')).toEqual([
      'movies/Movie (2010)/Movie (2010) - [720p].en.srt',
      'movies/Movie (2010)/Movie (2010) - [720p].mkv',
    ]);
  });

  it('the setting can be changed at any start', async () => {
    await hold(one('1', 'Movie.2010.720p-AAA'), one('2', 'Movie.2010.1080p-BBB'));
    const all = shown('movies');
    expect(all).toHaveLength(2);
    reopen(best);
    expect(shown('movies')).toEqual(['movies/Movie (2010)/Movie (2010) - [1080p-BBB].mkv']);
    reopen();
    expect(shown('movies')).toEqual(all);
  });
});

describe("a folder of the user's", () => {
  const rule = (name: string, conditions: Partial<FolderRule>): FolderRule => ({
    name,
    kind: null,
    title: null,
    year: null,
    resolution: null,
    language: null,
    account: null,
    age: null,
    size: null,
    regex: null,
    only: false,
    ...conditions,
  });
  const above = (from: number): FolderRule['age'] => ({ from, to: Number.POSITIVE_INFINITY });
  const below = (to: number): FolderRule['age'] => ({ from: Number.NEGATIVE_INFINITY, to });

  it('shows what meets all its conditions as well, or moves it there; the first that moves has it', async () => {
    reopen({
      folders: [
        rule('4k', { kind: 'movie', resolution: above(2160) }),
        rule('kids', { title: ['bluey', "Peppa's Pig"], only: true }),
        rule('old', { year: below(1989), only: true }),
        rule('pigs', { title: ['Peppas Pig'], only: true }),
        rule('german', { language: ['de'] }),
        rule('big', { size: above(10 * gigabyte) }),
        rule('grp', { regex: /-GRP\// }),
        rule('hers', { account: ['ad'] }),
      ],
    });
    await hold(
      one('1', 'Movie.2010.2160p.BluRay'),
      one('2', 'Bluey.S01E01.1080p'),
      one('3', 'Peppas.Pig.S01E01'),
      one('4', 'Old.1950.German-GRP'),
      one('5', 'Large.2011', { size: 11 * gigabyte }),
    );
    expect(shown('movies', 'shows', '4k', 'kids', 'old', 'pigs', 'german', 'big', 'grp', 'hers')).toEqual([
      'movies/Large (2011)/Large (2011).mkv',
      'movies/Movie (2010)/Movie (2010) - [2160p BluRay].mkv',
      '4k/Movie (2010)/Movie (2010) - [2160p BluRay].mkv',
      'kids/Bluey/Season 01/Bluey - S01E01 - [1080p].mkv',
      'kids/Peppas Pig/Season 01/Peppas Pig - S01E01.mkv',
      'old/Old (1950)/Old (1950) - [GRP].mkv',
      'german/Old (1950)/Old (1950) - [GRP].mkv',
      'big/Large (2011)/Large (2011).mkv',
      'grp/Old (1950)/Old (1950) - [GRP].mkv',
    ]);
    expect(walk(library.tree).has('hers/')).toBe(true);
  });

  it('takes subtitles and extras along, follows who holds a file, and goes with its rule', async () => {
    reopen({ folders: [rule('hers', { account: ['ad'], only: true })] });
    const told = item('1', 'Movie.2010', [
      file('M/Movie.2010.mkv'),
      file('M/Movie.2010.de.srt'),
      file('M/Trailers/Trailer.mkv', { size: 1 }),
    ]);
    await hold(told);
    expect(shown('movies')).toHaveLength(3);
    library.librarian.applyListing('ad', 'torrents', complete({ ...told, addedMs: told.addedMs + 1 }), 0);
    expect(shown('movies')).toEqual([]);
    expect(shown('hers')).toEqual([
      'hers/Movie (2010)/Movie (2010).de.srt',
      'hers/Movie (2010)/Movie (2010).mkv',
      'hers/Movie (2010)/Trailers/Trailer.mkv',
    ]);
    reopen();
    expect(shown('movies')).toHaveLength(3);
    expect(walk(library.tree).has('hers/')).toBe(false);
  });

  it('of what is recent shows a file until it is older, also where nothing ran when it came of that age', async () => {
    const folders = [
      rule('recent', { age: below(30 * day) }),
      rule('aged', { age: above(60 * day), only: true }),
    ];
    reopen({ folders });
    await hold(one('1', 'New.2026', {}, clock.now()));
    expect(shown('recent')).toHaveLength(1);
    await clock.advance(29 * day);
    library.librarian.placeAnew();
    expect(shown('recent')).toHaveLength(1);
    await clock.advance(2 * day);
    const { changes } = library.librarian.placeAnew();
    expect(shown('recent')).toEqual([]);
    expect(changes.map(({ kind, name }) => [kind, name])).toContainEqual(['removed', 'New (2026)']);
    expect(shown('movies')).toHaveLength(1);
    await clock.advance(40 * day);
    reopen({ folders });
    expect(shown('movies', 'recent', 'aged')).toEqual(['aged/New (2026)/New (2026).mkv']);
  });
});

describe('what the user says', () => {
  const say = (torrent: string, whole: Override, paths: Record<string, Override> = {}): Overrides =>
    new Map([[torrent.repeat(40), { whole, paths: Object.entries(paths) }]]);
  const set = (overrides: Overrides): void => {
    library.librarian.setOverrides(overrides);
    while (library.librarian.placeAnew().left > 0);
  };

  it('of a torrent is above all guessing, and is taken back when it is not said any more', async () => {
    await hold(one('1', 'Wrong.Name.2010.1080p'), one('2', 'Other.2011'));
    const before = shown('movies', 'shows', 'other');
    const other = walk(library.tree).get('movies/Other (2011)/Other (2011).mkv')?.inode;
    set(say('1', { title: 'Right: Name', year: 2012 }));
    expect(shown('movies')).toEqual([
      'movies/Other (2011)/Other (2011).mkv',
      'movies/Right Name (2012)/Right Name (2012) - [1080p].mkv',
    ]);
    expect(walk(library.tree).get('movies/Other (2011)/Other (2011).mkv')?.inode).toBe(other);
    set(say('1', { kind: 'show', year: null, season: 3, episodes: [4, 5] }));
    expect(shown('shows')).toEqual(['shows/Wrong Name/Season 03/Wrong Name - S03E04-E05 - [1080p].mkv']);
    set(say('1', { kind: 'other' }));
    expect(shown('other')).toEqual(['other/Wrong.Name.2010.1080p/Wrong.Name.2010.1080p.mkv']);
    set(say('1', { hide: true }));
    expect(shown('movies', 'shows', 'other')).toEqual(['movies/Other (2011)/Other (2011).mkv']);
    expect(shown('all')).toHaveLength(2);
    set(new Map());
    expect(shown('movies', 'shows', 'other')).toEqual(before);
  });

  it('of a file is above what is said of its folder, and that above what is said of its torrent', async () => {
    const told = item('1', 'Show S01', [
      file('S/a/Show.S01E01.mkv'),
      file('S/a/Show.S01E02.mkv'),
      file('S/b/Show.S01E03.mkv'),
      file('S/Sample/sample.mkv', { size: 1 }),
    ]);
    await hold(told);
    set(
      say(
        '1',
        { title: 'Torrent' },
        {
          a: { title: 'Folder', season: 2 },
          'a/Show.S01E02.mkv': { season: 9 },
          'Sample/sample.mkv': { kind: 'movie' },
        },
      ),
    );
    expect(shown('movies', 'shows')).toEqual([
      'movies/Torrent/Torrent.mkv',
      'shows/Folder/Season 02/Folder - S02E01.mkv',
      'shows/Folder/Season 09/Folder - S09E02.mkv',
      'shows/Torrent/Season 01/Torrent - S01E03.mkv',
    ]);
  });

  it('counts from the start on, when it was said while nothing ran', async () => {
    await hold(one('1', 'Wrong.2010'));
    reopen({ overrides: say('1', { title: 'Right' }) });
    expect(shown('movies')).toEqual(['movies/Right (2010)/Right (2010).mkv']);
  });
});

describe('placing anew', () => {
  it('is not done at a start without a change, and after one tells only of what is elsewhere now', async () => {
    await hold(one('1', 'A.2010'), one('2', 'B.S01E01'));
    library.close();
    library = openLibrary(folder.path, clock);
    expect(library.librarian.placeAnew()).toEqual({ changes: [], left: 0 });
    library.librarian.setOverrides(new Map([['1'.repeat(40), { whole: { title: 'A' }, paths: [] }]]));
    expect(library.librarian.placeAnew()).toEqual({ changes: [], left: 0 });
  });
});

describe('subtitles', () => {
  it('of one language keep the stem of their video and get numbers; the two files of a pair get the same', async () => {
    const pairs = ['a', 'b'].flatMap((folder) => [
      file(`M/${folder}/English.idx`),
      file(`M/${folder}/English.sub`),
    ]);
    const told = item('1', 'Movie.2010', [
      file('M/Movie.2010.mkv'),
      file('M/Subs/2_English.srt'),
      file('M/Subs/3_English.srt'),
      file('M/Subs/4_English [SDH].srt'),
      ...pairs,
    ]);
    await hold(told);
    const names = [
      'Movie (2010).2.en.idx',
      'Movie (2010).2.en.srt',
      'Movie (2010).2.en.sub',
      'Movie (2010).en.idx',
      'Movie (2010).en.sdh.srt',
      'Movie (2010).en.srt',
      'Movie (2010).en.sub',
      'Movie (2010).mkv',
    ];
    expect(shown('movies')).toEqual(names.map((name) => `movies/Movie (2010)/${name}`));
  });
});

describe('a file that no name tells of', () => {
  it('leaves other/ when another account tells the name of its torrent, whoever added it first', async () => {
    const hash = 'b7d2e9f01c5a4e8d.mkv';
    const fromList = item('1', hash, [file(hash, { pathTold: false })]);
    await hold(fromList);
    expect(shown('movies', 'other')).toEqual([`other/b7d2e9f01c5a4e8d/${hash}`]);
    const name = 'Agent.327.2017.720p';
    const told = item('1', name, [file(`${name}/${hash}`)], { addedMs: fromList.addedMs + 1 });
    library.librarian.applyListing('ad', 'torrents', complete(told), 0);
    expect(shown('movies', 'other')).toEqual(['movies/Agent 327 (2017)/Agent 327 (2017) - [720p].mkv']);
  });
});

describe('a tree that many things change', () => {
  const best = { versions: 'best' } as const;
  const emptyFolders = (): string[] =>
    [...walk(library.tree)]
      .filter(([path, node]) => node.kind === 'directory' && path.split('/').length > 3)
      .filter(([, node]) => library.tree.children(node.inode, 0n, 1).length === 0)
      .map(([path]) => path);

  it('keeps an episode of a show whose year it does not tell where it is, when another show of that name comes', async () => {
    for (const options of [{}, best]) {
      reopen(options);
      await hold(one('1', 'Show.2001.S01E01'), one('2', 'Show.S02E01'), one('3', 'Show.2015.S01E01'));
      const before = shown('shows');
      const [first, second, third] = [
        one('1', 'Show.2001.S01E01'),
        one('2', 'Show.S02E01'),
        one('3', 'Show.2015.S01E01'),
      ];
      await hold(first, { ...second, revision: '2' }, third);
      library.librarian.setOverrides(new Map([['2'.repeat(40), { whole: {}, paths: [] }]]));
      library.librarian.placeAnew();
      expect(shown('shows')).toEqual(before);
      expect(emptyFolders()).toEqual([]);
      await hold();
    }
  });

  it('shows the next version when the best one turns out to be worse, or to be something else', async () => {
    reopen(best);
    await hold(one('1', 'Movie.2010.2160p.BluRay'), one('2', 'Movie.2010.1080p.BluRay'));
    const say = (whole: Override): void => {
      library.librarian.setOverrides(new Map([['1'.repeat(40), { whole, paths: [] }]]));
      while (library.librarian.placeAnew().left > 0);
    };
    for (const whole of [
      { kind: 'other' },
      { hide: true },
      { title: 'Else' },
      { kind: 'show', season: 1 },
    ] as const) {
      say(whole);
      expect(shown('movies')).toContain('movies/Movie (2010)/Movie (2010) - [1080p BluRay].mkv');
      expect(emptyFolders()).toEqual([]);
      say({});
      expect(shown('movies')).toEqual(['movies/Movie (2010)/Movie (2010) - [2160p BluRay].mkv']);
    }
    // The account that told the telling name leaves; the other calls the torrent by less.
    const vague = item('3', 'Movie 2010', [file('a/Movie 2010.mkv')]);
    library.librarian.applyListing(
      'ad',
      'torrents',
      complete({ ...vague, name: 'Movie.2010.2160p.REMUX', addedMs: 5 }),
      0,
    );
    library.librarian.applyListing('tb', 'torrents', complete({ ...vague, addedMs: 6 }), 0);
    expect(shown('movies')).toHaveLength(1);
    for (let told = 0; told < 2; told += 1) {
      library.librarian.applyListing('ad', 'torrents', complete(), 0);
      await clock.advance(1);
    }
    expect(shown('movies')).toEqual(['movies/Movie (2010)/Movie (2010) - [2160p BluRay].mkv']);
  });

  it('a film and a show of one name and year stay two folders in a folder for both', async () => {
    const both: FolderRule = {
      ...{ name: 'both', kind: null, title: ['Fargo'], year: null, resolution: null, language: null },
      ...{ account: null, age: null, size: null, regex: null, only: true },
    };
    reopen({ folders: [both] });
    await hold(one('1', 'Fargo.1996.1080p'), one('2', 'Fargo.S01E01'), one('3', 'Fargo.2014.S01E02'));
    expect(titles('both').map((title) => title.replace(/ \[[0-9a-f]{6}\]/, ''))).toEqual(
      expect.arrayContaining(['both/Fargo (1996)/', 'both/Fargo/']),
    );
    expect(titles('both')).toHaveLength(2);
  });

  it('moves every file that came of an age, also when it is restarted in between', async () => {
    const recent: FolderRule = {
      ...{ name: 'recent', kind: null, title: null, year: null, resolution: null, language: null },
      ...{ account: null, age: { from: 0, to: 30 * day }, size: null, regex: null, only: false },
    };
    reopen({ folders: [recent] });
    await hold(...['1', '2', '3'].map((id) => one(id, `Film${id}.2020`, {}, clock.now())));
    await clock.advance(31 * day);
    // A slice in which time passes ends after the first torrent.
    const now = clock.monotonic.bind(clock);
    let passed = 0;
    clock.monotonic = () => now() + (passed += 1000);
    expect(library.librarian.placeAnew().left).toBe(2);
    clock.monotonic = now;
    reopen({ folders: [recent] });
    expect(shown('recent')).toEqual([]);
  });
});

describe('what the user says of a torrent as a whole', () => {
  const set = (whole: Override, paths: Record<string, Override> = {}): void => {
    library.librarian.setOverrides(new Map([['1'.repeat(40), { whole, paths: Object.entries(paths) }]]));
    while (library.librarian.placeAnew().left > 0);
  };

  it('is for its episodes, not for the film and the bonus beside them', async () => {
    const files = [1, 2, 3].map((number) => file(`Show.S01E0${number}.mkv`));
    const told = item('1', 'Show S01', [...files, file('Making It.mkv', { size: 9 }), file('Film.2010.mkv')]);
    await hold(told);
    set({ title: 'Right', season: 2 });
    expect(shown('movies', 'shows')).toEqual([
      'movies/Film (2010)/Film (2010).mkv',
      'shows/Right/Other/Making It.mkv',
      'shows/Right/Season 02/Right - S02E01.mkv',
      'shows/Right/Season 02/Right - S02E02.mkv',
      'shows/Right/Season 02/Right - S02E03.mkv',
    ]);
    set({ season: 2 }, { 'Film.2010.mkv': { kind: 'movie' }, 'Making It.mkv': { kind: 'movie' } });
    expect(shown('movies')).toEqual(['movies/Film (2010)/Film (2010).mkv', 'movies/Making It/Making It.mkv']);
  });

  it('hides a video with its subtitle, which finds no other, and leaves its extras', async () => {
    const told = item('1', 'Show S01', [
      file('S/Show.S01E01.mkv', { size: 9 * gigabyte }),
      file('S/Show.S01E01.en.srt'),
      file('S/Show.S01E02.mkv'),
      file('S/Featurettes/Making.mkv', { size: 1 }),
    ]);
    await hold(told);
    set({}, { 'Show.S01E01.mkv': { hide: true } });
    expect(shown('shows', 'movies', 'other')).toEqual([
      'shows/Show/Featurettes/Making.mkv',
      'shows/Show/Season 01/Show - S01E02.mkv',
    ]);
  });

  it('makes a show of what looked like a course', async () => {
    const course = ['A', 'B'].flatMap((part) =>
      [1, 2].map((n) => file(`${part} part/0${n} - Intro ${part}${n}.mp4`)),
    );
    await hold(item('1', 'Lectures', course));
    expect(shown('shows')).toEqual([]);
    set({ kind: 'show', title: 'Lectures' });
    expect(shown('shows').length).toBeGreaterThan(0);
  });

  it('names a disc, or says that it is none of a film', async () => {
    await hold(
      item('1', 'Heat.1995.COMPLETE.BLURAY', [file('H/BDMV/index.bdmv'), file('H/BDMV/STREAM/1.m2ts')]),
    );
    set({ title: 'Hot', year: 1996 });
    expect(shown('movies')).toEqual([
      'movies/Hot (1996)/BDMV/STREAM/1.m2ts',
      'movies/Hot (1996)/BDMV/index.bdmv',
    ]);
    set({ kind: 'other' });
    expect(shown('movies')).toEqual([]);
    expect(shown('other')).toHaveLength(2);
  });
});

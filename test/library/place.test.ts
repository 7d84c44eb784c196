import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TorrentFacts } from '../../src/library/facts.js';
import { placeTorrent } from '../../src/library/place.js';
import { badNames, hostileText, seed } from './hostile-strings.js';
import { factsOf, shownPaths } from './shown-paths.js';

/** Where a torrent of one bare video goes. */
const placeOf = (name: string): string | null =>
  shownPaths(factsOf(name, [{ path: `${name}.mkv`, size: 1e9 }]), 'separate')[0]?.replace(/\.mkv$/, '') ??
  null;

/** Where the files of a torrent go; a size in MB may follow a path after a `|`. */
const placesOf = (name: string, ...told: readonly string[]): readonly (string | null)[] =>
  shownPaths(
    factsOf(
      name,
      told.map((line) => {
        const [path = '', megabytes = '1000'] = line.split('|');
        return { path, size: Number(megabytes) * 1e6 };
      }),
    ),
    'separate',
  );

describe('one video with a name that says little is placed by its torrent', () => {
  it.each([
    [
      'Show.Beta.S01E04.1080p.WEB.h264-XYZ',
      'b7d2e9f01c.mkv',
      'shows/Show Beta/Season 01/Show Beta - S01E04 - [1080p WEB H264-XYZ].mkv',
    ],
    [
      'Show.Delta.S03E07.720p.HDTV.x264-XYZ',
      'sd.307.720p.hdtv-xyz.mkv',
      'shows/Show Delta/Season 03/Show Delta - S03E07 - [720p HDTV x264-xyz].mkv',
    ],
    [
      'Show.Epsilon.S02E02.German.720p.WEB.h264-XYZ',
      'XyZqWeRtYuIoP.mkv',
      'shows/Show Epsilon/Season 02/Show Epsilon - S02E02 - [720p WEB H264-XYZ].mkv',
    ],
    [
      'Late.Show.2024.02.12.720p.WEB.h264-XYZ',
      '1a2b3c4d5e6f.mkv',
      'shows/Late Show/Season 2024/Late Show - 2024-02-12 - [720p WEB H264-XYZ].mkv',
    ],
    [
      'Obscure.Movie.2012.1080p.BluRay.x264-OBS',
      'abc-om1080.mkv',
      'movies/Obscure Movie (2012)/Obscure Movie (2012) - [1080p BluRay x264-OBS].mkv',
    ],
    ['Show.Beta.S01E04', 'Film.About.It.2019.mkv', 'movies/Film About It (2019)/Film About It (2019).mkv'],
  ])('%s / %s', (name, file, shown) => {
    expect(placesOf(name, `${name}/${file}`)).toEqual([shown]);
  });
});

describe('one video is placed by its name', () => {
  it.each([
    [
      'The.Matrix.1999.1080p.BluRay.x264-GRP',
      'movies/The Matrix (1999)/The Matrix (1999) - [1080p BluRay x264-GRP]',
    ],
    ['Dune.Part.Two.2024.2160p', 'movies/Dune Part Two (2024)/Dune Part Two (2024) - [2160p]'],
    ['Das Boot 1981 Directors Cut 1080p', "movies/Das Boot (1981)/Das Boot (1981) - [Director's Cut 1080p]"],
    ['Class.of.1984.1982', 'movies/Class of 1984 (1982)/Class of 1984 (1982)'],
    ['Death.Race.2000.1975', 'movies/Death Race 2000 (1975)/Death Race 2000 (1975)'],
    ['Title 2001 (2013)', 'movies/Title 2001 (2013)/Title 2001 (2013)'],
    ['Movie (1897)', 'movies/Movie (1897)/Movie (1897)'],
    ['1917.2019', 'movies/1917 (2019)/1917 (2019)'],
    ['2012', 'movies/2012/2012'],
    ['Blade.Runner.2049', 'movies/Blade Runner 2049/Blade Runner 2049'],
    ['12 Monkeys (1995)', 'movies/12 Monkeys (1995)/12 Monkeys (1995)'],
    ['(500) Days of Summer (2009)', 'movies/(500) Days of Summer (2009)/(500) Days of Summer (2009)'],
    ['300 - 2 (2006)', 'movies/300 - 2 (2006)/300 - 2 (2006)'],
    ['[REC].2007.1080p', 'movies/[REC] (2007)/[REC] (2007) - [1080p]'],
    ['The.Internal.2013', 'movies/The Internal (2013)/The Internal (2013)'],
    [
      "L'hypothèse du tableau volé 1978",
      "movies/L'hypothèse du tableau volé (1978)/L'hypothèse du tableau volé (1978)",
    ],
    ['Bunker Palace Hôtel 1989', 'movies/Bunker Palace Hôtel (1989)/Bunker Palace Hôtel (1989)'],
    ['Cars 2 German DL 2011', 'movies/Cars 2 (2011)/Cars 2 (2011)'],
    ['Movie.15th.Anniversary.Edition.1999', 'movies/Movie (1999)/Movie (1999)'],
    ['Open.Season.3.2010.1080p', 'movies/Open Season 3 (2010)/Open Season 3 (2010) - [1080p]'],
    ['Movie.2019.Atmos7.1.1080p', 'movies/Movie (2019)/Movie (2019) - [1080p]'],
    ['Movie.2010.320 Kbps', 'movies/Movie (2010)/Movie (2010)'],
    ['Movie.1920x800.2010', 'movies/Movie (2010)/Movie (2010) - [1080p]'],
    ['[ www.Site.com ] - Movie.2020', 'movies/Movie (2020)/Movie (2020)'],
    ['A Movie Without Year', 'movies/A Movie Without Year/A Movie Without Year'],
    [
      'd41d8cd98f00b204e9800998ecf8427e',
      'other/d41d8cd98f00b204e9800998ecf8427e/d41d8cd98f00b204e9800998ecf8427e',
    ],
  ])('film %s', (name, place) => {
    expect(placeOf(name)).toBe(place);
  });

  it.each([
    ['Show.2019.S01E02.1080p', 'shows/Show (2019)/Season 01/Show (2019) - S01E02 - [1080p]'],
    ['The Office (US) S01E01', 'shows/The Office (US)/Season 01/The Office (US) - S01E01'],
    ['Proper.Binge.S01E01', 'shows/Proper Binge/Season 01/Proper Binge - S01E01'],
    ['The.100.S01E01', 'shows/The 100/Season 01/The 100 - S01E01'],
    ['9-1-1.S02E03', 'shows/9-1-1/Season 02/9-1-1 - S02E03'],
    ['Sample Show - S01E01', 'shows/Sample Show/Season 01/Sample Show - S01E01'],
    ['Show.S03E01.S03E02', 'shows/Show/Season 03/Show - S03E01-E02'],
    ['Show.2x04.2x05', 'shows/Show/Season 02/Show - S02E04-E05'],
    ['Show - S07E22 - S07E23', 'shows/Show/Season 07/Show - S07E22-E23'],
    ['Show 8x01_02', 'shows/Show/Season 08/Show - S08E01-E02'],
    ['Show.02x03-04-15', 'shows/Show/Season 02/Show - S02E03E04E15'],
    ['Show - S02E21 - 94 Title', 'shows/Show/Season 02/Show - S02E21'],
    ['Show.S03E14-36! 24! Hut', 'shows/Show/Season 03/Show - S03E14'],
    ['Show S42 E10713', 'shows/Show/Season 42/Show - S42E10713'],
    ['Show.S01E00493', 'shows/Show/Season 01/Show - S01E493'],
    ['Show.2016x231', 'shows/Show/Season 2016/Show - S2016E231'],
    ['Planet.14.of.21.Title', 'shows/Planet/Season 01/Planet - S01E14'],
    ['Show.5of9.x', 'shows/Show/Season 01/Show - S01E05'],
    ['Series [HDTV][Cap.101]', 'shows/Series/Season 01/Series - S01E01 - [HDTV]'],
    ['Show Se.3 afl.3', 'shows/Show/Season 03/Show - S03E03'],
    ['The.Daily.Show.2024.02.12', 'shows/The Daily Show/Season 2024/The Daily Show - 2024-02-12'],
    ['Show.12.02.2024', 'shows/Show/Season 2024/Show - 2024-02-12'],
    ['番組 第０１話', 'shows/番組/Season 01/番組 - S01E01'],
    ['나는 SOLO E102', 'shows/나는 SOLO/Season 01/나는 SOLO - S01E102'],
    ['Show (2019) - 05', 'shows/Show (2019)/Season 01/Show (2019) - S01E05'],
    [
      '[HorribleSubs] One Piece - 679 [720p]',
      'anime/One Piece/Season 01/One Piece - S01E679 - [720p-HorribleSubs]',
    ],
    ['[HorribleSubs] Series 100 - 07', 'anime/Series 100/Season 01/Series 100 - S01E07 - [HorribleSubs]'],
    ['[Grp] Monster - 11 - 511 Kinderheim', 'anime/Monster/Season 01/Monster - S01E11 - [Grp]'],
    ['[G]_Show_-_05_[720p]', 'anime/Show/Season 01/Show - S01E05 - [720p-G]'],
    ['[G] Show - 01v2 [1080p]', 'anime/Show/Season 01/Show - S01E01 - [1080p-G]'],
    ['[Nekomoe][Some Title][01][1080p]', 'anime/Some Title/Season 01/Some Title - S01E01 - [1080p-Nekomoe]'],
  ])('episode %s', (name, place) => {
    expect(placeOf(name)).toBe(place);
  });
});

describe('a torrent is placed as a whole', () => {
  it('numbers that run through a folder are episodes, of the season that the folder or the numbers tell', () => {
    expect(placesOf('Seinfeld Season 4', 'S4/seinfeld.401.avi', 'S4/seinfeld.402.avi')).toEqual([
      'shows/Seinfeld/Season 04/Seinfeld - S04E01.avi',
      'shows/Seinfeld/Season 04/Seinfeld - S04E02.avi',
    ]);
    expect(placesOf('One Piece', 'One Piece/Season 21/One Piece - 1085.mkv')).toEqual([
      'shows/One Piece/Season 01/One Piece - S01E1085.mkv',
    ]);
    expect(
      placesOf('Band of Brothers 2001', 'b/BoB Part 1.mkv', 'b/BoB Part 2.mkv', 'b/BoB Part 10.mkv'),
    ).toEqual([
      'shows/Band of Brothers (2001)/Season 01/Band of Brothers (2001) - S01E01.mkv',
      'shows/Band of Brothers (2001)/Season 01/Band of Brothers (2001) - S01E02.mkv',
      'shows/Band of Brothers (2001)/Season 01/Band of Brothers (2001) - S01E10.mkv',
    ]);
  });

  it('films of a collection keep their own titles, without ordinals', () => {
    expect(placesOf('Rocky Collection', 'R/Rocky 1.mkv', 'R/Rocky 2.mkv', 'R/Rocky 3.mkv')).toEqual([
      'movies/Rocky 1/Rocky 1.mkv',
      'movies/Rocky 2/Rocky 2.mkv',
      'movies/Rocky 3/Rocky 3.mkv',
    ]);
    expect(placesOf('Trilogy', 'T/01 Foo Rising (2001)/fr.mkv', 'T/02 Foo Falling (2003)/ff.mkv')).toEqual([
      'movies/Foo Rising (2001)/Foo Rising (2001).mkv',
      'movies/Foo Falling (2003)/Foo Falling (2003).mkv',
    ]);
  });

  it('versions of a film share its folder, and the discs of one are told apart', () => {
    expect(placesOf('Movie (2010)', 'M/Movie (2010) 1080p.mkv', 'M/Movie (2010) 2160p.mkv')).toEqual([
      'movies/Movie (2010)/Movie (2010) - [1080p].mkv',
      'movies/Movie (2010)/Movie (2010) - [2160p].mkv',
    ]);
    expect(placesOf('Movie.2003.DVDRip-GRP', 'M/grp-mov-cd1.avi', 'M/grp-mov-cd2.avi')).toEqual([
      'movies/Movie (2003)/Movie (2003) - [DVDRip-GRP] - cd1.avi',
      'movies/Movie (2003)/Movie (2003) - [DVDRip-GRP] - cd2.avi',
    ]);
  });

  it('extras go to the folders that media servers know; a sample goes nowhere', () => {
    const told = [
      'I/inception.mkv|8000',
      'I/Making of.mkv|500',
      'I/Bonus/Foo.mkv|40',
      'I/sample.mkv|30',
      'I/i.nfo|1',
    ];
    expect(placesOf('Inception.2010', ...told)).toEqual([
      'movies/Inception (2010)/Inception (2010).mkv',
      'movies/Inception (2010)/Featurettes/Making of.mkv',
      'movies/Inception (2010)/Other/Foo.mkv',
      null,
      null,
    ]);
  });

  it('subtitles lie beside their video and tell language, forced and SDH', () => {
    const subtitles = [
      '2_English.srt',
      'English (Forced).srt',
      '4_English [SDH].srt',
      'fre.idx',
      'fre.sub',
      'x.srt',
    ];
    expect(
      placesOf('Movie.2010', 'M/Movie.2010.mkv', ...subtitles.map((name) => `M/Subs/${name}`)).slice(1),
    ).toEqual(
      ['.en.srt', '.en.forced.srt', '.en.sdh.srt', '.fr.idx', '.fr.sub', '.srt'].map(
        (suffix) => `movies/Movie (2010)/Movie (2010)${suffix}`,
      ),
    );
    const episodes = ['S/Show.S01E01.mkv', 'S/Show.S01E02.mkv'];
    const told = [
      'S/Show.S01E01.hi.srt',
      'S/Show.S01E01.en.hi.srt',
      'S/Subs/Show.S01E02/ger.srt',
      'S/1x02.de.srt',
      'S/y.srt',
    ];
    expect(placesOf('Show', ...episodes, ...told).slice(2)).toEqual([
      'shows/Show/Season 01/Show - S01E01.hi.srt',
      'shows/Show/Season 01/Show - S01E01.en.sdh.srt',
      'shows/Show/Season 01/Show - S01E02.de.srt',
      'shows/Show/Season 01/Show - S01E02.de.srt',
      null,
    ]);
  });

  it('specials that have no number go to season 0', () => {
    const told = [
      'x/[G] T - 01.mkv',
      'x/[G] T - 02.mkv',
      'x/[G] T - 02.5.mkv',
      'x/[G] T OVA.mkv',
      'x/[G] T NCOP1.mkv|10',
    ];
    expect(placesOf('[G] T', ...told)).toEqual([
      'anime/T/Season 01/T - S01E01 - [G].mkv',
      'anime/T/Season 01/T - S01E02 - [G].mkv',
      'anime/T/Season 00/T - Special 02.5 - [G].mkv',
      'anime/T/Season 00/T - OVA - [G].mkv',
      'anime/T/Other/[G] T NCOP1.mkv',
    ]);
  });

  it('what is neither film nor episode is shown as it is', () => {
    expect(
      placesOf(
        'Course',
        'C/1. Intro/1. Hi.mp4',
        'C/1. Intro/2. Set.mp4',
        'C/2. Go/1. Do.mp4',
        'C/2. Go/2. It.mp4',
      ),
    ).toEqual([
      'other/Course/1. Intro/1. Hi.mp4',
      'other/Course/1. Intro/2. Set.mp4',
      'other/Course/2. Go/1. Do.mp4',
      'other/Course/2. Go/2. It.mp4',
    ]);
    expect(
      placesOf('Movie.2011-GRP', 's/g.rar|90', 's/g.r00|90', 's/Sample/g-sample.mkv|20', 's/g.nfo|1'),
    ).toEqual(['other/Movie.2011-GRP/g.rar', 'other/Movie.2011-GRP/g.r00', null, null]);
    expect(placesOf('Show.S01D02', 'S/BDMV/index.bdmv')).toEqual(['other/Show.S01D02/BDMV/index.bdmv']);
    expect(placesOf('GAME-GRP', 'game.iso')).toEqual(['other/GAME-GRP/game.iso']);
  });

  it('an archive into which a service packed a torrent is not placed', () => {
    const facts = factsOf('Movie.2010', [
      { path: 'Movie.2010.mkv', size: 1 },
      { path: 'Movie.2010.rar', size: 2 },
    ]);
    const packed = { ...facts, files: facts.files.map((file, index) => ({ ...file, packed: index === 1 })) };
    expect(shownPaths(packed)).toEqual(['movies/Movie (2010)/Movie (2010).mkv', null]);
  });

  it('spellings of one title have one folder', () => {
    const keyOf = (name: string): string | undefined =>
      placeTorrent(factsOf(name, [{ path: `${name}.mkv`, size: 1 }]), { anime: 'shows' })[0]?.folders[0]?.key;
    expect(keyOf('Amélie.and.Co.2001')).toBe(keyOf('AMELIE & CO! (2001) 1080p'));
    expect(keyOf('Amélie.and.Co.2001')).not.toBe(keyOf('Amélie.and.Co.2002'));
  });
});

describe('any torrent', () => {
  const extension = fc.constantFrom('.mkv', '.mkv', '.mp4', '.srt', '.iso', '.flac', '.nfo', '.rar', '');
  const folder = fc.oneof(
    hostileText,
    fc.constantFrom('Season 1', 'Subs', 'Extras', 'Sample', 'BDMV', 'VIDEO_TS', 'CD1'),
  );
  const base = fc.oneof(
    hostileText,
    fc.constantFrom('Show.S01E01', '01', '02 - b', 'Movie.2010', 'a cd1', 'a cd2', 'x.en'),
  );
  const path = fc
    .tuple(fc.array(folder, { maxLength: 3 }), base, extension)
    .map(([folders, name, end]) => [...folders, name + end].join('/'));
  const torrent = fc.record({
    torrent: fc.constant('b'.repeat(40)),
    name: base,
    root: fc.option(folder),
    addedMs: fc.constant(0),
    files: fc.uniqueArray(
      fc.record({ path, size: fc.integer({ min: 0, max: 10_000_000_000 }), packed: fc.boolean() }),
      { maxLength: 12, selector: (file) => file.path },
    ),
  });

  it('has each file at one place at most, under legal names, in whatever order its files are told', () => {
    const check = (facts: TorrentFacts): void => {
      const placements = placeTorrent(facts, { anime: 'separate' });
      expect(new Set(placements.map(({ file }) => file)).size).toBe(placements.length);
      for (const { file, folders, name } of placements) {
        expect(facts.files[file]?.packed).toBe(false);
        const told = [
          ...folders.map((one) => one.name),
          name.kind === 'plain' ? name.stem + name.extension : 'x',
        ];
        for (const component of told) {
          expect(component).not.toMatch(/^[.\s]|[.\s]$|^$|[/\\<>:"|?*\p{Cc}\p{Surrogate}]/u);
          expect(Buffer.byteLength(component)).toBeLessThanOrEqual(200);
        }
        const end =
          name.kind === 'titled' ? name.rest + name.extension : name.kind === 'beside' ? name.suffix : '';
        expect(end).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Surrogate}]/u);
        if (name.kind === 'beside') expect(placements.some((other) => other.file === name.video)).toBe(true);
      }
      const turned = { ...facts, files: facts.files.toReversed() };
      expect(shownPaths(turned).toReversed()).toEqual(shownPaths(facts));
    };
    const bad = badNames.map((name): [TorrentFacts] => [
      factsOf(
        name,
        badNames.map((one) => ({ path: one, size: 1 })),
      ),
    ]);
    fc.assert(fc.property(torrent, check), { seed, numRuns: 400, examples: bad });
  });
});

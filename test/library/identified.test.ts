import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identification, KnownEpisode } from '../../src/core/identification.js';
import type { IdTagStyle } from '../../src/library/id-tags.js';
import { looksLikeAnime } from '../../src/library/looks-like-anime.js';
import type { TorrentOverrides } from '../../src/library/overrides.js';
import { placeTorrent } from '../../src/library/place.js';
import { hostileText } from './hostile-strings.js';
import { factsOf } from './shown-paths.js';

const ids = { tvdb: '424242', tmdb: '77', imdb: 'tt0123456' };
const none = { tvdb: null, tmdb: null, imdb: null };
const episode = (season: number, number: number, absolute: number | null = null): KnownEpisode => ({
  season,
  episode: number,
  absolute,
});
const show = (episodes: readonly KnownEpisode[], told: Partial<Identification> = {}): Identification => ({
  kind: 'show',
  title: 'Known Title',
  year: 2021,
  ids,
  episodes,
  ...told,
});

const shown = (
  paths: readonly string[],
  identification: Identification | null,
  idTags: IdTagStyle = 'plex',
  overrides?: TorrentOverrides,
): readonly string[] => {
  const told = factsOf(
    '[Group] Title (BD 1080p)',
    paths.map((path) => ({ path, size: 1e9 })),
  );
  return placeTorrent({ ...told, identification }, { anime: 'shows', idTags }, overrides).map(
    ({ folders, name }) =>
      [...folders.map((folder) => folder.name), name.kind === 'titled' ? name.rest.split(' - ')[1] : '']
        .filter((part) => part !== undefined && part !== '')
        .join('/'),
  );
};

describe('the folder of a known show tells its id', () => {
  it.each([
    ['plex', ids, 'Known Title (2021) {tvdb-424242}'],
    ['jellyfin', ids, 'Known Title (2021) [tvdbid-424242]'],
    ['both', ids, 'Known Title (2021) {tvdb-424242} [tvdbid-424242]'],
    ['none', ids, 'Known Title (2021)'],
    ['plex', { ...ids, tvdb: null }, 'Known Title (2021) {tmdb-77}'],
    ['jellyfin', { ...none, imdb: 'tt0123456' }, 'Known Title (2021) [imdbid-tt0123456]'],
    ['both', none, 'Known Title (2021)'],
  ] as const)('%s', (style, known, folder) => {
    expect(shown(['[Group] Title - 05 [1080p].mkv'], show([episode(1, 5)], { ids: known }), style)).toEqual([
      `${folder}/Season 01/S01E05`,
    ]);
  });
});

it('a known film has its title, year and the id that servers ask for first', () => {
  const film = show([], { kind: 'movie' });
  expect(shown(['[Group] Title - Movie [1080p].mkv'], film)).toEqual([
    'Known Title (2021) {tmdb-77}/[1080p BDRip-Group]',
  ]);
});

describe('a batch', () => {
  const numbered = (...numbers: readonly number[]): string[] =>
    numbers.map((number) => `[Group] Title - ${String(number).padStart(2, '0')} [1080p].mkv`);
  const folder = 'Known Title (2021) {tvdb-424242}';

  it('that counts through two seasons gets the season of each episode', () => {
    const known = show([episode(1, 1, 1), episode(1, 2, 2), episode(2, 1, 3), episode(2, 2, 4)]);
    expect(shown(numbered(1, 2, 3, 4), known)).toEqual([
      `${folder}/Season 01/S01E01`,
      `${folder}/Season 01/S01E02`,
      `${folder}/Season 02/S02E01`,
      `${folder}/Season 02/S02E02`,
    ]);
  });

  it.each([
    ['one episode is missing', [episode(2, 1, 1), episode(2, 2, 2)]],
    ['one is too many', [1, 2, 3, 4].map((number) => episode(2, number, number))],
    ['another is told', [episode(2, 1, 1), episode(2, 2, 2), episode(2, 4, 4)]],
    ['one is told twice', [episode(2, 1, 1), episode(2, 2, 2), episode(2, 2, 2)]],
    ['no absolute number is told', [episode(2, 1), episode(2, 2), episode(2, 3)]],
    ['no episodes are told', []],
  ])('keeps the episodes of its names where %s', (_, episodes) => {
    expect(shown(numbered(1, 2, 3), show(episodes))).toEqual(
      [1, 2, 3].map((number) => `${folder}/Season 01/S01E0${number}`),
    );
  });

  it('has its specials in season 0', () => {
    const known = show([episode(0, 1), episode(2, 1, 13), episode(2, 2, 14)]);
    expect(
      shown([...numbered(13, 14), '[Group] Title - S00E01 [1080p].mkv'].sort(), known).toSorted(),
    ).toEqual([`${folder}/Season 00/S00E01`, `${folder}/Season 02/S02E01`, `${folder}/Season 02/S02E02`]);
  });

  it('does not count openings and endings as episodes', () => {
    const known = show([episode(2, 1, 13), episode(2, 2, 14)]);
    const paths = shown([...numbered(13, 14), 'Extras/[Group] Title - NCOP1 [1080p].mkv'], known);
    expect(paths).toContain(`${folder}/Season 02/S02E01`);
    expect(paths).toContain(`${folder}/Season 02/S02E02`);
  });
});

it('what the user says comes before the catalogue', () => {
  const overrides: TorrentOverrides = { whole: { title: 'My Title', year: null }, paths: [] };
  const known = show([episode(2, 5, 17)]);
  const [path] = shown(['[Group] Title - 17 [1080p].mkv'], known, 'plex', overrides);
  expect(path).toMatch(/^My Title\/Season 0/);
  const season: TorrentOverrides = { whole: { season: 3 }, paths: [] };
  expect(shown(['[Group] Title - 17 [1080p].mkv'], known, 'plex', season)).toEqual([
    'Known Title (2021) {tvdb-424242}/Season 03/S03E17',
  ]);
});

describe('a hostile answer', () => {
  it('becomes a legal name, without ids that are none', () => {
    const known = show([episode(1, 5)], {
      title: '../a/b\u0000<c>',
      year: 99999,
      ids: { tvdb: '1}/..', tmdb: '', imdb: 'tt' },
    });
    expect(shown(['[Group] Title - 05 [1080p].mkv'], known)).toEqual(['-a-bc/Season 01/S01E05']);
  });

  it.each(['', '...', '\u0000'])('without a title (%j) is none', (title) => {
    const paths = ['[Group] Title - 05 [1080p].mkv'];
    expect(shown(paths, show([episode(3, 9)], { title }))).toEqual(shown(paths, null));
  });

  it('with more episodes than there can be tells none', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => episode(1, index, index));
    expect(shown(['[Group] Title - 05 [1080p].mkv'], show(many))).toEqual([
      'Known Title (2021) {tvdb-424242}/Season 01/S01E05',
    ]);
  });

  it('never gives a name that is too long or leaves its folder', () => {
    fc.assert(
      fc.property(hostileText, fc.integer(), hostileText, (title, year, id) => {
        const known = show([episode(1, 5)], { title, year, ids: { tvdb: id, tmdb: id, imdb: id } });
        for (const component of shown(['[Group] Title - 05 [1080p].mkv'], known, 'both')[0]?.split('/') ??
          []) {
          expect(Buffer.byteLength(component)).toBeLessThanOrEqual(200);
          expect(['.', '..']).not.toContain(component);
        }
      }),
    );
  });
});

describe('what is asked about', () => {
  const looks = (name: string, torrent = 'a'.repeat(40)): boolean =>
    looksLikeAnime({ ...factsOf(name, [{ path: `${name}.mkv`, size: 1e9 }]), torrent });

  it.each([
    '[Group] Title - 05 [1080p]',
    '[Group] Title - 05 (1080p) [1A2B3C4D]',
    '[Group] Title S2 - 03 [720p]',
  ])('%s looks like anime', (name) => expect(looks(name)).toBe(true));

  it.each(['The.Matrix.1999.1080p.BluRay.x264-GRP', 'Show.S01E02.1080p.WEB.h264-XYZ', 'holiday 2019'])(
    '%s does not',
    (name) => expect(looks(name)).toBe(false),
  );

  it.each(['web:' + 'a'.repeat(40), 'usenet:' + 'a'.repeat(32)])('%s has no infohash', (torrent) =>
    expect(looks('[Group] Title - 05 [1080p]', torrent)).toBe(false),
  );
});

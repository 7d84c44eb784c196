import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreedPath, cleanPath, splitRoot, torrentFolderName } from '../../src/library/raw-paths.js';
import { badNames, hostileText, seed } from './hostile-strings.js';

describe('paths of torrents', () => {
  it('lose the one root folder that all files share', () => {
    expect(splitRoot(['R/a.mkv', 'R/Subs/a.srt'])).toEqual({ root: 'R', paths: ['a.mkv', 'Subs/a.srt'] });
    expect(splitRoot(['R/a.mkv', 'b.mkv'])).toEqual({ root: null, paths: ['R/a.mkv', 'b.mkv'] });
    expect(splitRoot(['R/a.mkv', 'R'])).toEqual({ root: null, paths: ['R/a.mkv', 'R'] });
    expect(splitRoot(['a.mkv'])).toEqual({ root: null, paths: ['a.mkv'] });
    expect(splitRoot(['R/S/a.mkv'])).toEqual({ root: 'R', paths: ['S/a.mkv'] });
    expect(splitRoot([])).toEqual({ root: null, paths: [] });
    expect(splitRoot(['/R//a', './R/../b'])).toEqual({ root: 'R', paths: ['a', 'b'] });
  });

  it.each([
    ['../../etc/passwd', ['etc', 'passwd']],
    ['/absolute/a.mkv', ['absolute', 'a.mkv']],
    ['a//b/./c', ['a', 'b', 'c']],
    ['a\\..\\b', ['a-..-b']],
    ['..', ['_']],
    ['', ['_']],
    ['a/\u0000/b', ['a', '_', 'b']],
    ['a/ ../b', ['a', '_', 'b']],
  ])('%j is shown as %j', (path, shown) => {
    expect(cleanPath(path)).toEqual(shown);
  });

  it('never leave their folder and can always be opened, whatever was told', () => {
    const deep = 'a/'.repeat(10_000);
    const path = fc.array(hostileText, { maxLength: 30 }).map((components) => components.join('/'));
    fc.assert(
      fc.property(path, (told) => {
        const shown = cleanPath(told);
        expect(shown.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(shown.join('/'))).toBeLessThan(3300);
        for (const component of shown) {
          expect(component).not.toMatch(/^\.{0,2}$|[/\0]/);
          expect(Buffer.byteLength(component)).toBeLessThanOrEqual(200);
        }
        expect(cleanPath(shown.join('/'))).toEqual(shown);
      }),
      { seed, numRuns: 300, examples: [[deep], [`${deep}x.mkv`], [badNames.join('/')]] },
    );
  });

  it('that accounts tell differently are shown as far as all agree, whoever is asked first', () => {
    const told = (path: string, pathTold = true): { path: string; pathTold: boolean } => ({ path, pathTold });
    expect(agreedPath([told('Season 1/a.mkv'), told('Season 1/a.mkv')])).toBe('Season 1/a.mkv');
    expect(agreedPath([told('Show/Season 1/a.mkv'), told('Season 1/a.mkv')])).toBe('Season 1/a.mkv');
    expect(agreedPath([told('Season 1/a.mkv'), told('a.mkv', false)])).toBe('Season 1/a.mkv');
    expect(agreedPath([told('Season 1/a.mkv'), told('S1/a.mkv')])).toBe('a.mkv');
    expect(agreedPath([told('a.mkv', false)])).toBe('a.mkv');
    expect(agreedPath([])).toBe('');
    const tellings = fc.array(
      fc.record({
        path: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((c) => c.join('/')),
        pathTold: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(tellings, (all) => {
        expect(agreedPath(all.toReversed())).toBe(agreedPath(all));
      }),
      { seed },
    );
  });

  it.each([
    ['Movie.2020.mkv', true, 'Movie.2020'],
    ['Movie.2020.1080p', true, 'Movie.2020.1080p'],
    ['Movie.2020.x264-GRP', true, 'Movie.2020.x264-GRP'],
    ['Album.flac', false, 'Album.flac'],
    ['Чернобыль / Chernobyl', false, 'Чернобыль - Chernobyl'],
    ['..', false, '_'],
  ])('torrent %j (bare file: %s) has the folder %j', (name, isBareFile, folder) => {
    expect(torrentFolderName(name, isBareFile)).toBe(folder);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/library/identity.js';
import { seed } from './hostile-strings.js';

const component = fc.constantFrom('a', 'b', 'a.b', 'B', 'é', 'Season 1');
const file = fc.record({
  path: fc.array(component, { minLength: 1, maxLength: 4 }).map((components) => components.join('/')),
  size: fc.constantFrom(0, 1, 2 ** 40),
});
const files = fc.uniqueArray(file, { minLength: 1, maxLength: 12, selector: ({ path }) => path });

describe('the identity of a content', () => {
  it('counts files of the same base name and size in path order', () => {
    const told = ['b/x.mkv', 'a/x.mkv', 'a/y.mkv', 'c/x.mkv'].map((path) => ({
      path,
      size: path === 'c/x.mkv' ? 2 : 1,
    }));
    expect(identify(told)).toEqual([
      { baseName: 'x.mkv', size: 1, ordinal: 1 },
      { baseName: 'x.mkv', size: 1, ordinal: 0 },
      { baseName: 'y.mkv', size: 1, ordinal: 0 },
      { baseName: 'x.mkv', size: 2, ordinal: 0 },
    ]);
  });

  it('is the same with and without a root folder, with a leading slash, and in any Unicode form', () => {
    fc.assert(
      fc.property(files, (told) => {
        const expected = identify(told);
        const retell = (tell: (path: string) => string): unknown =>
          identify(told.map(({ path, size }) => ({ path: tell(path), size })));
        expect(retell((path) => `Root/${path}`)).toEqual(expected);
        expect(retell((path) => `/${path}`)).toEqual(expected);
        expect(retell((path) => path.normalize('NFD'))).toEqual(expected);
      }),
      { seed },
    );
  });

  it('does not depend on the order in which a service tells the files, and no two files share it', () => {
    fc.assert(
      fc.property(files, (told) => {
        const identities = identify(told);
        expect(identify(told.toReversed()).toReversed()).toEqual(identities);
        expect(new Set(identities.map((identity) => JSON.stringify(identity))).size).toBe(told.length);
      }),
      { seed },
    );
  });

  it('exists for names that are no names', () => {
    expect(
      identify([
        { path: '', size: 1 },
        { path: '..', size: 1 },
        { path: '\uD800', size: 1 },
      ]),
    ).toEqual([
      { baseName: '', size: 1, ordinal: 0 },
      { baseName: '..', size: 1, ordinal: 0 },
      { baseName: '\uFFFD', size: 1, ordinal: 0 },
    ]);
  });
});

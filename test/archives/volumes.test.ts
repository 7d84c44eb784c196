import { describe, expect, it } from 'vitest';
import { volumeSets } from '../../src/archives/volumes.js';

function sets(...paths: readonly string[]): string[][] {
  const files = paths.map((path) => ({ path, size: 1 }));
  return volumeSets(files).map((set) => set.map((index) => paths[index] ?? ''));
}

const numbered = (count: number, name: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, number) => name(number));
const two = (number: number): string => String(number % 100).padStart(2, '0');

describe('sets of volumes', () => {
  it.each([
    ['an archive alone', ['a/x.rar'], [['a/x.rar']]],
    ['the old naming', ['x.r01', 'x.rar', 'x.r00'], [['x.rar', 'x.r00', 'x.r01']]],
    ['the new naming', ['x.part2.rar', 'x.part1.rar'], [['x.part1.rar', 'x.part2.rar']]],
    ['capitals in what RAR adds', ['x.RAR', 'x.R00'], [['x.RAR', 'x.R00']]],
    [
      'sets side by side, in the order of their first volumes',
      ['b.rar', 'a.part1.rar', 'b.r00', 'Subs/b.rar'],
      [['b.rar', 'b.r00'], ['a.part1.rar'], ['Subs/b.rar']],
    ],
    ['no set without its first volume', ['x.r00', 'y.part2.rar', 'y.part3.rar'], []],
    ['no set with a gap', ['x.rar', 'x.r00', 'x.r02', 'y.part1.rar', 'y.part3.rar'], []],
    ['no set with two files for one volume', ['x.part1.rar', 'x.part01.rar'], []],
    ['nothing else', ['x.mkv', 'x.r0', 'x.r000', 'rar', 'x.part1.rar.txt', 'x.zip'], []],
  ])('knows %s', (_, paths, expected) => {
    expect(sets(...paths)).toEqual(expected);
  });

  it('goes on behind .r99 with .s00', () => {
    const old = ['x.rar', ...numbered(250, (number) => `x.${'rst'.charAt(number / 100)}${two(number)}`)];
    expect(old.at(-1)).toBe('x.t49');
    expect(sets(...[...old].reverse())).toEqual([old]);
  });

  it('counts parts with leading zeros and without, past the zeros too', () => {
    for (const width of [1, 2, 3]) {
      const parts = numbered(120, (number) => `x.part${String(number + 1).padStart(width, '0')}.rar`);
      expect(sets(...[...parts].sort())).toEqual([parts]);
    }
  });

  it('leaves out empty files', () => {
    expect(volumeSets([{ path: 'x.rar', size: 0 }])).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/config/nearest.js';
import { parseDuration, parseSize } from '../../src/config/units.js';

describe('sizes', () => {
  it.each([
    ['10GiB', 10 * 2 ** 30],
    ['10Gi', 10 * 2 ** 30],
    ['10G', 10 * 2 ** 30],
    ['10GB', 10e9],
    ['256 MiB', 256 * 2 ** 20],
    ['512k', 512 * 1024],
    ['1.5T', 1.5 * 2 ** 40],
    ['7B', 7],
    ['0', 0],
  ])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['10', '', 'GiB', '-1GiB', '1e3k', '1GiBB', '1iB', '9999999999999T', 'ten'])(
    '%s is none',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );
});

describe('durations', () => {
  it.each([
    ['60s', 60_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2d', 172_800_000],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['60', '', 's', '1h 30m', '-1s', '1x', '1hm'])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('the nearest word', () => {
  it('is the one with the fewest edits', () => {
    expect(nearest('interal', ['level', 'interval', 'listen'])).toBe('interval');
    expect(nearest('MAXSIZE', ['maxSize'])).toBe('maxSize');
    expect(nearest('qqqqqqqq', ['dir', 'memory'])).toBeUndefined();
  });

  it('edits are counted the same both ways, and none only for the same word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

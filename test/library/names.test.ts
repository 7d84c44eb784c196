import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanComponent,
  cleanFileName,
  cleanFolderName,
  fitName,
  maxNameBytes,
  splitExtension,
} from '../../src/library/names.js';
import { badNames, hostileText, seed } from './hostile-strings.js';

function expectLegal(name: string): void {
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxNameBytes);
  expect(name).not.toBe('');
  expect(name).not.toMatch(/[/\\<>:"|?*\p{Cc}\p{Surrogate}]|^[.\s]|[.\s]$/u);
  expect(name).toBe(name.normalize('NFC'));
  expect(name).toBe(Buffer.from(name).toString());
}

describe('names', () => {
  it.each([
    ['a/b\\c', 'a-b-c'],
    ['../../etc/passwd', '-..-etc-passwd'],
    ['Movie: The "Best" <Cut>|?*', 'Movie The Best Cut'],
    ['...hidden. . ', 'hidden'],
    [' spaced ', 'spaced'],
    ['e\u0301', 'é'],
    ['a\u0000\n\u009Fb', 'ab'],
    ['\u202Egpj.mkv', 'gpj.mkv'],
    ['a\uD800b', 'ab'],
    ['👩‍👩‍👧 family', '👩‍👩‍👧 family'],
    ['..', '_'],
    ['', '_'],
    ['?*', '_'],
    ['Mr. Robot', 'Mr. Robot'],
  ])('%j is shown as %j', (raw, shown) => {
    expect(cleanComponent(raw)).toBe(shown);
  });

  it('are legal, at most 200 bytes and unchanged by cleaning them again, whatever was told', () => {
    const bad = badNames.map((name): [string] => [name]);
    fc.assert(
      fc.property(hostileText, (raw) => {
        for (const clean of [cleanFileName, cleanFolderName]) {
          const name = clean(raw);
          expectLegal(name);
          expect(clean(name)).toBe(name);
        }
        expect(cleanComponent(cleanComponent(raw))).toBe(cleanComponent(raw));
      }),
      { seed, numRuns: 3000, examples: bad },
    );
  });

  it('are cut at the end of the stem, never inside a character, and keep their extension', () => {
    expect(fitName('漢'.repeat(100), '.mkv')).toBe(`${'漢'.repeat(65)}.mkv`);
    expect(fitName('👩‍👩‍👧'.repeat(20), '.mkv')).toBe(`${'👩‍👩‍👧'.repeat(10)}.mkv`);
    expect(fitName(`${'x'.repeat(195)} y`, '.mkv')).toBe(`${'x'.repeat(195)}.mkv`);
    expect(fitName('x'.repeat(300), '.mkv', 30)).toHaveLength(170);
    expect(cleanFileName(`x.${'y'.repeat(300)}`)).toBe(`x.${'y'.repeat(198)}`);
    expect(fitName('', '.mkv')).toBe('_.mkv');
  });

  it.each([
    ['Movie.2020.1080p', ''],
    ['Movie.2020.x264', ''],
    ['Movie.2020', ''],
    ['Movie.mkv', '.mkv'],
    ['archive.r00', '.r00'],
    ['archive.001', '.001'],
    ['notes.unheardof', ''],
    ['data.xyz', '.xyz'],
    ['.mkv', ''],
    ['Movie.x264-GRP', ''],
  ])('%s has the extension %j', (name, extension) => {
    expect(splitExtension(name)[1]).toBe(extension);
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInfohash, readMagnet } from '../../src/adding/magnet.js';
import { maxTorrentFileBytes, readTorrentFile } from '../../src/adding/torrent-file.js';
import { AppError } from '../../src/core/errors.js';
import { infohashOfFile } from '../../src/emulator/infohash.js';

const info = 'd6:lengthi5e4:name5:a.mkv12:piece lengthi16384e6:pieces20:01234567890123456789e';
const whole = `d8:announce11:http://t/an4:info${info}e`;
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'invalid') return thrown.message;
    throw thrown;
  }
  return 'it was taken';
};

describe('a .torrent file', () => {
  it('is known by the SHA-1 of the exact bytes of its info', () => {
    const torrent = readTorrentFile(bytes(whole), 'a.torrent');
    expect(torrent.hash).toBe(createHash('sha1').update(info).digest('hex'));
    expect(torrent.hash).toBe(infohashOfFile(bytes(whole)));
    expect(torrent.magnet).toBe(`magnet:?xt=urn:btih:${torrent.hash}&dn=a.mkv`);
  });

  it.each([
    ['is empty', '', 'is cut off'],
    ['is a page', '<html>', 'is no dictionary'],
    ['is cut off', whole.slice(0, -30), 'is cut off'],
    ['goes on', `${whole}x`, 'goes on behind its end'],
    ['has no info', 'd1:ai1ee', 'has no "info"'],
    ['has an info that is a text', 'd4:info3:abce', 'is no dictionary'],
    ['has no files', 'd4:infod6:pieces0:ee', 'names no files'],
    ['has keys in disorder', `d4:info${info}1:ai1ee`, 'not in order'],
    ['has a key twice', 'd1:ai1e1:ai1ee', 'not in order'],
    ['has a number with a zero before it', 'd1:ai01ee', 'number that is none'],
    ['has -0', 'd1:ai-0ee', 'number that is none'],
    ['has a negative length', 'd1:a-1:e', 'text without a length'],
    ['has a text longer than all', 'd1:a99999999:xe', 'is cut off'],
    ['is nested too deeply', `d1:a${'l'.repeat(100_000)}`, 'nested too deeply'],
    ['is a torrent of version 2 alone', 'd4:infod9:file treede12:meta versioni2eee', 'version 2 alone'],
  ])('that %s is refused with a sentence', (_what, text, why) => {
    expect(refusal(() => readTorrentFile(bytes(text), 'a.torrent'))).toContain(why);
  });

  it('that is huge is refused', () => {
    const huge = new Uint8Array(maxTorrentFileBytes + 1);
    expect(refusal(() => readTorrentFile(huge, 'big.torrent'))).toContain('larger than 10 MiB');
  });

  it('whatever it holds, is taken or refused, and never more', () => {
    const pieces = fc.constantFrom(
      'd',
      'l',
      'e',
      'i1e',
      '4:info',
      '6:pieces',
      '4:name',
      '3:abc',
      '0:',
      ':',
      '-',
      '9',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (texts) => {
        const text = bytes(texts.join(''));
        const told = refusal(() => {
          expect(readTorrentFile(text, 'x').hash).toBe(infohashOfFile(text));
        });
        expect(told).toMatch(/^(?:it was taken|x is .*)$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a magnet link', () => {
  const hash = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a';

  it('is taken in hex and base32, with its trackers and title', () => {
    const base32 = 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK';
    const told = readMagnet(`magnet:?dn=A+Film&xt=urn:btih:${base32}&tr=http%3A%2F%2Ft%2Fa`);
    expect(told.hash).toBe(hash);
    expect(told.magnet).toBe(`magnet:?xt=urn:btih:${hash}&dn=A%20Film&tr=http%3A%2F%2Ft%2Fa`);
    expect(readInfohash(base32.toLowerCase()).hash).toBe(hash);
    expect(readMagnet(`MAGNET:?xt.1=urn:btmh:1220aa&xt.2=urn:BTIH:${hash.toUpperCase()}`).hash).toBe(hash);
  });

  it.each([
    ['magnet:?xt=urn:btih:abc', 'infohash of this magnet link is wrong'],
    [`magnet:?xt=urn:btmh:1220${'a'.repeat(64)}`, 'version 2 alone'],
    ['magnet:?dn=x', 'names no torrent'],
    ['magnet:', 'names no torrent'],
    [`magnet:?dn=${'x'.repeat(40_000)}`, 'longer than any'],
  ])('%.40s is refused with a sentence', (text, why) => {
    expect(refusal(() => readMagnet(text))).toContain(why);
  });
});

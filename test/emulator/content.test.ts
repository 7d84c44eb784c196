import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentBytes } from '../../src/emulator/content.js';

const hash = 'AB'.repeat(20);

/** The definition, one block at a time: AES of a counter. */
function byteByDefinition(infohash: string, path: string, offset: number): number {
  const key = createHash('sha256').update(`${infohash.toLowerCase()}:${path}`).digest();
  const counter = Buffer.from(
    BigInt(Math.floor(offset / 16))
      .toString(16)
      .padStart(32, '0'),
    'hex',
  );
  return createCipheriv('aes-256-ecb', key, null).update(counter)[offset % 16] ?? -1;
}

describe('generated content', () => {
  it('has the same byte at an offset however it is read, past 4 GiB too', () => {
    const anywhere = fc.oneof(
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.integer({ min: -40, max: 40 }).map((near) => 2 ** 32 + near),
      fc.maxSafeInteger().map((offset) => Math.abs(offset) % (2 ** 53 - 1000)),
    );
    fc.assert(
      fc.property(anywhere, fc.integer({ min: 1, max: 100 }), (start, length) => {
        const bytes = contentBytes(hash, 'a/b.mkv', start, start + length);
        const expected = Array.from({ length }, (_, index) =>
          byteByDefinition(hash, 'a/b.mkv', start + index),
        );
        expect([...bytes]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('is continuous where it is made in slices', () => {
    const whole = contentBytes(hash, 'f', 5, 400_000);
    expect(whole.length).toBe(399_995);
    for (const at of [131_070, 131_077, 262_140, 262_149]) {
      expect(whole.subarray(at - 5, at + 3)).toEqual(contentBytes(hash, 'f', at, at + 8));
    }
  });

  it('differs between files and between torrents', () => {
    const first = contentBytes(hash, 'a', 0, 32);
    expect(contentBytes(hash, 'b', 0, 32)).not.toEqual(first);
    expect(contentBytes('cd'.repeat(20), 'a', 0, 32)).not.toEqual(first);
  });
});

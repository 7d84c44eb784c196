import fc from 'fast-check';
import { expect, it } from 'vitest';
import { blockBytes } from '../../src/read/blocks.js';
import { ReadPattern, type Outlook } from '../../src/read/read-pattern.js';
import { mebibyte } from './reading.js';

const manyBytes = 16 * mebibyte;

/** Bytes that an outlook wants beyond the end of a read. */
function aheadBytes({ last }: Outlook, end: number): number {
  return (last + 1) * blockBytes - end;
}

/** Reads on end in pieces of 128 KiB; gives the last outlook. */
function readOn(pattern: ReadPattern, from: number, bytes: number): Outlook {
  let outlook = pattern.after(from, 0, manyBytes, false);
  for (let at = from; at < from + bytes; at += blockBytes)
    outlook = pattern.after(at, blockBytes, manyBytes, false);
  return outlook;
}

it('nothing is read ahead at a new place', () => {
  const pattern = new ReadPattern(false);
  for (const offset of [0, 500 * mebibyte, 200 * mebibyte]) {
    const { last, span } = pattern.after(offset, blockBytes, manyBytes, false);
    expect(last).toBe(offset / blockBytes);
    expect(span).toBe(9);
  }
});

it('a film that is played is read ahead up to the limit, through a request without an end', () => {
  const outlook = readOn(new ReadPattern(false), 0, 40 * mebibyte);
  expect(aheadBytes(outlook, 40 * mebibyte)).toBe(manyBytes);
  expect(outlook).toMatchObject({ span: Infinity, purpose: 'play' });
});

it('never more is read ahead than was read on end, and a quarter of a megabyte', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ jump: fc.nat({ max: 3 }), pieces: fc.integer({ min: 1, max: 60 }) }), {
        maxLength: 20,
      }),
      (moves) => {
        const pattern = new ReadPattern(false);
        let at = 0;
        let readBytes = 0;
        for (const { jump, pieces } of moves) {
          at += jump * 10 * mebibyte;
          if (jump > 0) readBytes = 0;
          for (let piece = 0; piece < pieces; piece += 1, at += blockBytes) {
            const outlook = pattern.after(at, blockBytes, manyBytes, false);
            readBytes += blockBytes;
            const most = Math.min(manyBytes, Math.max(mebibyte / 4, readBytes));
            expect(aheadBytes(outlook, at + blockBytes)).toBeLessThanOrEqual(most);
          }
        }
      },
    ),
  );
});

it('of what may be a probe little is read ahead', () => {
  for (const bytes of [mebibyte, 3 * mebibyte, 4.5 * mebibyte]) {
    const outlook = readOn(new ReadPattern(false), 0, bytes);
    expect(aheadBytes(outlook, bytes)).toBeLessThanOrEqual(mebibyte / 4);
    expect(outlook.span).toBe(4);
  }
  const outlook = readOn(new ReadPattern(false), 0, 7 * mebibyte);
  expect(aheadBytes(outlook, 7 * mebibyte)).toBeLessThanOrEqual(3.5 * mebibyte);
});

it('all that may be is read ahead of who reads on end where the host is slow for each connection', () => {
  const pattern = new ReadPattern(false);
  readOn(pattern, 0, 5 * mebibyte);
  const outlook = pattern.after(5 * mebibyte, blockBytes, manyBytes, true);
  expect(aheadBytes(outlook, 5 * mebibyte + blockBytes)).toBe(manyBytes);
});

it('requests of the kernel that come out of order are still one run', () => {
  const pattern = new ReadPattern(false);
  readOn(pattern, 0, 10 * mebibyte);
  for (const step of [3, 1, 2, 0, 7, 5, 6, 4]) {
    const outlook = pattern.after(10 * mebibyte + step * blockBytes, blockBytes, manyBytes, false);
    expect(outlook.span).toBe(Infinity);
  }
});

it('subtitles of an mp4, a little every few megabytes, are fetched as they are asked for', () => {
  const pattern = new ReadPattern(false);
  const steps = [3.3, 3.1, 3.6, 2.9, 3.4, 3.2].map((step) => step * mebibyte);
  let at = 0;
  const spans = steps.map((step) => {
    const { span } = pattern.after(at, 36 * 1024, manyBytes, false);
    at += step;
    return span;
  });
  expect(spans).toEqual([9, 9, 9, 0, 0, 0]);
});

it('who played and jumps is seeking, who begins may be anybody, and a scanner stays one', () => {
  const pattern = new ReadPattern(false);
  expect(pattern.after(0, blockBytes, manyBytes, false).purpose).toBe('probe');
  expect(readOn(pattern, 0, 9 * mebibyte).purpose).toBe('play');
  expect(pattern.after(900 * mebibyte, blockBytes, manyBytes, false).purpose).toBe('seek');
  expect(readOn(new ReadPattern(true), 0, 9 * mebibyte).purpose).toBe('scan');
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../src/config/scrub.js';
import { AppError } from '../../src/core/errors.js';
import { parseFaultRule } from '../../src/emulator/fault-text.js';
import { understood } from '../../src/fuse/keeper/worker-message.js';
import { parseMountinfo } from '../../src/fuse/mountinfo.js';
import { ParisTime } from '../../src/providers/real-debrid/paris-time.js';
import { retryAfterMs } from '../../src/providers/retry-after.js';
import { decodeRecord, encodeRecord, looksLikeIndex, recordBytes } from '../../src/read/disk/record.js';
import { bodyFraming } from '../../src/read/http/body-framing.js';
import { parseHead, type ResponseHead } from '../../src/read/http/head.js';
import { parseContentRange } from '../../src/read/http-range.js';
import { ObservedFailure } from '../../src/read/observation.js';
import { checkHead, refusalOf } from '../../src/read/response-check.js';
import { anyOf, fuzz, madeOf } from './inputs.js';

const wanted = { start: 100, end: 200, size: 1_000, pageExpected: false };

const head = fc
  .tuple(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom('HTTP/1.1 206 Partial Content', 'HTTP/1.1 200 OK', 'HTTP/1.0 302'),
      },
      { weight: 1, arbitrary: madeOf('HTTP/1.1', ' ', '206', '999') },
    ),
    fc.array(
      fc.tuple(
        fc.constantFrom(
          ...['Content-Length', 'Content-Range', 'Transfer-Encoding', 'Connection', 'Location', 'X-Error'],
          ...['Content-Type', 'Content-Encoding', 'Retry-After', 'Server', 'X-Any', ''],
        ),
        madeOf(
          'bytes ',
          '100-199',
          '/1000',
          '100',
          'chunked',
          'gzip',
          'close',
          ', ',
          'text/html',
          'https://host/',
        ),
      ),
      { maxLength: 8 },
    ),
  )
  .map(([line, fields]) => [line, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n'));

/** What a parser makes of something; null where it says that it is nothing of the kind. */
function parsed<Value>(work: () => Value): Value | null {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof ObservedFailure) return null;
    if (thrown instanceof AppError && thrown.code === 'config') return null;
    throw thrown;
  }
}

function requirePromise(told: ResponseHead): void {
  const check = checkHead(told, wanted);
  if (check.kind === 'accepted' && (check.end <= wanted.start || check.end > wanted.end))
    throw new Error(`bytes up to ${check.end} are promised`);
  refusalOf(told, 'text');
}

describe('whatever text or bytes come, they are understood or refused, and soon:', () => {
  it('heads of file hosts, and what frames their bodies', { timeout: 120_000 }, async () => {
    const body = fc.uint8Array({ maxLength: 200 });
    await fuzz(
      fc.tuple(head, body, madeOf('5', '\r\n', 'a', '0', 'ffffffffff', ';x')),
      15_000,
      ([text, bytes, lines]) => {
        const told = parsed(() => parseHead(text));
        if (told === null) return;
        requirePromise(told);
        const came = Buffer.concat([Buffer.from(lines), bytes]);
        parsed(() => {
          const framing = bodyFraming(told.framing);
          for (let at = 0; at < came.length && !framing.isAtEnd;) {
            const skipped = framing.skip(came.subarray(at));
            const taken = Math.min(framing.data, came.length - at - skipped);
            if (skipped < 0 || taken < 0 || at + skipped + taken > came.length)
              throw new Error('beyond its end');
            if (skipped + taken === 0) break;
            framing.took(taken);
            at += skipped + taken;
          }
        });
      },
    );
  });

  it('small texts of services and of the kernel', { timeout: 120_000 }, async () => {
    const time = new ParisTime();
    const pieces = madeOf(
      'bytes ',
      '0-',
      '99',
      '/',
      '*',
      '2026-11-27T12:00:00.000Z',
      'Fri, 27 Nov 2026 12:00:00 GMT',
      '1e9',
    );
    await fuzz(pieces, 10_000, (text) => {
      const range = parseContentRange(text);
      if (range !== null) expect(Number.isSafeInteger(range.end)).toBe(true);
      const waitMs = retryAfterMs(text, 0);
      if (waitMs !== null) expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(time.toUtcMs(text))).toBe(true);
    });
    const line = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue';
    const pieceOfLine = madeOf(...line.split(' '), ' ', '\n', '\\040', '\\999', '-');
    await fuzz(pieceOfLine, 5_000, (text) => void parseMountinfo(text));
  });

  it('records of the cache', { timeout: 120_000 }, async () => {
    const record = { key: 'k'.repeat(20), index: 1, length: 2, crc: 3, source: 4n, isPinned: true, stamp: 5 };
    const flips = fc.array(fc.tuple(fc.nat(recordBytes - 1), fc.nat(255)), { maxLength: 4 });
    await fuzz(flips, 8_000, (changes) => {
      const bytes = Buffer.alloc(recordBytes);
      encodeRecord(record, bytes, 0);
      const before = Buffer.from(bytes);
      for (const [at, value] of changes) bytes[at] = value;
      const decoded = decodeRecord(bytes, 0);
      if (typeof decoded === 'object') expect(bytes.equals(before)).toBe(true);
    });
    await fuzz(fc.uint8Array({ maxLength: 3 * recordBytes }), 5_000, (bytes) => {
      const buffer = Buffer.from(bytes);
      decodeRecord(buffer, 0);
      looksLikeIndex(buffer);
    });
  });

  it('words of a worker to its keeper', { timeout: 120_000 }, async () => {
    const session = { minor: 38, maxReadBytes: 1_048_576, resends: true };
    const message = { kind: 'mounted', mounted: { mountpoint: '/mnt', device: '0:50', session } };
    await fuzz(anyOf(message, { kind: 'ready' }), 8_000, (told) => {
      const heard = understood(told);
      if (heard?.kind === 'mounted' && heard.mounted !== null)
        expect(heard.mounted.mountpoint).toMatch(/^\//);
    });
  });

  it('faults as they are written', { timeout: 120_000 }, async () => {
    const words = madeOf(
      'rd-cdn',
      ' ',
      'status',
      'code=404',
      'nth=1-3',
      'path=',
      '(',
      '[',
      'times=',
      'stallAfter',
    );
    await fuzz(words, 5_000, (text) => void parsed(() => parseFaultRule(text)));
  });

  it('lines of a log, from which secrets are taken', { timeout: 120_000 }, async () => {
    const secrets = ['S3CRET+t0ken/0123456789==', '(.*)+$', 'p?ss:w*rd'];
    const scrub = createScrubber(secrets);
    const lines = madeOf(
      ...secrets,
      '?token=',
      '&',
      'https://host/',
      ' ',
      '"',
      ...secrets.map(encodeURIComponent),
    );
    await fuzz(lines, 8_000, (line) => {
      const clean = scrub(line);
      for (const secret of secrets) expect(clean).not.toContain(secret);
    });
  });
});

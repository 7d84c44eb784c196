import type * as fs from 'node:fs';
import { constants } from 'node:os';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Session } from '../../../src/fuse/kernel/init.js';
import { opcode } from '../../../src/fuse/protocol/numbers.js';
import { kernelWorld } from '../../support/kernel-world.js';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  ...(await import('../../support/fake-device.js')).deviceWrites,
}));

/** What a kernel says first. Before 7.36 it sends nothing after `flags`. */
interface Offer {
  readonly major?: number;
  readonly minor: number;
  readonly flags: number;
  readonly flags2?: number;
}

/** Numbers of 32 bits one after another. */
function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  numbers.forEach((number, n) => bytes.writeUInt32LE(number, n * 4));
  return bytes;
}

/** Lets a kernel begin. */
function begin({ major = 7, minor, flags, flags2 = 0 }: Offer) {
  const { device, session, send } = kernelWorld();
  const first = words(major, minor, 0x2_0000, flags);
  const body = minor < 36 ? first : Buffer.concat([first, words(flags2, ...Array<number>(11).fill(0))]);
  // What an earlier answer left in the buffer.
  send({ opcode: opcode.statfs, unique: 1n, node: 1n });
  device.take();
  send({ opcode: opcode.init, unique: 2n ** 63n + 1n, body });
  const answers = device.take();
  expect(answers).toHaveLength(1);
  expect(answers[0]?.unique).toBe(2n ** 63n + 1n);
  return { error: answers[0]?.error, body: answers[0]?.body ?? Buffer.alloc(0), begun: session.begun };
}

/** ASYNC_READ, AUTO_INVAL_DATA, DO_READDIRPLUS, READDIRPLUS_AUTO, PARALLEL_DIROPS. */
const ofAll = (1 << 0) | (1 << 12) | (1 << 13) | (1 << 14) | (1 << 18);
/** MAX_PAGES, CACHE_SYMLINKS. */
const of28 = ofAll | (1 << 22) | (1 << 23);
/** NO_OPENDIR_SUPPORT. */
const of31 = of28 | (1 << 24);
/** INIT_EXT. */
const of36 = of31 | (1 << 30);

const large = { maxReadBytes: 2 ** 20 };

test.each<[string, Offer, { minor: number; flags: number }, Omit<Session, 'minor'>]>([
  [
    '7.29, all that it has',
    { minor: 29, flags: 0x03ff_ffff },
    { minor: 29, flags: of31 },
    { ...large, resends: false },
  ],
  [
    '7.31, all that it has',
    { minor: 31, flags: 0x07ff_ffff },
    { minor: 31, flags: of31 },
    { ...large, resends: false },
  ],
  [
    '7.36 with more flags',
    { minor: 36, flags: 0x7fff_ffff, flags2: 0x3 },
    { minor: 36, flags: of36 },
    { ...large, resends: false },
  ],
  [
    '7.45 with more flags',
    { minor: 45, flags: 0x7fff_ffff, flags2: 0x3ff },
    { minor: 40, flags: of36 },
    { ...large, resends: true },
  ],
  [
    '7.45 whose second flags do not count, because it does not say so',
    { minor: 45, flags: 0x3fff_ffff, flags2: 0xffff_ffff },
    { minor: 40, flags: of31 },
    { ...large, resends: false },
  ],
  [
    '7.45 without large reads',
    { minor: 45, flags: 0x7fff_ffff & ~(1 << 22), flags2: 0x80 },
    { minor: 40, flags: of36 & ~(1 << 22) },
    { maxReadBytes: 128 * 1024, resends: true },
  ],
])('a kernel of %s hears what both can', async (_, offer, { minor, flags }, session) => {
  const { error, body, begun } = begin(offer);
  expect(error).toBe(0);
  const background = 4096 | (3072 << 16);
  const pages = 256;
  expect(body).toEqual(
    words(7, minor, 2 ** 20, flags, background, 4096, 1, pages, ...Array<number>(8).fill(0)),
  );
  expect(await begun).toEqual({ minor: offer.minor, ...session });
});

test('whatever a kernel offers, nothing else is taken, and asynchronous direct I/O never', () => {
  const u32 = fc.nat(0xffff_ffff);
  fc.assert(
    fc.property(fc.integer({ min: 29, max: 60 }), u32, u32, (minor, flags, flags2) => {
      const { error, body } = begin({ minor, flags: minor < 36 ? flags & 0x3fff_ffff : flags, flags2 });
      const taken = body.readUInt32LE(12);
      expect(error).toBe(0);
      expect(taken & ~flags).toBe(0);
      expect(taken & ~of36).toBe(0);
      expect(taken & (1 << 15)).toBe(0);
      expect(body.readUInt32LE(32)).toBe(0);
    }),
  );
});

test.each([
  [7, 28],
  [6, 45],
  [8, 0],
])('a kernel of %d.%d is told so, and the user which Linux is needed', async (major, minor) => {
  const { error, body, begun } = begin({ major, minor, flags: 0x00ff_ffff });
  expect(error).toBe(-constants.errno.EPROTO);
  expect(body).toHaveLength(0);
  await expect(begun).rejects.toMatchObject({
    code: 'config',
    message: expect.stringMatching(`FUSE ${major}\\.${minor}.*Linux 5\\.1`) as unknown,
  });
});

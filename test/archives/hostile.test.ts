import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layout } from '../../src/archives/archive.js';
import { confirmsExtent } from '../../src/archives/confirm.js';
import { readLayout } from '../../src/archives/rar-layout.js';
import { AppError } from '../../src/core/errors.js';
import { rar3Writer } from '../../src/emulator/rar3-writer.js';
import { rar5Writer } from '../../src/emulator/rar5-writer.js';
import { built, bytesOf, packedBytes, rar5Block, reader, told, wholeFile, type Volume } from './built.js';

const files = [wholeFile('Films/a.mkv', 900), wholeFile('é.srt', 40), wholeFile('b.mkv', 2500)];
const alone = { number: 0, isVolume: false, isLast: true, naming: 'part' } as const;
const endless = (start: Buffer, block: Buffer): ReturnType<typeof readLayout> =>
  readLayout([{ name: 'x.rar', size: 2 ** 45 }], (_, offset, length) => {
    const bytes = Buffer.alloc(length, 0);
    for (let at = 0; at < length; at += 1) {
      const place = offset + at - start.length;
      bytes[at] = (place < 0 ? start[offset + at] : block[place % block.length]) ?? 0;
    }
    return Promise.resolve(bytes);
  });

/**
 * What may be made of damaged volumes: trouble to be waited out, nothing at all, or every file as it is. Not one that was not looked at,
 * unless the volume itself refuses it.
 */
async function expectNothingWrong(
  volumes: readonly Volume[],
  sizes: readonly Volume[],
): Promise<Layout['kind'] | 'thrown'> {
  let layout: Layout;
  try {
    layout = await readLayout(told(sizes), reader(volumes).read);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect([error.code, error.retry]).toEqual(['wrong-bytes', 'wait']);
    return 'thrown';
  }
  if (layout.kind === 'opaque') return 'opaque';
  const all = [...layout.files.map(({ path }) => path), ...layout.leftOut.map(({ path }) => path)];
  expect(all).toEqual(files.map(({ path }) => path));
  for (const file of layout.files) {
    const isRefused = file.extents.some((extent) => {
      const head = volumes[extent.volume]?.bytes.subarray(0, extent.offset) ?? Buffer.alloc(0);
      return !extent.confirmed && !confirmsExtent(head, file, extent);
    });
    if (isRefused) continue;
    const original = files.find(({ path }) => path === file.path)?.source;
    expect(original !== undefined && packedBytes(file, volumes).equals(await bytesOf(original))).toBe(true);
  }
  return 'stored';
}

describe.each(['rar3', 'rar5'] as const)('a damaged archive of %s', (format) => {
  const volumesOf = (volumeBytes: number): Promise<Volume[]> =>
    built({ format, files, volumeBytes, naming: 'part', baseName: 'x' });

  it('is never taken for another one, whichever bit of a header is wrong', async () => {
    const volumes = await volumesOf(600);
    const clean = await readLayout(told(volumes), reader(volumes).read);
    const outcomes = { thrown: 0, opaque: 0, stored: 0 };
    for (const [index, volume] of volumes.entries()) {
      const isData = (at: number): boolean =>
        clean.kind === 'stored' &&
        clean.files.some(({ extents }) =>
          extents.some(
            (extent) => extent.volume === index && at >= extent.offset && at < extent.offset + extent.length,
          ),
        );
      for (let bit = 0; bit < volume.bytes.length * 8; bit += 1) {
        const at = Math.floor(bit / 8);
        if (isData(at)) continue;
        const bytes = Buffer.from(volume.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
        outcomes[await expectNothingWrong(volumes.with(index, { ...volume, bytes }), volumes)] += 1;
      }
    }
    // Opaque is what does not begin like an archive (one bit makes RAR 3 of RAR 5); what is stored was not looked at.
    expect(outcomes.opaque).toBe(format === 'rar3' ? 7 * 8 : 8 * 8 - 1);
    expect(outcomes.thrown).toBeGreaterThan(outcomes.stored);
  }, 60_000);

  it('is never taken for another one, wherever a volume ends', async () => {
    const volumes = await volumesOf(1500);
    for (const [index, volume] of volumes.entries()) {
      for (let length = 0; length < volume.bytes.length; length += 1) {
        const cut = volumes.with(index, { ...volume, bytes: volume.bytes.subarray(0, length) });
        await expectNothingWrong(cut, volumes);
        await expectNothingWrong(cut, cut);
      }
    }
  }, 60_000);

  it('is trouble, and not a fact, where it is zeros that are not there yet', async () => {
    const volumes = await volumesOf(600);
    for (const [index, volume] of volumes.entries()) {
      const zeros = { ...volume, bytes: Buffer.alloc(volume.bytes.length) };
      const outcome = await expectNothingWrong(volumes.with(index, zeros), volumes);
      if (index < 2 || index === volumes.length - 1) expect(outcome).toBe('thrown');
    }
  });

  it('ends in an answer whatever follows its first bytes', async () => {
    const writer = format === 'rar3' ? rar3Writer : rar5Writer;
    const start = writer.start(alone);
    const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([start, bytes]));
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const volumes = [{ name: 'x.rar', bytes }];
        const layout = await readLayout(told(volumes), reader(volumes).read).catch((error: unknown) => error);
        if (layout instanceof Error) expect(layout).toBeInstanceOf(AppError);
        else expect(layout).toMatchObject({ kind: 'opaque' });
      }),
      { numRuns: 300 },
    );
  });

  it('has no more files than anybody needs', async () => {
    const writer = format === 'rar3' ? rar3Writer : rar5Writer;
    const piece = { path: 'a', size: 0, length: 0, fromPrevious: false, toNext: false, crc: null };
    const reason = 'The archive has too many files.';
    expect(await endless(writer.start(alone), writer.file(piece))).toEqual({ kind: 'opaque', reason });
    const long = { ...piece, path: 'long/'.repeat(800) };
    expect(await endless(writer.start(alone), writer.file(long))).toEqual({ kind: 'opaque', reason });
  });

  it.each([
    ['a path that leads out', 'a/../../b', 'A path in the archive leads out of it.'],
    ['a name with a zero', 'a\0é', 'A name in the archive has a zero in it.'],
    ['a name of nothing', '/./', 'A file in the archive has no name.'],
    ['a name that is too long', 'n'.repeat(40_000), 'A name in the archive is too long for a file.'],
  ])('is opaque with %s', async (_, path, reason) => {
    const [volume] = await built({ format, files: [wholeFile(path, 5)], naming: 'part', baseName: 'x' });
    const volumes = volume === undefined ? [] : [volume];
    expect(await readLayout(told(volumes), reader(volumes).read)).toEqual({ kind: 'opaque', reason });
  });
});

describe('a hostile archive of rar5', () => {
  const layoutOf = (...blocks: readonly Buffer[]): ReturnType<typeof readLayout> => {
    const volumes = [{ name: 'x.rar', bytes: Buffer.concat([rar5Writer.start(alone), ...blocks]) }];
    return readLayout(told(volumes), reader(volumes).read);
  };
  const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

  it.each([
    ['a length beyond every number', rar5Block(2, 2, ...huge)],
    ['a number that does not end', rar5Block(2, 2, ...huge.map(() => 0xff), ...huge)],
    ['data beyond the volume', rar5Block(2, 2, 0xff, 0x7f, 0, 5, 0, 0, 0, 1, 0x61)],
    ['a header of nothing', rar5Block()],
    ['a name beyond its header', rar5Block(2, 0, 0, 0, 0, 0, 0, 9, 0x61)],
    ['an extra area beyond its header', rar5Block(2, 1, 99, 0, 0, 0, 0, 0, 1, 0x61)],
    ['a header beyond every length', Buffer.from([1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 1])],
    ['a second main header', rar5Block(1, 0, 0)],
  ])('is damaged with %s', async (_, block) => {
    await expect(layoutOf(block)).rejects.toMatchObject({ code: 'wrong-bytes', retry: 'wait' });
  });

  it('is opaque with a name of a megabyte', async () => {
    const name = Buffer.alloc(1_000_000, 'n');
    const block = rar5Block(2, 0, 0, 0, 0, 0, 0, 0xc0, 0x84, 0x3d, name);
    expect(await layoutOf(block)).toMatchObject({ kind: 'opaque' });
  });

  it('is opaque where its headers are encrypted, and not where one file is', async () => {
    expect(await layoutOf(rar5Block(4, 0, 0))).toMatchObject({ kind: 'opaque' });
    const secret = rar5Block(2, 1, 3, 0, 0, 0, 0, 0, 1, 0x61, 2, 1, 0);
    const open = rar5Block(2, 0, 0, 0, 0, 0, 0, 1, 0x62);
    expect(await layoutOf(secret, open)).toMatchObject({
      files: [{ path: 'b', extents: [] }],
      leftOut: [{ path: 'a', reason: 'It is encrypted.' }],
    });
  });
});

it('is opaque where it is no archive', async () => {
  for (const bytes of [Buffer.from('MZ and so on'), Buffer.from('Rar!'), Buffer.from('x'), Buffer.alloc(0)]) {
    const volumes = [{ name: 'x.rar', bytes }];
    expect(await readLayout(told(volumes), reader(volumes).read)).toMatchObject({ kind: 'opaque' });
  }
  expect(await readLayout([], reader([]).read)).toMatchObject({ kind: 'opaque' });
});

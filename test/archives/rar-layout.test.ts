import { describe, expect, it } from 'vitest';
import { confirmsExtent } from '../../src/archives/confirm.js';
import { readLayout } from '../../src/archives/rar-layout.js';
import { generatedContent } from '../../src/emulator/content.js';
import { storedRar } from '../../src/emulator/rar.js';
import { rar3Writer } from '../../src/emulator/rar3-writer.js';
import { built, bytesOf, packedBytes, rar3With, reader, storedFiles, told, wholeFile } from './built.js';

const formats = ['rar3', 'rar5'] as const;
const piece = { path: 'a.mkv', size: 300, length: 300, fromPrevious: false, toNext: false, crc: null };
const alone = { number: 0, isVolume: false, isLast: true, naming: 'part' } as const;
/** The place of the method in a header of a file of RAR 3, and of the byte with its low flags. */
const [methodAt, flagsAt] = [25, 3];

const layoutOf = (...volumes: readonly Buffer[]): ReturnType<typeof readLayout> => {
  const named = volumes.map((bytes, number) => ({ name: `x.part${number + 1}.rar`, bytes }));
  return readLayout(told(named), reader(named).read);
};

describe.each(formats)('a stored archive of %s', (format) => {
  it('tells where its files are', async () => {
    const files = [
      wholeFile('Show/a film ä 日本語 \u{1f3ac}.mkv', 5000),
      wholeFile('Show/empty.nfo', 0),
      wholeFile('Show/Subs/plain.srt', 70),
    ];
    const volumes = await built({ format, files, naming: 'part', baseName: 'x' });
    const found = storedFiles(await readLayout(told(volumes), reader(volumes).read));
    expect(found.map(({ path, size }) => [path, size])).toEqual(
      files.map(({ path, source }) => [path, source.size]),
    );
    for (const [at, file] of found.entries()) {
      expect(packedBytes(file, volumes)).toEqual(
        await bytesOf(files[at]?.source ?? generatedContent('', '', 0)),
      );
    }
  });

  it('is read past 4 GiB', async () => {
    const source = generatedContent('ab', 'huge.mkv', 9_000_000_000);
    const files = [{ path: 'huge.mkv', source }, wholeFile('small.srt', 9)];
    for (const volumeBytes of [undefined, 5_000_000_000]) {
      const settings = { format, files, naming: 'old', baseName: 'x' } as const;
      const volumes = storedRar(volumeBytes === undefined ? settings : { ...settings, volumeBytes });
      const layout = await readLayout(
        volumes.map(({ name, source: { size } }) => ({ name, size })),
        async (volume, offset, length) => {
          const of = volumes[volume]?.source ?? source;
          return bytesOf(of, offset, Math.min(of.size, offset + length));
        },
      );
      const [huge, small] = storedFiles(layout);
      expect([huge?.size, small?.size]).toEqual([9_000_000_000, 9]);
      let at = 0;
      for (const { volume, offset, length } of huge?.extents ?? []) {
        const of = volumes[volume]?.source ?? source;
        expect(await bytesOf(of, offset, offset + 20)).toEqual(await bytesOf(source, at, at + 20));
        at += length;
        expect(await bytesOf(of, offset + length - 20, offset + length)).toEqual(
          await bytesOf(source, at - 20, at),
        );
      }
      expect(at).toBe(9_000_000_000);
    }
  });

  it('costs three volumes where it has three hundred, and the others can be confirmed', async () => {
    const file = wholeFile('a.mkv', 70_000);
    const volumes = await built({ format, files: [file], volumeBytes: 300, naming: 'part', baseName: 'x' });
    expect(volumes.length).toBeGreaterThan(260);
    const { read, touched } = reader(volumes);
    const [found] = storedFiles(await readLayout(told(volumes), read));
    if (found === undefined) throw new Error('There is no file.');
    expect([...new Set(touched)]).toEqual([0, 1, volumes.length - 1]);
    expect(touched.length).toBeLessThan(7);
    expect(packedBytes(found, volumes)).toEqual(await bytesOf(file.source));
    for (const [at, extent] of found.extents.entries()) {
      expect(extent.confirmed).toBe(at === 0 || at === 1 || at === volumes.length - 1);
      if (extent.confirmed) continue;
      const head = volumes[extent.volume]?.bytes.subarray(0, extent.offset) ?? Buffer.alloc(0);
      expect(confirmsExtent(head, found, extent)).toBe(true);
      expect(confirmsExtent(head.subarray(0, -1), found, extent)).toBe(false);
      expect(confirmsExtent(head, { ...found, path: 'b.mkv' }, extent)).toBe(false);
      expect(confirmsExtent(head, { ...found, size: found.size + 1 }, extent)).toBe(false);
      expect(confirmsExtent(head, found, { ...extent, length: extent.length - 1 })).toBe(false);
      // RAR 3 does not number its volumes where they begin.
      const isAny = confirmsExtent(head, found, { ...extent, volume: extent.volume - 1 });
      expect(isAny).toBe(format === 'rar3');
    }
    for (const wrong of [0, volumes.length - 1]) {
      const middle = found.extents[5];
      if (middle === undefined) throw new Error('There is no such extent.');
      expect(confirmsExtent(volumes[wrong]?.bytes ?? Buffer.alloc(0), found, middle)).toBe(false);
    }
    const all = reader(volumes);
    await readLayout(told(volumes), all.read, { predict: false });
    expect(new Set(all.touched).size).toBe(volumes.length);
  });

  it('is left alone where a volume goes on that is not there', async () => {
    const files = [wholeFile('a.srt', 50), wholeFile('b.mkv', 3000)];
    const volumes = await built({ format, files, volumeBytes: 400, naming: 'old', baseName: 'x' });
    const some = volumes.slice(0, -1);
    expect(await readLayout(told(some), reader(some).read)).toMatchObject({
      files: [{ path: 'a.srt' }],
      leftOut: [{ path: 'b.mkv', reason: 'It goes on in a volume that is not there.' }],
    });
  });

  it('is not taken for true with two volumes in the wrong places', async () => {
    const volumes = await built({
      format,
      files: [wholeFile('a.mkv', 3000), wholeFile('b.mkv', 3000)],
      volumeBytes: 700,
      naming: 'part',
      baseName: 'x',
    });
    const swapped = [volumes[0], volumes[volumes.length - 1], ...volumes.slice(2, -1), volumes[1]].flatMap(
      (volume) => volume ?? [],
    );
    await expect(readLayout(told(swapped), reader(swapped).read)).rejects.toMatchObject({
      code: 'wrong-bytes',
      retry: 'wait',
    });
  });
});

it('of RAR 5 is not taken for true where a volume says that it is another', async () => {
  const settings = { format: 'rar5', naming: 'part', baseName: 'x', volumeBytes: 700 } as const;
  const [first, second, third, ...others] = await built({ ...settings, files: [wholeFile('a.mkv', 5000)] });
  const swapped = [first, third, second, ...others].flatMap((volume) => volume ?? []);
  await expect(readLayout(told(swapped), reader(swapped).read)).rejects.toThrow('it is volume 3 and not 2');
});

describe('what cannot be read by offset', () => {
  const stored = [rar3Writer.file({ ...piece, path: 'b.srt', size: 3, length: 3 }), Buffer.from('abc')];
  const start = rar3Writer.start(alone);
  const file = rar3Writer.file(piece);
  const content = Buffer.alloc(300);

  it.each([
    [
      'compressed files',
      { [methodAt]: 0x33 },
      'It is compressed, so that no byte of it can be had without all before it.',
    ],
    ['encrypted files', { [flagsAt]: 4 }, 'It is encrypted.'],
    ['files that begin elsewhere', { [flagsAt]: 1 }, 'It begins in a volume that is not there.'],
    ['files with two sizes', { 11: 99 }, 'The archive tells two sizes of it.'],
  ])('leaves out %s, with the reason', async (_, changes, reason) => {
    const header = rar3With(file, changes);
    expect(await layoutOf(Buffer.concat([start, header, content, ...stored]))).toMatchObject({
      kind: 'stored',
      files: [{ path: 'b.srt', size: 3 }],
      leftOut: [{ path: 'a.mkv', reason }],
    });
    expect(await layoutOf(Buffer.concat([start, header, content]))).toEqual({
      kind: 'opaque',
      reason: `No file in the archive can be read. ${reason}`,
    });
  });

  it('finds the end of a compressed file in few of many volumes', async () => {
    const count = 200;
    const end = 120;
    const volumes = Array.from({ length: count }, (_, number) => {
      const header = { number, isVolume: true, isLast: number === count - 1, naming: 'part' } as const;
      const at = { fromPrevious: number > 0, toNext: number < end };
      const packed = rar3With(rar3Writer.file({ ...piece, ...at, size: 90_000 }), { [methodAt]: 0x33 });
      return Buffer.concat([
        rar3Writer.start(header),
        ...(number <= end ? [packed, content] : []),
        ...(number === end ? stored : []),
        rar3Writer.end(header),
      ]);
    });
    const named = volumes.map((bytes, number) => ({ name: `${number}`, bytes }));
    const { read, touched } = reader(named.slice(0, end + 1));
    const layout = await readLayout(told(named.slice(0, end + 1)), read);
    expect(layout).toMatchObject({ files: [{ path: 'b.srt' }], leftOut: [{ path: 'a.mkv' }] });
    expect(new Set(touched).size).toBe(3);
    expect(await readLayout(told(named), reader(named).read)).toEqual(layout);
  });

  it('skips folders, comments and what follows the end', async () => {
    const folder = rar3With(rar3Writer.file({ ...piece, path: 'folder', size: 0, length: 0 }), {
      [flagsAt]: 0xe0,
    });
    const comment = rar3With(rar3Writer.file({ ...piece, path: 'CMT', size: 20, length: 20 }), { 2: 0x7a });
    const bytes = [
      start,
      comment,
      Buffer.alloc(20),
      folder,
      ...stored,
      rar3Writer.end(alone),
      Buffer.alloc(9),
    ];
    const layout = await layoutOf(Buffer.concat(bytes));
    expect(layout).toMatchObject({ kind: 'stored', files: [{ path: 'b.srt' }], leftOut: [] });
  });

  it.each([
    ['less', [300, 300, 260, 300, 100]],
    ['more', [300, 260, 300, 260, 100]],
  ])('looks at every volume where one between has %s than the others', async (_, sizes) => {
    const size = sizes.reduce((sum, length) => sum + length);
    const volumes = sizes.map((length, number) => {
      const at = { fromPrevious: number > 0, toNext: number < 4, length, size };
      const header = { number, isVolume: true, isLast: number === 4, naming: 'part' } as const;
      const filler = rar3With(rar3Writer.file({ ...piece, path: '12345678', length: 0, size: 0 }), {
        2: 0x7a,
      });
      return Buffer.concat([
        rar3Writer.start(header),
        ...(length === 260 ? [filler] : []),
        rar3Writer.file({ ...piece, ...at }),
        Buffer.alloc(length, number),
        rar3Writer.end(header),
      ]);
    });
    expect(new Set(volumes.slice(0, 4).map(({ length }) => length)).size).toBe(1);
    const [found] = storedFiles(await layoutOf(...volumes));
    expect(found?.extents.map(({ length, confirmed }) => [length, confirmed])).toEqual(
      sizes.map((length) => [length, true]),
    );
  });

  it('takes the first volume alone where it says that it is all', async () => {
    const whole = Buffer.concat([start, ...stored, rar3Writer.end(alone)]);
    expect(await layoutOf(whole, Buffer.from('something else'))).toMatchObject({
      files: [{ path: 'b.srt' }],
    });
  });

  it('leaves out the second of two files with one path', async () => {
    const layout = await layoutOf(Buffer.concat([start, ...stored, ...stored]));
    expect(layout).toMatchObject({
      files: [{ path: 'b.srt' }],
      leftOut: [{ path: 'b.srt', reason: 'Another file in the archive has the same path.' }],
    });
  });
});

describe('names of RAR 3', () => {
  const nameOf = async (name: Buffer, flags: number): Promise<string | undefined> => {
    const header = rar3Writer.file({ ...piece, path: 'x'.repeat(name.length), size: 0, length: 0 });
    name.copy(header, 32);
    const bytes = Buffer.concat([rar3Writer.start(alone), rar3With(header, { 4: 0x80 | flags })]);
    return storedFiles(await layoutOf(bytes))[0]?.path;
  };

  it.each([
    ['a run of the plain name', '61626364 00 00 c0 02', 'abcd'],
    ['a run with a correction under the high byte', '61626364 00 04 c0 82 cf', 'абвг'],
    ['each kind of step', '5f5f5f5f5f 00 30 1b 41 42 e565 83 00 00 2e', 'A\u3042\u65e5\u305f\u305f.'],
  ])('come from %s', async (_, hex, expected) => {
    expect(await nameOf(Buffer.from(hex.replaceAll(' ', ''), 'hex'), 2)).toBe(expected);
  });

  it('are UTF-8 where they are that, and Latin-1 where not', async () => {
    expect(await nameOf(Buffer.from('é.mkv'), 0)).toBe('é.mkv');
    expect(await nameOf(Buffer.from('é.mkv'), 2)).toBe('é.mkv');
    expect(await nameOf(Buffer.from('e9 2e 6d6b76'.replaceAll(' ', ''), 'hex'), 0)).toBe('é.mkv');
  });

  it('have components between slashes of both kinds', async () => {
    expect(await nameOf(Buffer.from('/a\\b//./c'), 0)).toBe('a/b/c');
  });
});

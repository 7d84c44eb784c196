import { describe, expect, it } from 'vitest';
import { bufferContent, contentBytes, generatedContent } from '../../src/emulator/content.js';
import { storedRar } from '../../src/emulator/rar.js';
import { singleFile, torrent } from '../../src/emulator/world.js';
import { bytesOf } from '../archives/built.js';
import { ask, get, post } from './http-client.js';
import { account, started } from './started.js';

/** What 7-Zip 26.02, bsdtar 3.6.2 and unar 1.10.1 list and extract with its name and bytes (tried 2026-11). */
const known = {
  rar3:
    '526172211a0700cf907300000d00000000000000c14e74008237000300000003000000027a7a6fed0000215014301700' +
    '20000000645c5f5f20706c61696e2e747874003004645c42e9c00868690ac43d7b00400700',
  rar5:
    '526172211a070100c51a33320301000073f21a9f240202030603a4830280e00b5e7a7a6fed000111642fe38182c3a920' +
    '706c61696e2e74787468690a19b23a3503050000',
} as const;

const namesOf = (naming: 'part' | 'old', size: number): string[] =>
  storedRar({
    format: 'rar3',
    files: [{ path: 'a', source: generatedContent('', '', size) }],
    naming,
    baseName: 'x',
    volumeBytes: 1000,
  }).map(({ name }) => name);

describe('an archive of the emulator', () => {
  it.each(['rar3', 'rar5'] as const)('is what other programs read as %s', async (format) => {
    const files = [{ path: 'd/\u3042é plain.txt', source: bufferContent(Buffer.from('hi\n')) }];
    const [archive] = storedRar({ format, files, naming: 'part', baseName: 'x' });
    expect(archive?.name).toBe('x.rar');
    expect(archive && (await bytesOf(archive.source)).toString('hex')).toBe(known[format]);
  });

  it('has volumes of the size asked for, named as RAR names them', () => {
    const old = namesOf('old', 200_000);
    expect(old.slice(0, 3)).toEqual(['x.rar', 'x.r00', 'x.r01']);
    expect(old.slice(100, 102)).toEqual(['x.r99', 'x.s00']);
    expect(namesOf('part', 5000).slice(0, 2)).toEqual(['x.part1.rar', 'x.part2.rar']);
    expect(namesOf('part', 50_000).slice(8, 10)).toEqual(['x.part09.rar', 'x.part10.rar']);
    const files = [{ path: 'a', source: generatedContent('', '', 5000) }];
    const volumes = storedRar({ format: 'rar5', files, naming: 'old', baseName: 'x', volumeBytes: 1000 });
    expect(volumes.slice(0, -1).every(({ source }) => source.size === 1000)).toBe(true);
  });

  it('refuses volumes that have no room', () => {
    const files = [{ path: 'a', source: generatedContent('', '', 5000) }];
    const small = { format: 'rar3', files, naming: 'old', baseName: 'x', volumeBytes: 60 } as const;
    expect(() => storedRar(small)).toThrow(RangeError);
  });

  it.each(['rar3', 'rar5'] as const)('is the same in pieces as in one, in %s', async (format) => {
    const files = ['a', 'b'].map((path) => ({ path, source: generatedContent('', path, 40) }));
    const [archive] = storedRar({ format, files, naming: 'part', baseName: 'x' });
    if (archive === undefined) throw new Error('There is no archive.');
    const whole = await bytesOf(archive.source);
    expect(whole).toHaveLength(archive.source.size);
    for (let start = 0; start < whole.length; start += 1) {
      expect(
        await bytesOf(archive.source, start, start + 7 > whole.length ? whole.length : start + 7),
      ).toEqual(whole.subarray(start, start + 7));
    }
  });
});

describe('the archive of a mixed selection', () => {
  const mixed = torrent('Mixed.2019', [
    { path: 'Mixed.2019/what? | a "film".mkv', size: 3000 },
    { path: 'Mixed.2019/note.txt', size: 10 },
  ]);
  const archiveOf = async (rarContent: 'stored' | 'opaque'): Promise<Buffer> => {
    const items = [{ torrent: mixed }, { torrent: singleFile('other.mkv', 1) }];
    const world = { accounts: [account('real-debrid', items)] };
    const { urls } = await started({ world, knobs: { realDebrid: { rarContent } } });
    const base = `${urls.realDebrid}/rest/1.0`;
    const rows = (await get(`${base}/torrents`, 'real-debrid')).json() as {
      filename: string;
      links: string[];
    }[];
    const link = rows.find(({ filename }) => filename === mixed.name)?.links[0] ?? '';
    const answer = await post(`${base}/unrestrict/link`, 'real-debrid', { link });
    return (await ask((answer.json() as { download: string }).download)).body;
  };

  it('holds its files as they are, under names that Windows takes', async () => {
    const archive = await archiveOf('stored');
    expect(archive.includes('Mixed.2019\\what_ _ a _film_.mkv')).toBe(true);
    for (const { path, size } of mixed.files) {
      expect(archive.includes(contentBytes(mixed.hash, path, 0, size))).toBe(true);
    }
  });

  it('is as large where it is opaque', async () => {
    const opaque = await archiveOf('opaque');
    expect(opaque.subarray(0, 4)).not.toEqual(Buffer.from('Rar!'));
    expect(opaque).toHaveLength((await archiveOf('stored')).length);
  });
});

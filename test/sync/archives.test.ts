import { describe, expect, it } from 'vitest';
import { contentBytes, generatedContent, type ContentSource } from '../../src/emulator/content.js';
import { storedRar, type RarSettings } from '../../src/emulator/rar.js';
import { torrent, type FileSpec, type WorldTorrent } from '../../src/emulator/world.js';
import { explainFromTree } from '../../src/server/explain-tree.js';
import { startWhole, type WholeLibrary } from '../support/whole-library.js';

const kibibyte = 1024;

async function bytesOf(source: ContentSource): Promise<Buffer> {
  const slices: Buffer[] = [];
  for await (const slice of source.slices(0, source.size)) slices.push(slice);
  return Buffer.concat(slices);
}

const filmBytes = 700 * kibibyte;
const film = generatedContent('0'.repeat(40), 'film', filmBytes);

/** A film in a set of volumes, as a torrent. */
async function setOf(over: Partial<RarSettings> = {}): Promise<WorldTorrent> {
  const volumes = storedRar({
    format: 'rar3',
    files: [{ path: 'A.Film.2020.1080p.BluRay.x264-GRP.mkv', source: film }],
    volumeBytes: 100 * kibibyte,
    naming: 'old',
    baseName: 'grp-film',
    ...over,
  });
  const name = 'A.Film.2020.1080p.BluRay.x264-GRP';
  const files: FileSpec[] = [];
  for (const { name: file, source } of volumes)
    files.push({ path: `${name}/${file}`, content: await bytesOf(source) });
  return torrent(name, files);
}

const place = 'movies/A Film (2020)/A Film (2020) - [1080p BluRay x264-GRP].mkv';

async function shown({ files }: WholeLibrary, path = place): Promise<void> {
  await expect.poll(() => files('movies/'), { timeout: 15_000 }).toContain(path);
}

async function expectFilm(library: WholeLibrary, path = place): Promise<void> {
  const { read, node } = library;
  expect(node(path).size).toBe(filmBytes);
  const whole = contentBytes('0'.repeat(40), 'film', 0, filmBytes);
  expect((await read(path, 0, filmBytes)).equals(whole)).toBe(true);
  for (const offset of [0, 99 * kibibyte, 100 * kibibyte - 7, 250_001, filmBytes - 5])
    expect(await read(path, offset, 300)).toEqual(whole.subarray(offset, offset + 300));
}

describe('what lies uncompressed in an archive', () => {
  it.each([
    ['a RAR 3 set with old names', {}],
    ['a RAR 3 set with new names', { naming: 'part' }],
    ['a RAR 5 set', { format: 'rar5', naming: 'part' }],
    ['one RAR 5 file', { format: 'rar5', volumeBytes: 10 * filmBytes }],
  ] as const)('is shown at its place and read by offset: %s', async (_what, over) => {
    const library = await startWhole({
      world: { accounts: [{ service: 'alldebrid', token: 'ad', items: [{ torrent: await setOf(over) }] }] },
    });
    await shown(library);
    await expectFilm(library);
    expect(library.files('all/').filter((path) => path.endsWith('.mkv'))).toEqual([]);
    expect(explainFromTree(library.library.tree, place, () => null).reasons.join(' ')).toContain(
      'it lies in an archive without compression',
    );
    expect(library.emulator.log.destructive()).toEqual([]);
    const volumes = library.files('all/').length;
    expect(library.emulator.log.count({ path: /link\/unlock/ })).toBeLessThanOrEqual(volumes);
  });

  it('costs three links to be found, whatever the number of volumes', async () => {
    const library = await startWhole({
      world: {
        accounts: [
          {
            service: 'alldebrid',
            token: 'ad',
            items: [{ torrent: await setOf({ volumeBytes: 40 * kibibyte }) }],
          },
        ],
      },
    });
    await shown(library);
    expect(library.emulator.log.count({ path: /link\/unlock/ })).toBe(3);
  });

  it('is, where Real-Debrid packed a torrent, the same file that another account holds as it is', async () => {
    const name = 'A.Film.2020.1080p.BluRay.x264-GRP';
    const mixed = torrent(name, [
      { path: `${name}/${name}.mkv`, content: await bytesOf(film) },
      { path: `${name}/${name}.en.srt`, size: 4_000 },
    ]);
    const library = await startWhole({
      world: {
        accounts: [
          { service: 'real-debrid', token: 'rd', items: [{ torrent: mixed }] },
          { service: 'alldebrid', token: 'ad', items: [{ torrent: mixed }] },
        ],
      },
    });
    const { emulator, node, files, read, library: held } = library;
    await expect
      .poll(() => files('accounts/real-debrid/'), { timeout: 15_000 })
      .toContain(`accounts/real-debrid/${name}/${name}.mkv`);
    expect(files('movies/')).toEqual([
      'movies/A Film (2020)/A Film (2020) - [1080p BluRay x264-GRP].en.srt',
      place,
    ]);
    const sources = held.tree.sources(node(place).content);
    expect(sources.map(({ account, inside }) => [account, inside === undefined])).toEqual([
      ['real-debrid', false],
      ['alldebrid', true],
    ]);
    await expectFilm(library, `accounts/real-debrid/${name}/${name}.mkv`);
    emulator.faults.add({ at: 'rd-cdn', action: { kind: 'refuse' } });
    emulator.faults.add({ at: 'rd-api', path: /unrestrict/, action: { kind: 'refuse' } });
    library.reader.close();
    expect(await read(place, 500_000, 100)).toHaveLength(100);
  });

  it('is trouble while a volume is damaged, and comes once it is whole', async () => {
    const library = await startWhole({
      world: { accounts: [{ service: 'alldebrid', token: 'ad', items: [{ torrent: await setOf() }] }] },
      // It gives up soon, but not at once: 200 ms are enough on a busy machine.
      patienceMs: 2_000,
      speed: 10,
    });
    await shown(library);
    // The fourth volume: one of those that were not looked at.
    const fault = library.emulator.faults.add({
      at: 'ad-cdn',
      path: /grp-film\.r02/,
      action: { kind: 'corrupt', offset: 30 },
    });
    const failure = await library.read(place, 350 * kibibyte, 100).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'wrong-bytes' });
    expect((failure as Error).message).toMatch(/volume of the archive/);
    expect(await library.read(place, 50_000, 100)).toHaveLength(100);
    library.emulator.faults.remove(fault);
    const whole = contentBytes('0'.repeat(40), 'film', 350 * kibibyte, 350 * kibibyte + 100);
    await expect
      .poll(() => library.read(place, 350 * kibibyte, 100).catch(() => null), { timeout: 15_000 })
      .toEqual(whole);
  });

  it('is looked for again where its first volume was damaged', async () => {
    const broken = await setOf();
    const library = await startWhole({
      world: { accounts: [{ service: 'alldebrid', token: 'ad', items: [] }] },
      patienceMs: 20_000,
    });
    const { emulator, engine, files } = library;
    const fault = emulator.faults.add({
      at: 'ad-cdn',
      path: /grp-film\.rar/,
      action: { kind: 'corrupt', offset: 12 },
    });
    emulator.world.addItem('ad', { torrent: broken });
    await engine.syncNow();
    await engine.settled();
    await expect.poll(() => emulator.faults.fired(fault)).toBeGreaterThan(0);
    expect(files('movies/')).toEqual([]);
    emulator.faults.remove(fault);
    await expect
      .poll(
        async () => {
          await engine.syncNow();
          return files('movies/');
        },
        { timeout: 30_000, interval: 500 },
      )
      .toEqual([place]);
  });

  it('stays with its archive where it is no archive at all', async () => {
    const fake = torrent('Some.Film.2021.1080p', [{ path: 'Some.Film.2021.1080p/x.rar', size: 5_000 }]);
    const library = await startWhole({
      world: { accounts: [{ service: 'torbox', token: 'tb', items: [{ torrent: fake }] }] },
    });
    await expect.poll(() => library.emulator.log.count({ role: 'tb-cdn' })).toBeGreaterThan(0);
    await expect.poll(() => library.library.librarian.unknownArchives(9)).toEqual([]);
    expect(library.files('')).toEqual([
      '.debridfs-mounted',
      'accounts/torbox/Some.Film.2021.1080p/x.rar',
      'all/Some.Film.2021.1080p/x.rar',
      'other/Some.Film.2021.1080p/x.rar',
    ]);
    const { reasons } = explainFromTree(library.library.tree, 'all/Some.Film.2021.1080p/x.rar', () => null);
    expect(reasons).toEqual([expect.stringMatching(/^Nothing inside of it is shown: It is no RAR archive/)]);
  });
});

import { statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samples } from '../../src/emulator/demo-world.js';
import type { WorldAccount } from '../../src/emulator/world.js';
import { needs, scanWithMinidlna } from '../support/clients.js';
import { run } from '../support/mount-harness.js';
import { MountedProgram, until } from '../support/mounted-program.js';

/** The samples of this library, and how many seconds each lasts. */
const lengths = {
  'agent-327.mp4': 4,
  'big-buck-bunny.1080p.mkv': 6,
  'big-buck-bunny.2160p.mkv': 6,
  'caminandes.s01e01.mkv': 4,
  'caminandes.s01e02.mkv': 4,
  'caminandes.s01e03.mkv': 4,
  'caminandes.s02e01e02.mkv': 5,
  'caminandes.s02e03.mkv': 4,
  'cosmos-laundromat.mkv': 4,
  'elephants-dream.extra.mkv': 4,
  'elephants-dream.mp4': 6,
  'morevna.01.mkv': 4,
  'morevna.02.mkv': 4,
  'morevna.03.mkv': 4,
  'sintel.mkv': 8,
  'spring.mpegts': 4,
  'tears-of-steel.mp4': 10,
} as const;
type Sample = keyof typeof lengths;

function sampleFile(sample: string): string {
  return fileURLToPath(new URL(`../../src/emulator/media/${sample}`, import.meta.url));
}

/** A torrent with one root folder, which has its name. */
function folderOf(name: string, files: Readonly<Record<string, string>>): ReturnType<typeof samples> {
  return samples(
    name,
    Object.fromEntries(Object.entries(files).map(([path, sample]) => [`${name}/${path}`, sample])),
  );
}

const seasonPack = folderOf('Caminandes.2013.S01.1080p.WEB-DL.x264-LLAMA', {
  'Caminandes.2013.S01E01.Llama.Drama.1080p.WEB-DL.x264-LLAMA.mkv': 'caminandes.s01e01.mkv',
  'Caminandes.2013.S01E02.Gran.Dillama.1080p.WEB-DL.x264-LLAMA.mkv': 'caminandes.s01e02.mkv',
  'Caminandes.2013.S01E03.Llamigos.1080p.WEB-DL.x264-LLAMA.mkv': 'sintel.mkv',
  'Sample/caminandes.2013.s01e01.sample-llama.mp4': 'tears-of-steel.sample.mp4',
  'Subs/Caminandes.2013.S01E02.Gran.Dillama.1080p.WEB-DL.x264-LLAMA/2_English.srt': 'caminandes.s02e03.srt',
});
const doubleEpisode = folderOf('Caminandes.2013.S02.720p.HDTV.x264-KORO', {
  'Caminandes.2013.S02E01E02.720p.HDTV.x264-KORO.en.srt': 'caminandes.s02e01e02.srt',
  'Caminandes.2013.S02E01E02.720p.HDTV.x264-KORO.mkv': 'caminandes.s02e01e02.mkv',
  'Caminandes.2013.S02E03.720p.HDTV.x264-KORO.mkv': 'caminandes.s02e03.mkv',
});
const animeBatch = folderOf('[Marya] Morevna (01-03) [1080p]', {
  'Extras/[Marya] Morevna - NCOP [1080p][3D4E5F60].mkv': 'elephants-dream.extra.mkv',
  '[Marya] Morevna - 01 [1080p][0A1B2C3D].mkv': 'morevna.01.mkv',
  '[Marya] Morevna - 02v2 [1080p][1B2C3D4E].mkv': 'morevna.02.mkv',
  '[Marya] Morevna - 03 [1080p][2C3D4E5F].mkv': 'morevna.03.mkv',
});
const oneVersion = samples('Big.Buck.Bunny.2008.1080p.BluRay.x264-PEACH.mkv', {
  'Big.Buck.Bunny.2008.1080p.BluRay.x264-PEACH.mkv': 'big-buck-bunny.1080p.mkv',
});
const anotherVersion = folderOf('Big Buck Bunny (2008) [2160p] [WEB-DL] [x265] [BUNNY]', {
  'Big.Buck.Bunny.2008.2160p.WEB-DL.x265-BUNNY.mkv': 'big-buck-bunny.2160p.mkv',
});
const filmWithMore = folderOf('Tears.of.Steel.2012.1080p.BluRay.x264-MANGO', {
  'Featurettes/Making.Of.mp4': 'elephants-dream.mp4',
  'Proof/proof-mango.jpg': 'tears-of-steel.proof.jpg',
  'Sample/tears.of.steel.2012.1080p.sample-mango.mp4': 'tears-of-steel.sample.mp4',
  'Subs/2_English.srt': 'tears-of-steel.srt',
  'Subs/3_German.srt': 'elephants-dream.de.srt',
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO.mp4': 'tears-of-steel.mp4',
  'mango.nfo': 'tears-of-steel.nfo',
});
const showAndFilm = folderOf('Laundromat Collection 1080p WEB-DL x264-GOOSE', {
  'Cosmos.Laundromat.2015.1080p.WEB-DL.x264-GOOSE.mkv': 'cosmos-laundromat.mkv',
  'Laundromat.S01E01.1080p.WEB-DL.x264-GOOSE.mkv': 'caminandes.s01e03.mkv',
  'Laundromat.S01E02.1080p.WEB-DL.x264-GOOSE.mkv': 'caminandes.s02e01e02.mkv',
});
const miniSeries = folderOf('Elephants.Dream.2006.DVDRip.XviD-ORANGE', {
  'Elephants.Dream.1of2.Proog.mp4': 'elephants-dream.mp4',
  'Elephants.Dream.2of2.Emo.mp4': 'agent-327.mp4',
});
const namelessFilm = folderOf('Agent.327.Operation.Barbershop.2017.720p.WEB.h264-BARBER', {
  'b7d2e9f01c5a4e8d.mp4': 'agent-327.mp4',
  'b7d2e9f01c5a4e8d.nfo': 'tears-of-steel.nfo',
});
const namelessEpisode = folderOf('Spring.2019.S01E04.1080p.HDTV.h264-NZB', {
  '5f0c7e21a9d84b36.ts': 'spring.mpegts',
});

/** What users select on Real-Debrid, which would pack anything else into an archive. */
const select = ({ path }: { readonly path: string }): boolean => /\.(?:mkv|mp4)$/.test(path);

/** Some torrents are held twice, so that nothing may be listed twice for it. */
const holders: readonly Omit<WorldAccount, 'token'>[] = [
  {
    service: 'real-debrid',
    items: [seasonPack, oneVersion, miniSeries, namelessFilm].map((torrent) => ({ torrent, select })),
  },
  {
    service: 'alldebrid',
    items: [seasonPack, anotherVersion, filmWithMore, namelessFilm, animeBatch, showAndFilm].map(
      (torrent) => ({ torrent }),
    ),
  },
  {
    service: 'torbox',
    items: [
      ...[doubleEpisode, oneVersion, filmWithMore].map((torrent) => ({ torrent })),
      { torrent: namelessEpisode, list: 'usenet' },
    ],
  },
];

/** Every video of the library, and the sample that it is. */
const shown: Readonly<Record<string, Sample>> = {
  'movies/Agent 327 Operation Barbershop (2017)/Agent 327 Operation Barbershop (2017) - [720p WEB H264-BARBER].mp4':
    'agent-327.mp4',
  'movies/Big Buck Bunny (2008)/Big Buck Bunny (2008) - [1080p BluRay x264-PEACH].mkv':
    'big-buck-bunny.1080p.mkv',
  'movies/Big Buck Bunny (2008)/Big Buck Bunny (2008) - [2160p WEB-DL x265-BUNNY].mkv':
    'big-buck-bunny.2160p.mkv',
  'movies/Cosmos Laundromat (2015)/Cosmos Laundromat (2015) - [1080p WEB-DL x264-GOOSE].mkv':
    'cosmos-laundromat.mkv',
  'movies/Tears of Steel (2012)/Featurettes/Making.Of.mp4': 'elephants-dream.mp4',
  'movies/Tears of Steel (2012)/Tears of Steel (2012) - [1080p BluRay x264-MANGO].mp4': 'tears-of-steel.mp4',
  'shows/Caminandes (2013)/Season 01/Caminandes (2013) - S01E01 - [1080p WEB-DL x264-LLAMA].mkv':
    'caminandes.s01e01.mkv',
  'shows/Caminandes (2013)/Season 01/Caminandes (2013) - S01E02 - [1080p WEB-DL x264-LLAMA].mkv':
    'caminandes.s01e02.mkv',
  'shows/Caminandes (2013)/Season 01/Caminandes (2013) - S01E03 - [1080p WEB-DL x264-LLAMA].mkv':
    'sintel.mkv',
  'shows/Caminandes (2013)/Season 02/Caminandes (2013) - S02E01-E02 - [720p HDTV x264-KORO].mkv':
    'caminandes.s02e01e02.mkv',
  'shows/Caminandes (2013)/Season 02/Caminandes (2013) - S02E03 - [720p HDTV x264-KORO].mkv':
    'caminandes.s02e03.mkv',
  'shows/Elephants Dream (2006)/Season 01/Elephants Dream (2006) - S01E01 - [DVDRip XviD-ORANGE].mp4':
    'elephants-dream.mp4',
  'shows/Elephants Dream (2006)/Season 01/Elephants Dream (2006) - S01E02 - [DVDRip XviD-ORANGE].mp4':
    'agent-327.mp4',
  'shows/Laundromat/Season 01/Laundromat - S01E01 - [1080p WEB-DL x264-GOOSE].mkv': 'caminandes.s01e03.mkv',
  'shows/Laundromat/Season 01/Laundromat - S01E02 - [1080p WEB-DL x264-GOOSE].mkv':
    'caminandes.s02e01e02.mkv',
  'shows/Morevna/Other/[Marya] Morevna - NCOP [1080p][3D4E5F60].mkv': 'elephants-dream.extra.mkv',
  'shows/Morevna/Season 01/Morevna - S01E01 - [1080p-Marya].mkv': 'morevna.01.mkv',
  'shows/Morevna/Season 01/Morevna - S01E02 - [1080p-Marya].mkv': 'morevna.02.mkv',
  'shows/Morevna/Season 01/Morevna - S01E03 - [1080p-Marya].mkv': 'morevna.03.mkv',
  'shows/Spring (2019)/Season 01/Spring (2019) - S01E04 - [1080p HDTV H264-NZB].ts': 'spring.mpegts',
};

describe('a library of all that makes naming hard', { timeout: 120_000 }, () => {
  let program: MountedProgram;

  beforeAll(async () => {
    program = await MountedProgram.create(holders);
    await program.start();
    const items = holders.reduce((sum, holder) => sum + holder.items.length, 0);
    await until('everything that the accounts hold', async () => {
      const folders = ['-mindepth', '2', '-maxdepth', '2', '-printf', '.'];
      return (await run('find', join(program.mountpoint, 'accounts'), ...folders)).stdout.length === items;
    });
  });
  afterAll(async () => {
    await program.end();
  });

  it('is scanned by minidlna, which lists every movie and episode once, with its length', async (context) => {
    await needs(context, 'minidlnad', 'minidlna');
    const folders = ['movies', 'shows'].map((view) => join(program.mountpoint, view));
    const listed = await scanWithMinidlna(join(program.folder, 'minidlna'), folders);
    const expected = Object.entries(shown).map(([path, sample]) => ({
      path: join(program.mountpoint, path),
      title: basename(path, extname(path)),
      size: statSync(sampleFile(sample)).size,
      seconds: lengths[sample],
    }));
    const rounded = listed.map(({ seconds, ...video }) => ({
      ...video,
      seconds: seconds === null ? null : Math.round(seconds),
    }));
    expect(rounded).toEqual(expected);
    expect(program.emulator.log.destructive()).toEqual([]);
  });

  it('is made of samples that are as long as they are said to be', async (context) => {
    await needs(context, 'ffprobe', 'ffmpeg');
    const probe = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0'];
    for (const [sample, seconds] of Object.entries(lengths)) {
      const { stdout } = await run('ffprobe', ...probe, sampleFile(sample));
      expect(Math.round(Number(stdout)), sample).toBe(seconds);
    }
  });
});

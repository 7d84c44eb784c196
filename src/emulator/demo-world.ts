import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AccountName, ServiceName } from '../core/account.js';
import { diskContent } from './content.js';
import type { Catalogue } from './nekobt/catalogue.js';
import { storedRar } from './rar.js';
import {
  hosterLink,
  torrent,
  type World,
  type WorldItem,
  type WorldLink,
  type WorldTorrent,
} from './world.js';

/** The committed samples; the same from `src/emulator/` and from `dist/emulator/`. */
const mediaFolder = new URL('../../src/emulator/media/', import.meta.url);

/** An account of the demonstration, as a configuration names it. */
export interface DemoAccount {
  readonly name: AccountName;
  readonly service: ServiceName;
  readonly token: string;
}

export const demoAccounts = [
  { name: 'rd', service: 'real-debrid', token: 'DEMOREALDEBRIDTOKEN' },
  { name: 'ad', service: 'alldebrid', token: 'demoAllDebridKey00000' },
  { name: 'tb', service: 'torbox', token: 'de300000-0000-4000-8000-00000000demo' },
  { name: 'portal', service: 'storage-portal', token: `obb_${'demo'.repeat(8)}` },
] as const satisfies readonly DemoAccount[];

/** A torrent of samples: the path of each file, and the sample that is its bytes. */
export function samples(name: string, files: Readonly<Record<string, string>>): WorldTorrent {
  return torrent(
    name,
    Object.entries(files).map(([path, sample]) => ({
      path,
      content: fileURLToPath(new URL(sample, mediaFolder)),
    })),
  );
}

const sintel = samples('Sintel.2010.1080p.BluRay.x264-DURIAN.mkv', {
  'Sintel.2010.1080p.BluRay.x264-DURIAN.mkv': 'sintel.mkv',
});

const bigBuckBunny1080p = samples('Big.Buck.Bunny.2008.1080p.BluRay.x264-PEACH.mkv', {
  'Big.Buck.Bunny.2008.1080p.BluRay.x264-PEACH.mkv': 'big-buck-bunny.1080p.mkv',
});

const bigBuckBunny2160p = samples('Big.Buck.Bunny.2008.2160p.WEB-DL.x265-BUNNY', {
  'Big.Buck.Bunny.2008.2160p.WEB-DL.x265-BUNNY/Big.Buck.Bunny.2008.2160p.WEB-DL.x265-BUNNY.mkv':
    'big-buck-bunny.2160p.mkv',
});

const tearsOfSteel = samples('Tears.of.Steel.2012.1080p.BluRay.x264-MANGO', {
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO/Proof/proof-mango.jpg': 'tears-of-steel.proof.jpg',
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO/Sample/tears.of.steel.2012.1080p.sample-mango.mp4':
    'tears-of-steel.sample.mp4',
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO/Tears.of.Steel.2012.1080p.BluRay.x264-MANGO.en.srt':
    'tears-of-steel.srt',
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO/Tears.of.Steel.2012.1080p.BluRay.x264-MANGO.mp4':
    'tears-of-steel.mp4',
  'Tears.of.Steel.2012.1080p.BluRay.x264-MANGO/mango.nfo': 'tears-of-steel.nfo',
});

const elephantsDream = samples('Elephants.Dream.2006.720p.WEBRip.x264-ORANGE', {
  'Elephants.Dream.2006.720p.WEBRip.x264-ORANGE/Elephants.Dream.2006.720p.WEBRip.x264-ORANGE.mp4':
    'elephants-dream.mp4',
  'Elephants.Dream.2006.720p.WEBRip.x264-ORANGE/Subs/English.srt': 'elephants-dream.en.srt',
  'Elephants.Dream.2006.720p.WEBRip.x264-ORANGE/Subs/German.srt': 'elephants-dream.de.srt',
});

/** A video and a text selected together: Real-Debrid packs them into an archive without compression. */
const elephantsDreamPacked = samples('Elephants.Dream.2006.COMPLETE.EXTRAS-ORANGE', {
  'Elephants.Dream.2006.COMPLETE.EXTRAS-ORANGE/elephants-dream-extra.mkv': 'elephants-dream.extra.mkv',
  'Elephants.Dream.2006.COMPLETE.EXTRAS-ORANGE/elephants-dream-extra.srt': 'elephants-dream.en.srt',
});

const cosmosLaundromat = samples('Cosmos.Laundromat.2015.2160p.WEB-DL.x265-GOOSEBERRY.mkv', {
  'Cosmos.Laundromat.2015.2160p.WEB-DL.x265-GOOSEBERRY.mkv': 'cosmos-laundromat.mkv',
});

const caminandesSeason1 = samples('Caminandes.S01.1080p.WEB-DL.x264-LLAMA', {
  'Caminandes.S01.1080p.WEB-DL.x264-LLAMA/Caminandes.S01E01.Llama.Drama.1080p.WEB-DL.x264-LLAMA.mkv':
    'caminandes.s01e01.mkv',
  'Caminandes.S01.1080p.WEB-DL.x264-LLAMA/Caminandes.S01E02.Gran.Dillama.1080p.WEB-DL.x264-LLAMA.mkv':
    'caminandes.s01e02.mkv',
  'Caminandes.S01.1080p.WEB-DL.x264-LLAMA/Caminandes.S01E03.Llamigos.1080p.WEB-DL.x264-LLAMA.mkv':
    'caminandes.s01e03.mkv',
});

const caminandesSeason2 = samples('Caminandes.S02.720p.HDTV.x264-KORO', {
  'Caminandes.S02.720p.HDTV.x264-KORO/Caminandes.S02E01-E02.720p.HDTV.x264-KORO.mkv':
    'caminandes.s02e01e02.mkv',
  'Caminandes.S02.720p.HDTV.x264-KORO/Caminandes.S02E01-E02.720p.HDTV.x264-KORO.en.srt':
    'caminandes.s02e01e02.srt',
  'Caminandes.S02.720p.HDTV.x264-KORO/Caminandes.S02E03.720p.HDTV.x264-KORO.mkv': 'caminandes.s02e03.mkv',
  'Caminandes.S02.720p.HDTV.x264-KORO/Caminandes.S02E03.720p.HDTV.x264-KORO.en.srt': 'caminandes.s02e03.srt',
});

const morevna = samples('[Marya] Morevna (01-03) [1080p]', {
  '[Marya] Morevna (01-03) [1080p]/[Marya] Morevna - 01 [1080p][0A1B2C3D].mkv': 'morevna.01.mkv',
  '[Marya] Morevna (01-03) [1080p]/[Marya] Morevna - 02 [1080p][1B2C3D4E].mkv': 'morevna.02.mkv',
  '[Marya] Morevna (01-03) [1080p]/[Marya] Morevna - 03 [1080p][2C3D4E5F].mkv': 'morevna.03.mkv',
});

/** Names that nobody can place by themselves: letters for a title, and episodes counted through all seasons. */
const pepperBatch = samples('[Marya] PC (13-15) [1080p]', {
  '[Marya] PC (13-15) [1080p]/[Marya] PC - 13 [1080p][4D5E6F70].mkv': 'morevna.01.mkv',
  '[Marya] PC (13-15) [1080p]/[Marya] PC - 14 [1080p][5E6F7081].mkv': 'morevna.02.mkv',
  '[Marya] PC (13-15) [1080p]/[Marya] PC - 15 [1080p][6F708192].mkv': 'morevna.03.mkv',
});

/** The next episode, which no account holds yet. */
const pepperNext = {
  ...samples('[Marya] PC - 16 [1080p][708192A3].mkv', {
    '[Marya] PC - 16 [1080p][708192A3].mkv': 'caminandes.s01e03.mkv',
  }),
  cachedOn: ['torbox'],
} as const;

/** What nekoBT says of them. */
const catalogue: Catalogue = {
  media: [
    {
      id: 's2016',
      title: 'Pepper & Carrot',
      year: 2016,
      tvdbId: 900016,
      tmdbId: 90016,
      imdbId: null,
      episodes: [1, 2, 3, 4].map((episode) => ({
        id: 20160 + episode,
        season: 2,
        episode,
        absolute: 12 + episode,
        title: `Episode ${12 + episode}`,
      })),
    },
  ],
  torrents: [
    {
      id: '7310256402349064193',
      torrent: pepperBatch,
      title: '[Marya] Pepper & Carrot (13-15) [1080p]',
      mediaId: 's2016',
      episodeIds: [20161, 20162, 20163],
      group: 'Marya',
      seeders: 12,
      audio: 'en',
      subtitles: 'fr,de',
      uploadedMs: Date.UTC(2026, 8, 20),
    },
    {
      id: '7310256402349064197',
      torrent: pepperNext,
      title: '[Marya] Pepper & Carrot - 16 [1080p]',
      mediaId: 's2016',
      episodeIds: [20164],
      group: 'Marya',
      seeders: 52,
      audio: 'en',
      subtitles: 'fr,de',
      uploadedMs: Date.UTC(2026, 9, 20),
    },
  ],
};

const spring = samples('Spring.2019.1080p.HDTV.h264-NZB', {
  'Spring.2019.1080p.HDTV.h264-NZB/Spring.2019.1080p.HDTV.h264-NZB.ts': 'spring.mpegts',
});

const agent327 = samples('Agent.327.Operation.Barbershop.2017.720p.WEB.h264-BARBER.mp4', {
  'Agent.327.Operation.Barbershop.2017.720p.WEB.h264-BARBER.mp4': 'agent-327.mp4',
});

/** A film without compression in three volumes, as scene releases come. */
function inVolumes(name: string, sample: string): WorldTorrent {
  const path = fileURLToPath(new URL(sample, mediaFolder));
  const source = diskContent(path, statSync(path).size);
  const volumes = storedRar({
    format: 'rar5',
    files: [{ path: `${name}.mkv`, source }],
    volumeBytes: Math.ceil(source.size / 2.5),
    naming: 'part',
    baseName: name.toLowerCase(),
  });
  return torrent(
    name,
    volumes.map((volume) => ({ path: `${name}/${volume.name}`, content: volume.source })),
  );
}

const hero = inVolumes('Hero.2018.1080p.BluRay.x264-BLEND', 'hero.mkv');

/** A film at a file hoster. */
function atHoster(url: string, name: string, sample: string): WorldLink {
  return hosterLink(url, { path: name, content: fileURLToPath(new URL(sample, mediaFolder)) });
}

const coffeeRun = atHoster(
  'https://files.example/coffee-run',
  'Coffee.Run.2020.1080p.WEB.x264-BLEND.mkv',
  'coffee-run.mkv',
);
const wingIt = atHoster(
  'https://files.example/wing-it',
  'Wing.It.2023.720p.WEB.x264-BLEND.mp4',
  'wing-it.mp4',
);
const spriteFright = atHoster(
  'https://files.example/sprite-fright',
  'Sprite.Fright.2021.720p.WEB.x264-BLEND.mp4',
  'sprite-fright.mp4',
);
const charge = atHoster('https://vault.example/charge', 'Charge.2022.1080p.WEB.x264-BLEND.mkv', 'charge.mkv');

/** The links file of the demonstration: one that two accounts take, and one that only the portal does, for money. */
export const demoLinks = `# Links of one's own, one a line; debridfs shows those that an account takes.
${spriteFright.url}
${charge.url} name=${charge.file.path} size=${charge.file.size}
`;

/** The link that is for sale. */
export const demoOffer = charge.url;

/** A day of October 2026: fixed, so that the demonstration's dates are the same each time. */
function added(day: number, item: Omit<WorldItem, 'addedMs'>): WorldItem {
  return { ...item, addedMs: Date.UTC(2026, 9, day, 20) };
}

const [realDebrid, allDebrid, torBox, portal] = demoAccounts;

/** Four accounts that share a library of samples: all that `debridfs demo` shows. */
export const demoWorld: World = {
  hosters: [
    { domain: 'files.example', services: ['real-debrid', 'alldebrid'] },
    { domain: 'vault.example', services: ['storage-portal'] },
  ],
  links: [coffeeRun, wingIt, spriteFright, charge],
  torrents: [pepperNext],
  catalogue,
  accounts: [
    {
      ...realDebrid,
      links: [wingIt.url],
      items: [
        added(1, { torrent: sintel }),
        added(2, { torrent: bigBuckBunny1080p }),
        added(3, { torrent: caminandesSeason1 }),
        added(9, { torrent: elephantsDreamPacked }),
        added(10, { torrent: cosmosLaundromat, state: 'working' }),
      ],
    },
    {
      ...allDebrid,
      links: [coffeeRun.url],
      items: [
        added(4, { torrent: sintel }),
        added(5, { torrent: tearsOfSteel }),
        added(6, { torrent: caminandesSeason2 }),
        added(7, { torrent: hero }),
        added(8, { torrent: pepperBatch }),
      ],
    },
    {
      ...torBox,
      items: [
        added(5, { torrent: bigBuckBunny2160p }),
        added(6, { torrent: elephantsDream }),
        added(7, { torrent: morevna }),
        added(8, { torrent: spring, list: 'usenet' }),
        added(8, { torrent: agent327, list: 'webdl' }),
      ],
    },
    { ...portal, items: [] },
  ],
};

/** The folders and names that decisions come to. Discs keep theirs: see `discs.ts`. */
import type { Decision, Subject } from './decide.js';
import type { ExtraFolder } from './extras.js';
import type { TorrentFacts } from './facts.js';
import type { Home } from './homes.js';
import { idTag, type IdTagStyle } from './id-tags.js';
import { label } from './label.js';
import { cleanComponent, cleanFileName, fitName, maxNameBytes, splitExtension } from './names.js';
import type { LibraryView, PlacedFolder, Placement } from './placement.js';
import { cleanPath, torrentFolderName } from './raw-paths.js';
import { completeRelease } from './release.js';
import type { SortedFile } from './sort-files.js';
import { shownTitle, titleKey } from './titles.js';
import { qualityOf } from './version-quality.js';

/** Longest text that tells a special from the others, in bytes. */
const maxCalledBytes = 40;

/** A film's or an episode's place; null where it is neither. */
export function placeVideo(
  decision: Decision,
  anime: 'shows' | 'separate',
  idTags: IdTagStyle,
): Placement | null {
  const { video, subject, confidence, why, ids } = decision;
  if (subject.kind === 'unknown') return null;
  const release = completeRelease(
    video.name.release,
    video.around.map(({ name }) => name.release),
  );
  const words = [subjectText(subject), label(release), partText(subject)].filter((word) => word !== '');
  const isMovie = subject.kind === 'movie';
  const folders: PlacedFolder[] = [
    {
      name: shownTitle(subject.title, idTag(ids, isMovie ? 'movie' : 'show', idTags)),
      key: titleKey(subject.title, isMovie ? 'title' : 'show'),
      yearMayLack: !isMovie,
    },
  ];
  const season = seasonFolder(subject);
  if (season !== null) folders.push(season);
  return {
    file: video.file.index,
    view: viewOf(subject, video.anime && anime === 'separate'),
    folders,
    name: {
      kind: 'titled',
      rest: words.map((word) => ` - ${word}`).join(''),
      extension: video.file.extension,
    },
    about: {
      kind: isMovie ? 'movie' : 'show',
      ...subject.title,
      resolution: release.resolution,
      languages: release.languages,
    },
    goesWith: null,
    version: {
      of: [subjectText(subject), partText(subject)].join(' '),
      quality: qualityOf(release),
    },
    confidence,
    why,
  };
}

/** An extra's place in its film's or show's folder. */
export function placeExtra(file: SortedFile, folder: ExtraFolder, home: Home): Placement {
  const { view, folder: title, video, about } = home;
  const [stem, extension] = splitExtension(cleanFileName(file.stem + file.extension));
  return {
    file: file.index,
    view,
    folders: [title, { name: folder, key: `extra:${folder.toLowerCase()}`, yearMayLack: false }],
    name: { kind: 'plain', stem, extension },
    about,
    goesWith: video,
    version: null,
    confidence: 'medium',
    why: `It is an extra of ${title.name}.`,
  };
}

/** A place in `other/`: the torrent as it is. */
export function placeRaw(file: SortedFile, facts: TorrentFacts): Placement {
  const path = [...file.folders, file.stem + file.extension].join('/');
  const components = cleanPath(path);
  const [stem, extension] = splitExtension(components.at(-1) ?? '');
  const isBareFile = facts.files.length === 1 && file.folders.length === 0;
  return {
    file: file.index,
    view: 'other',
    folders: [
      {
        name: torrentFolderName(facts.name, isBareFile),
        key: `torrent:${facts.torrent}`,
        yearMayLack: false,
      },
      ...components.slice(0, -1).map((name) => ({ name, key: `path:${name}`, yearMayLack: false })),
    ],
    name: { kind: 'plain', stem, extension },
    about: { kind: 'other', title: '', year: null, resolution: null, languages: [] },
    goesWith: null,
    version: null,
    confidence: 'weak',
    why: 'It is neither a film nor an episode that its names tell.',
  };
}

type Placed = Exclude<Subject, { readonly kind: 'unknown' }>;

function viewOf(subject: Placed, isAnime: boolean): LibraryView {
  if (subject.kind === 'movie') return 'movies';
  return isAnime ? 'anime' : 'shows';
}

function seasonFolder(subject: Placed): PlacedFolder | null {
  switch (subject.kind) {
    case 'movie':
      return null;
    case 'episode':
      return season(subject.season);
    case 'daily':
      return season(Number(subject.date.slice(0, 4)));
    case 'special':
      return season(0);
  }
}

function season(number: number): PlacedFolder {
  return { name: `Season ${twoDigits(number)}`, key: `season:${number}`, yearMayLack: false };
}

function subjectText(subject: Placed): string {
  switch (subject.kind) {
    case 'movie':
      return '';
    case 'episode':
      return `S${twoDigits(subject.season)}${episodeText(subject.episodes)}`;
    case 'daily':
      return subject.date;
    case 'special':
      return fitName(cleanComponent(subject.called), '', maxNameBytes - maxCalledBytes);
  }
}

/** `E02`, `E02-E04` for all from the first to the last, `E02E05` for just these. */
function episodeText(episodes: readonly number[]): string {
  const first = episodes[0];
  const last = episodes.at(-1);
  if (first === undefined || last === undefined) return '';
  if (first === last) return `E${twoDigits(first)}`;
  if (last - first === episodes.length - 1) return `E${twoDigits(first)}-E${twoDigits(last)}`;
  return episodes.map((episode) => `E${twoDigits(episode)}`).join('');
}

function partText(subject: Placed): string {
  return subject.kind === 'movie' && subject.part !== null ? `cd${subject.part}` : '';
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

/** What the names around a video say: its folders, the torrent's root and the torrent itself. */
import { groupBy } from '../core/group-by.js';
import { isAnime } from './anime.js';
import { isBare, type NameEvidence } from './evidence.js';
import { splitKnownExtension } from './extensions.js';
import type { TorrentFacts } from './facts.js';
import type { Marker } from './markers.js';
import type { NameReader } from './name-reader.js';
import { normalTitle, readableText } from './release-text.js';
import { findRuns, type RunNumber } from './set-tests.js';
import type { TorrentFile } from './sort-files.js';
import { isShortFor, isTitle } from './titles.js';

/** A name around videos. */
export interface Container {
  readonly name: NameEvidence;
  /** Empty where the name is no title: `Season 1`, `Disc 2`. */
  readonly title: string;
}

/** A film or an episode with everything that is known about it. */
export interface Video {
  readonly file: TorrentFile;
  readonly name: NameEvidence;
  /** Empty where the file's name has none, or a word for any video. */
  readonly title: string;
  /** Folders, nearest first. */
  readonly folders: readonly Container[];
  /** Folders nearest first, then the root, then the torrent. */
  readonly around: readonly Container[];
  /** The containers with a title that hold no other film and no episode, nearest first. */
  readonly holders: readonly Container[];
  /** Season told by the file's name outside of a marker, else by the nearest folder; null where none tells just one. */
  readonly nearSeason: number | null;
  /** The same, or told by the torrent as a whole. */
  readonly season: number | null;
  readonly run: RunNumber | null;
  /** The episode that the nearest name around tells beyond doubt, where that holds no other film and no episode. */
  readonly markerAround: Marker | null;
  readonly anime: boolean;
}

/**
 * The root and the torrent's own name, nearest first. A bare file's torrent is called like the file. A root that is only
 * short for the torrent's name is no title.
 */
export function outerContainers(facts: TorrentFacts, reader: NameReader): readonly Container[] {
  const torrent = container(splitKnownExtension(facts.name)[0], reader);
  if (facts.root === null || facts.root === '') return [torrent];
  const root = container(facts.root, reader);
  const saysLess = torrent.title !== '' && (root.title.length < 2 || isShortFor(root.title, torrent.title));
  return [saysLess ? { ...root, title: '' } : root, torrent];
}

/** The folders of a file, nearest first. */
export function folderContainers(file: TorrentFile, reader: NameReader): readonly Container[] {
  return file.folders.map((folder) => container(folder, reader)).reverse();
}

function container(raw: string, reader: NameReader): Container {
  const name = reader.read(raw);
  const title = name.title.replace(
    /^\d{1,2}[.)] +|[ -]{0,3}\b(?:complete|completa|complète|intégrale|komplett|integral)$/giu,
    '',
  );
  return { name, title: isTitle(title, isBare(name)) ? readableText(title) : '' };
}

/** Puts each video among its siblings and containers. */
export function surround(
  files: readonly TorrentFile[],
  outer: readonly Container[],
  reader: NameReader,
): readonly Video[] {
  const siblings = groupBy(files, ({ folders }) => folders.join('/'));
  const titlesIn = titlesByFolder(files, reader);
  const numbersAreFilms = isCollection(outer);
  return [...siblings.values()].flatMap((group) => {
    const folders = group[0] === undefined ? [] : folderContainers(group[0], reader);
    const around = [...folders, ...outer];
    const folderSeason = oneSeason(folders);
    const groupSeason = oneSeason(around);
    const names = group.map((file) => reader.read(file.stem));
    const anime = names.some((name) =>
      isAnime(
        name,
        around.map((one) => one.name),
      ),
    );
    const comparable = numbersAreFilms ? [] : names.filter((name) => mayRun(name, folderSeason));
    const runs = findRuns(comparable, groupSeason, anime);
    return group.map((file): Video => {
      const name = reader.read(file.stem);
      const own = oneSeason([{ name, title: '' }]);
      const nearSeason = own ?? folderSeason;
      const season = own ?? groupSeason;
      const isOwnTitle = isTitle(name.title, isBare(name)) && !cameraName.test(name.text);
      const title = isOwnTitle ? name.title : '';
      const alone = around.filter((_, index) => titlesIn.get(pathAbove(file, index))?.size === 1);
      const holders = alone.filter((one) => one.title !== '');
      const markerAround = alone.map((one) => one.name.marker).find(isOfSeason) ?? null;
      const run = runs.get(name) ?? null;
      return { file, name, title, folders, around, holders, nearSeason, season, run, markerAround, anime };
    });
  });
}

/** Whether a marker tells an episode that one file may be: with its season or by its date. */
function isOfSeason(marker: Marker | null): marker is Marker {
  return marker?.strength === 'strong' && (marker.season !== null || marker.date !== null);
}

/** The path of the container at `index` in `around`: one folder less each time, empty for the outer ones. */
function pathAbove(file: TorrentFile, index: number): string {
  return file.folders.slice(0, Math.max(0, file.folders.length - index)).join('/');
}

/** Which titles lie below each folder; empty path: in the torrent. All episodes together count as one. */
function titlesByFolder(
  files: readonly TorrentFile[],
  reader: NameReader,
): ReadonlyMap<string, ReadonlySet<string>> {
  const titles = new Map<string, Set<string>>();
  for (const file of files) {
    const name = reader.read(file.stem);
    const title = name.marker === null ? `film:${normalTitle(name.title)}` : 'episodes';
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      const path = file.folders.slice(0, depth).join('/');
      const known = titles.get(path) ?? new Set<string>();
      titles.set(path, known.add(title));
    }
  }
  return titles;
}

/** What cameras call their files. */
const cameraName = /^(?:img|dsc[nf]?|mvi|mov|vid|pxl|gopr|gx|video|clip|screen ?recording)[ _-]?\d/i;

/** Whether a name's numbers are worth comparing: it has no marker, and no year that makes it a film. */
function mayRun(name: NameEvidence, folderSeason: number | null): boolean {
  if (cameraName.test(name.text)) return false;
  return name.marker === null && ((name.year?.year ?? null) === null || folderSeason !== null);
}

/** The season of the nearest container that tells any; null where that tells several, or none tells one. */
function oneSeason(containers: readonly Container[]): number | null {
  const seasons = containers.find(({ name }) => name.seasons !== null)?.name.seasons?.seasons ?? [];
  return seasons.length === 1 ? (seasons[0] ?? null) : null;
}

const collectionWords =
  /\b(?:collection|trilogy|duology|dilogy|quadrilogy|tetralogy|pentalogy|hexalogy|saga|anthology|filmography|\d{1,2}[ .-]?(?:films?|movies))\b/i;

/** Whether the torrent calls itself a collection of films and tells no season. */
function isCollection(outer: readonly Container[]): boolean {
  return (
    outer.some(({ name }) => collectionWords.test(name.text)) &&
    outer.every(({ name }) => name.seasons === null)
  );
}

/** Sorts the files of a torrent by what they are to its films and episodes. */
import type { NameEvidence } from './evidence.js';
import { kindOfExtension, splitKnownExtension, type FileKind } from './extensions.js';
import { extraByFolder, extraByWords, type ExtraFolder } from './extras.js';
import type { FactFile } from './facts.js';
import { maxDepth, pathComponents } from './raw-paths.js';
import { normalTitle } from './release-text.js';

export interface TorrentFile {
  /** Index in the torrent's files. */
  readonly index: number;
  /** Outermost first, as told. */
  readonly folders: readonly string[];
  readonly stem: string;
  /** With its dot, as told; empty where there is none. */
  readonly extension: string;
  readonly kind: FileKind;
  /** Bytes. */
  readonly size: number;
}

/** `main`: a film or an episode; `data`: neither video nor anything that goes with one. */
export type Role =
  | { readonly kind: 'main' | 'sample' | 'subtitle' | 'data' | 'junk' }
  | { readonly kind: 'extra'; readonly folder: ExtraFolder }
  /** Part of a disc's structure, which starts below the first `depth` folders. */
  | { readonly kind: 'disc'; readonly depth: number };

export interface SortedFile extends TorrentFile {
  readonly role: Role;
}

/** Below this size, in bytes, a file called sample is one even where the film is small. */
const sampleBytes = 400e6;
/** A sample is at most this share of what it is a sample of. */
const sampleShare = 0.2;
/** An extra is smaller than this share of the largest film or episode: documentaries about interviews are none. */
const extraShare = 0.6;

/** The files that are not packed, in path order, whatever their order in the torrent. */
export function torrentFiles(files: readonly FactFile[]): readonly TorrentFile[] {
  const listed = files.flatMap((file, index): { file: TorrentFile; path: string }[] => {
    if (file.packed) return [];
    const components = pathComponents(file.path).slice(-maxDepth);
    const [stem, extension] = splitKnownExtension(components.at(-1) ?? '');
    const kind = kindOfExtension(extension);
    const folders = components.slice(0, -1);
    const { size } = file;
    return [{ file: { index, folders, stem, extension, kind, size }, path: components.join('/') }];
  });
  listed.sort((a, b) => compare(a.path, b.path) || a.file.size - b.file.size || a.file.index - b.file.index);
  return listed.map(({ file }) => file);
}

/**
 * Gives each file its role.
 * @param read what a file's name says.
 * @param outer what the names of the whole torrent say.
 */
export function sortFiles(
  files: readonly TorrentFile[],
  read: (file: TorrentFile) => NameEvidence,
  outer: readonly NameEvidence[],
): readonly SortedFile[] {
  const discRoots = new Set(files.flatMap(({ folders }) => discRoot(folders) ?? []));
  const whole = largestWhole(files);
  const first = files.map((file): Role => firstRole(file, discRoots, whole, read, outer));
  const roles = isSoftware(files, read) ? first.map(withoutVideo) : first;
  const mains = files.filter((_, index) => roles[index]?.kind === 'main');
  const sizes = mains.map(({ size }) => size).sort((a, b) => b - a);
  return files.map((file, index): SortedFile => {
    const role = roles[index] ?? { kind: 'data' };
    if (role.kind !== 'main') return { ...file, role };
    const largest = sizes[0] ?? 0;
    const folder = file.size < largest * extraShare ? extraByName(file.stem, read(file)) : null;
    return { ...file, role: folder === null ? role : { kind: 'extra', folder } };
  });
}

/** What a name's words make of it, where it tells no episode; of one with a year only those behind it, not the title's. */
function extraByName(stem: string, { marker, year, text }: NameEvidence): ExtraFolder | null {
  if (marker?.strength === 'strong') return null;
  return extraByWords(year === null ? stem : text.slice(year.end));
}

function firstRole(
  file: TorrentFile,
  discRoots: ReadonlySet<string>,
  whole: number,
  read: (file: TorrentFile) => NameEvidence,
  outer: readonly NameEvidence[],
): Role {
  const depth = discDepth(file.folders, discRoots);
  if (depth !== null) return { kind: 'disc', depth };
  if (file.folders.some((folder) => /^(?:proofs?|screens|screenshots|screencaps)$/i.test(folder)))
    return { kind: 'junk' };
  if (/^\.(?:nfo|url|lnk)$/i.test(file.extension)) return { kind: 'junk' };
  if (file.kind === 'subtitle') return { kind: 'subtitle' };
  if (file.kind === 'disc-image') {
    const isOfSeason = [read(file), ...outer].some(({ seasons }) => seasons !== null);
    return { kind: !isOfSeason && [read(file), ...outer].some(isOfFilm) ? 'main' : 'data' };
  }
  if (file.kind !== 'video') return { kind: 'data' };
  if (
    isCalledSample(file) &&
    file.size < whole &&
    (file.size < sampleBytes || file.size < whole * sampleShare)
  ) {
    return { kind: 'sample' };
  }
  const byFolder = file.folders.map(extraByFolder).findLast((folder) => folder !== null) ?? null;
  if (byFolder === null) return { kind: 'main' };
  const { marker, title } = read(file);
  // A show may be called Extras.
  const isNamesake = file.folders.some(
    (folder) => extraByFolder(folder) !== null && normalTitle(folder) === normalTitle(title),
  );
  if (marker?.strength === 'strong' && isNamesake) return { kind: 'main' };
  // A special that has a number of its own is an episode wherever it lies.
  if (marker?.strength === 'strong' && marker.season === 0) return { kind: 'main' };
  return { kind: 'extra', folder: extraByWords(file.stem) ?? byFolder };
}

/** What a program or a game brings along: an installer, more of other files than of videos, and no film or episode. */
function isSoftware(files: readonly TorrentFile[], read: (file: TorrentFile) => NameEvidence): boolean {
  if (!files.some(({ extension }) => /^\.(?:exe|msi|dmg|pkg|apk|deb|nsp|xci)$/i.test(extension)))
    return false;
  const videos = files.filter(({ kind }) => kind === 'video');
  const bytes = (some: readonly TorrentFile[]): number => some.reduce((sum, { size }) => sum + size, 0);
  if (bytes(videos) * 2 > bytes(files)) return false;
  return videos.every(
    (file) => (read(file).marker?.strength ?? 'medium') !== 'strong' && read(file).year === null,
  );
}

/** A role for the files of a program: its videos are data too. */
function withoutVideo(role: Role): Role {
  return role.kind === 'main' || role.kind === 'extra' ? { kind: 'data' } : role;
}

/** A disc image is a film where a name says what it was copied from; else it may be a game. */
function isOfFilm({ release, technical }: NameEvidence): boolean {
  return technical || release.source !== null;
}

/** Size of the largest thing a sample could be a sample of: a video, or a film packed in archives; 0 for none. */
function largestWhole(files: readonly TorrentFile[]): number {
  let archives = 0;
  let largest = 0;
  for (const file of files) {
    if (file.kind === 'archive') archives += file.size;
    else if (file.kind === 'video' && !isCalledSample(file)) largest = Math.max(largest, file.size);
  }
  return Math.max(archives, largest);
}

/** Called so by its folder, or by the first or last word of its name; a `Sample` in a title is not enough. */
function isCalledSample(file: TorrentFile): boolean {
  if (file.folders.some((folder) => /^samples?$/i.test(folder))) return true;
  return /^[^\p{L}\p{N}]{0,4}(?:sample|minta)[^\p{L}\p{N}]{0,4}$|^sample-|[ ._-]sample$/iu.test(
    file.stem.slice(-255),
  );
}

/** The folder that a disc's structure lies in, as a path; null where there is no such structure. */
function discRoot(folders: readonly string[]): string | null {
  const at = folders.findIndex((folder) => /^(?:bdmv|video_ts)$/i.test(folder));
  return at < 0 ? null : folders.slice(0, at).join('/');
}

function discDepth(folders: readonly string[], discRoots: ReadonlySet<string>): number | null {
  const at = folders.findIndex((folder) =>
    /^(?:bdmv|video_ts|certificate|audio_ts|any!|aacs|jacket_p)$/i.test(folder),
  );
  return at >= 0 && discRoots.has(folders.slice(0, at).join('/')) ? at : null;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

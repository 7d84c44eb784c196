/** Paths as services tell them, made safe and made one. */
import { splitKnownExtension } from './extensions.js';
import { cleanComponent, cleanFileName, cleanFolderName, normalText } from './names.js';

/**
 * Longest shown path inside a torrent's folder, in bytes: PATH_MAX (4096) less the mount point and
 * `accounts/<account>/<torrent>` with room to spare.
 */
const maxPathBytes = 3000;

/** Most components of a shown path: each costs a folder, and no torrent made for people nests this deep. */
export const maxDepth = 40;

/** The components of a told path that name something: without empty ones, `.` and `..`; NFC, not cleaned. */
export function pathComponents(path: string): readonly string[] {
  return normalText(path)
    .split('/')
    .filter((component) => component !== '' && component !== '.' && component !== '..');
}

/** Paths without the folder they share. */
export interface SplitPaths {
  /** The one root folder that all files are in; null where there is none. */
  readonly root: string | null;
  /** In the order given: components joined by `/`, safe to join to a folder, not cleaned. Empty only for no name. */
  readonly paths: readonly string[];
}

/** Leaves out the root folder that all of a torrent's files share, where each has one. */
export function splitRoot(paths: readonly string[]): SplitPaths {
  const split = paths.map(pathComponents);
  const root = split[0]?.[0];
  // The structure of a disc told without its torrent's folder is no root.
  const isDisc = /^(?:bdmv|video_ts)$/i.test(root ?? '');
  const shared = root !== undefined && !isDisc && split.every((path) => path.length > 1 && path[0] === root);
  if (!shared) return { root: null, paths: split.map((path) => path.join('/')) };
  return { root, paths: split.map((path) => path.slice(1).join('/')) };
}

/** What one account tells of a content's path, its root left out. */
export interface PathTelling {
  readonly path: string;
  /** False where only the base name was told. */
  readonly pathTold: boolean;
}

/**
 * The path on which all accounts agree: the longest common end, in components. Who told only the base name has no
 * vote. The order of the tellings makes no difference.
 */
export function agreedPath(tellings: readonly PathTelling[]): string {
  const split = tellings.map(({ path }) => pathComponents(path));
  const voting = split.filter((_, index) => tellings[index]?.pathTold === true);
  const [first, ...others] = voting.length > 0 ? voting : split.map((path) => path.slice(-1));
  if (first === undefined) return '';
  let length = first.length;
  for (const other of others) {
    let common = 0;
    while (common < length && first.at(-1 - common) === other.at(-1 - common) && common < other.length)
      common += 1;
    length = common;
  }
  if (length > 0) return first.slice(-length).join('/');
  return [first, ...others].map((path) => path.at(-1) ?? '').sort()[0] ?? '';
}

/**
 * A path as shown: cleaned folders and file name, at least one component, none of which leaves the folder it is put
 * in. Of a path too long to be opened, the outermost folders are left out.
 */
export function cleanPath(path: string): readonly [...folders: string[], file: string] {
  const components = pathComponents(path).slice(-maxDepth);
  const file = cleanFileName(components.at(-1) ?? '');
  const folders: string[] = [];
  let bytes = Buffer.byteLength(file);
  for (const component of components.slice(0, -1).reverse()) {
    const folder = cleanFolderName(component);
    bytes += Buffer.byteLength(folder) + 1;
    if (bytes > maxPathBytes) break;
    folders.unshift(folder);
  }
  return [...folders, file];
}

/** The folder a torrent gets in the raw views. One that is a bare file loses its extension, if it has a known one. */
export function torrentFolderName(name: string, isBareFile: boolean): string {
  const cleaned = cleanComponent(name);
  return cleanFolderName(isBareFile ? splitKnownExtension(cleaned)[0] : cleaned);
}

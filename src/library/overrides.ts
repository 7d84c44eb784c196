/** What the user says about torrents and their files, above all guessing. */
import type { TorrentKey } from '../core/torrent.js';
import { cleanPath, pathComponents } from './raw-paths.js';

/** What is not told stays as guessed. */
export interface Override {
  /** Not shown in the library; `all/` and `accounts/` show everything. */
  readonly hide?: boolean | undefined;
  readonly kind?: 'movie' | 'show' | 'other' | undefined;
  readonly title?: string | undefined;
  /** Null: none is shown. */
  readonly year?: number | null | undefined;
  /** A season or an episode makes a video a show's. */
  readonly season?: number | undefined;
  /** Ascending, at least one. */
  readonly episodes?: readonly number[] | undefined;
}

/** The overrides of one torrent. */
export interface TorrentOverrides {
  /** For all its files. */
  readonly whole: Override;
  /** For one file, or for all files in one folder: by path in the torrent, its root left out. */
  readonly paths: readonly (readonly [path: string, override: Override])[];
}

export type Overrides = ReadonlyMap<TorrentKey, TorrentOverrides>;

/** Of a torrent of which the user says nothing. */
export const noOverrides: TorrentOverrides = { whole: {}, paths: [] };

/** What holds for one file. */
export interface FileOverride extends Override {
  /** True where the file or a folder of it is named, and not just its torrent. */
  readonly isNamed: boolean;
}

/**
 * What is said of one file: of the torrent, then of its folders, then of itself, the nearer above the farther. Paths are
 * compared as they are shown, so that one taken from `all/` is understood.
 */
export function overrideOf({ whole, paths }: TorrentOverrides, path: string): FileOverride {
  if (paths.length === 0) return { ...whole, isNamed: false };
  const shown = shownPath(path);
  const named = paths
    .map(([told, override]) => ({ told: shownPath(told), override }))
    .filter(({ told }) => shown === told || shown.startsWith(`${told}/`))
    .sort((a, b) => a.told.length - b.told.length);
  const merged = named.reduce<Override>((below, { override }) => ({ ...below, ...override }), whole);
  return { ...merged, isNamed: named.length > 0 };
}

function shownPath(path: string): string {
  return pathComponents(path).length === 0 ? '' : cleanPath(path).join('/');
}

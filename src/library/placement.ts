/** Where one file goes in the library part of the tree. */

/** The parts of the library: each is a folder at the top of the tree. */
export type LibraryView = 'movies' | 'shows' | 'anime' | 'other';

/** How far the names bear a placement out: `weak` is a guess that may be wrong. */
export type Confidence = 'strong' | 'medium' | 'weak';

/** A folder below a view. Those of equal `key` under one parent are one folder, whatever name was shown first. */
export interface PlacedFolder {
  /** Cleaned, at most 200 bytes; a title folder's at most 117, so that what its files add still fits. */
  readonly name: string;
  readonly key: string;
  /** True for a show's folder: two of one title are the same where only one of them tells a year. */
  readonly yearMayLack: boolean;
}

/** What a file is, for whoever sorts or compares. What goes with a video is about the same as the video. */
export interface About {
  readonly kind: 'movie' | 'show' | 'other';
  /** Empty where nothing tells one. */
  readonly title: string;
  readonly year: number | null;
  /** `1080p`, … */
  readonly resolution: string | null;
  /** Languages of the sound that names tell, ISO 639-1. */
  readonly languages: readonly string[];
}

/** What a film or an episode is a version of, in its title's folder. */
export interface Version {
  /** Equal for versions of one film or episode below one title. */
  readonly of: string;
  /** Higher is better; of equal ones the larger file is. */
  readonly quality: number;
}

/**
 * How a file's name comes about:
 * `titled`: name of the outermost folder as shown, then `rest`, then `extension`;
 * `plain`: `stem`, then `extension`;
 * `beside`: final stem of the video (an index like `file`), then `suffix`.
 */
export type PlacedName =
  | { readonly kind: 'titled'; readonly rest: string; readonly extension: string }
  | { readonly kind: 'plain'; readonly stem: string; readonly extension: string }
  | { readonly kind: 'beside'; readonly video: number; readonly suffix: string };

/** A file without a placement is shown in `all/` and `accounts/` only. */
export interface Placement {
  /** Index in the torrent's files. */
  readonly file: number;
  readonly view: LibraryView;
  /** Outermost first, at least one. */
  readonly folders: readonly PlacedFolder[];
  readonly name: PlacedName;
  readonly about: About;
  /** Index of the video that an extra or a subtitle goes with, wherever that is shown; null for others. */
  readonly goesWith: number | null;
  /** Null for what has no versions. */
  readonly version: Version | null;
  readonly confidence: Confidence;
  /** One sentence for the user who asks why the file is there. */
  readonly why: string;
}

/** What a media server is told: which files came, went or changed, by the folder that it has to look at. */

/** `changed`: another file has taken its place. */
export type FileNews = 'added' | 'changed' | 'removed';

/** What happened below one folder since the target was last told. Paths are from the mount's root, with a slash at their start. */
export interface FolderNews {
  /** A title's folder (`/movies/A Film (2020)`), or a folder at the top of the tree where too much happened to name it. */
  readonly folder: string;
  /** Files by path; none where there are too many to name. */
  readonly files: ReadonlyMap<string, FileNews>;
}

/** The same as a target sees it: paths as they are there. */
export interface MappedNews extends FolderNews {
  /** The folder, or where that is gone the nearest above it that is there. */
  readonly scan: string;
  /** Whether a file below the folder is in the tree now, by its path as it is there. */
  readonly isThere: (path: string) => boolean;
}

import { isOnWindows, withoutSlash } from './folders.js';
import type { FolderNews, MappedNews } from './news.js';
import type { PathMap } from './path-map.js';

/**
 * News as a target sees them.
 * @param exists whether a folder or file is in the tree now, by its path from the root.
 * @returns null where nothing of it is below a folder that the target knows.
 */
export function mappedNews(
  { folder, files }: FolderNews,
  map: PathMap,
  exists: (path: string) => boolean,
): MappedNews | null {
  let at = folder;
  while (at !== '' && !exists(at)) at = at.slice(0, at.lastIndexOf('/'));
  const scan = map(at);
  const mappedFolder = map(folder);
  if (scan === null || mappedFolder === null) return null;
  const mappedFiles = [...files].flatMap(([path, news]) => {
    const there = map(path);
    return there === null ? [] : [[there, news] as const];
  });
  const length = withoutSlash(mappedFolder).length;
  const isThere = (path: string): boolean => {
    const below = path.slice(length);
    return exists(folder + (isOnWindows(path) ? below.replaceAll('\\', '/') : below));
  };
  return { folder: mappedFolder, scan, files: new Map(mappedFiles), isThere };
}

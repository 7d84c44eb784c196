import { isAbsolute, relative } from 'node:path';

/** A path in the tree, also where the user gave one inside of the mountpoint. */
export function pathInTree(path: string, mountpoint: string | null): string {
  if (mountpoint === null || !isAbsolute(path)) return path;
  const inside = relative(mountpoint, path);
  return inside.startsWith('..') ? path : `/${inside}`;
}

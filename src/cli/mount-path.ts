import { relative, resolve } from 'node:path';

/** A path in the tree, also where the user gave one inside of the mountpoint. @param cwd where a relative one may start. */
export function pathInTree(path: string, mountpoint: string | null, cwd: string): string {
  if (mountpoint === null) return path;
  const inside = relative(mountpoint, resolve(cwd, path));
  return inside.startsWith('..') ? path : `/${inside}`;
}

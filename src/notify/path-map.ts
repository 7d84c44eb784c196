import { isIn, isOnWindows, withoutSlash, withSlash } from './folders.js';

/** Paths in the mount as another machine or container sees them. */
export type PathMap = (path: string) => string | null;

/**
 * Maps paths from the mount's root to paths of a target: the longest folder of `pairs` that a path lies in is replaced; without any, the
 * path in the mount is told as it is here. What a folder of Windows replaces is divided as there.
 * @param pairs absolute folders here, each with the absolute folder there.
 * @returns null for a path that lies in none of them. One in `all/` or `accounts/` is mapped only by a pair that names a folder there: they
 * show the same files once more, and hardly anybody gives them to a media server.
 */
export function pathMap(mountpoint: string, pairs: Readonly<Record<string, string>>): PathMap {
  const base = withoutSlash(mountpoint);
  const folders = Object.entries(pairs)
    .map(([key, there]) => ({ here: withoutSlash(key), there }))
    .sort((a, b) => b.here.length - a.here.length);
  if (folders.length === 0) folders.push({ here: '', there: '' });
  const rawFolders = folders.filter(({ here }) => isIn(here, base) && isRaw(here.slice(base.length)));
  return (path) => {
    const whole = withoutSlash(base + path);
    const found = (isRaw(path) ? rawFolders : folders).find(({ here }) => isIn(whole, here));
    return found === undefined ? null : placed(found.there, whole.slice(found.here.length));
  };
}

/** Whether a path from the mount's root is in the folders that show the same files once more. */
function isRaw(path: string): boolean {
  return /^\/(?:all|accounts)(?:\/|$)/.test(path);
}

/** @param below the path from a folder on, with a slash at its start; empty: the folder itself. */
function placed(there: string, below: string): string {
  const plain = withoutSlash(there);
  // `/` and `D:\` are nothing without their slash.
  if (below === '') return plain === '' || /^[a-z]:$/i.test(plain) ? withSlash(there) : plain;
  return plain + (isOnWindows(there) ? below.replaceAll('/', '\\') : below);
}

/** What a target with a `pathMap` is told of. */
export interface ToldFolders {
  /** Folders as it sees them. */
  readonly told: readonly string[];
  /** Folders that its `pathMap` names, and of which the mount has nothing. */
  readonly unknown: readonly string[];
}

/**
 * @param wanted folders at the top of the tree of which it is told where `pairs` does not leave them out.
 * @param others the rest of them, of which it is to be asked only where `pairs` names them.
 */
export function toldFolders(
  mountpoint: string,
  pairs: Readonly<Record<string, string>>,
  wanted: readonly string[],
  others: readonly string[],
): ToldFolders {
  const base = withoutSlash(mountpoint);
  const map = pathMap(mountpoint, pairs);
  const named = Object.keys(pairs)
    .map(withoutSlash)
    .filter((here) => [...wanted, ...others].some((top) => isIn(here, `${base}/${top}`)));
  const paths = [...wanted.map((top) => `/${top}`), ...named.map((here) => here.slice(base.length))];
  return {
    told: [...new Set(paths.flatMap((path) => map(path) ?? []))],
    unknown: Object.keys(pairs).filter((here) => {
      const folder = withoutSlash(here);
      return !isIn(base, folder) && !named.includes(folder);
    }),
  };
}

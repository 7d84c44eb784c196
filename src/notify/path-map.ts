/** Paths in the mount as another machine or container sees them. */
export type PathMap = (path: string) => string | null;

/**
 * Maps paths from the mount's root to paths of a target: the longest folder of `pairs` that a path lies in is replaced; without any, the
 * path in the mount is told as it is here.
 * @param pairs absolute folders here, each with the absolute folder there.
 * @returns null for a path that lies in none of them, and for one in `all/` or `accounts/` where no pair names a folder there: they show
 * the same files once more, and hardly anybody gives them to a media server.
 */
export function pathMap(mountpoint: string, pairs: Readonly<Record<string, string>>): PathMap {
  const folders = Object.entries(pairs)
    .map(([here, there]) => [withoutSlash(here), withoutSlash(there)] as const)
    .sort(([a], [b]) => b.length - a.length);
  if (folders.length === 0) folders.push(['', '']);
  const base = withoutSlash(mountpoint);
  const raw = ['all', 'accounts'].map((name) => `${base}/${name}`);
  const isRawMapped = folders.some(([here]) => raw.some((folder) => isIn(here, folder)));
  return (path) => {
    if (!isRawMapped && /^\/(?:all|accounts)(?:\/|$)/.test(path)) return null;
    const whole = withoutSlash(base + path);
    for (const [here, there] of folders) {
      if (isIn(whole, here)) return there + whole.slice(here.length) || '/';
    }
    return null;
  };
}

function withoutSlash(folder: string): string {
  return folder.replace(/\/+$/, '');
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

import { isIn, withoutSlash } from '../notify/folders.js';
import type { NotifyConfig } from './config.js';
import { absoluteAt, type Surroundings } from './places.js';
import { printable } from './problems.js';
import type { Settings } from './schema.js';
import type { MapSetting } from './setting-tree.js';

/** The targets of `notify`, the folders on the left of their `pathMap` absolute like the mountpoint. */
export function notifyTargets(
  { notify }: Settings,
  root: MapSetting,
  around: Surroundings,
): readonly NotifyConfig[] {
  return notify.map((target, index) => {
    const pairs = Object.entries(target.pathMap).map(([here, there]) => {
      const path = ['notify', index, 'pathMap', here];
      return [absoluteAt(root, path, here, around), there] as const;
    });
    return { ...target, pathMap: Object.fromEntries(pairs) };
  });
}

/** Paths are mapped as they are written, so a folder that reaches the mountpoint by a symbolic link is one of these too. */
export function warnOfPathMaps(notify: readonly NotifyConfig[], mountpoint: string | null): string[] {
  if (mountpoint === null) return [];
  const isOutside = (here: string): boolean => {
    const folder = withoutSlash(here);
    return !isIn(folder, mountpoint) && !isIn(mountpoint, folder);
  };
  return notify.flatMap(({ kind, pathMap }) =>
    Object.keys(pathMap)
      .filter(isOutside)
      .map(
        (here) =>
          `\`pathMap\` of ${kind} names ${printable(here)}, which has no effect: it is neither in the mountpoint ${printable(mountpoint)} nor above it. Write it as the mountpoint is written.`,
      ),
  );
}

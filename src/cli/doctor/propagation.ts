import { parseMountinfo, type MountEntry } from '../../fuse/mountinfo.js';

/** Whether mounts made below a path show in other mount namespaces (containers). Null where no mount holds the path. */
export function propagationAt(mountinfo: string, path: string): 'shared' | 'private' | null {
  let best: MountEntry | null = null;
  for (const mount of parseMountinfo(mountinfo)) {
    const holds = mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`);
    // Of several mounts at one place, the later one covers the earlier.
    if (holds && (best === null || mount.path.length >= best.path.length)) best = mount;
  }
  if (best === null) return null;
  return best.shared ? 'shared' : 'private';
}

import { readFile } from 'node:fs/promises';
import { AppError } from '../core/errors.js';

/** One mount of this process's namespace. */
export interface MountEntry {
  /** The kernel's number of the mount, reused after it is gone. */
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the file system. */
  readonly device: string;
  /** Absolute path without symbolic links, as this process sees it. */
  readonly path: string;
  /** Such as `ext4` or `fuse.rclone`. */
  readonly type: string;
  /** Whether what is mounted below it shows in other namespaces (containers), and the other way round. */
  readonly shared: boolean;
}

/** File system type of our mounts: `fuse.` and the sub-type that the binding asks for. */
export const ownType = 'fuse.debridfs';

/**
 * The mounts of this namespace. Reading them touches no mounted file system, so it never hangs on a dead one.
 */
export async function readMounts(): Promise<MountEntry[]> {
  return parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/**
 * Parses `/proc/<pid>/mountinfo` (format: proc_pid_mountinfo(5), Linux man-pages, documented). A line that does not have
 * that form is left out.
 */
export function parseMountinfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [id, parentId, device, root, path, options, ...rest] = line.split(' ');
    const separator = rest.indexOf('-');
    const type = separator === -1 ? undefined : rest[separator + 1];
    if (!isNumber(id) || !isNumber(parentId) || device === undefined || root === undefined) return [];
    if (path?.startsWith('/') !== true || options === undefined || type === undefined || type === '')
      return [];
    const entry = { id: Number(id), parentId: Number(parentId), device, path: unescape(path) };
    const shared = rest.slice(0, separator).some((field) => field.startsWith('shared:'));
    return [{ ...entry, type: unescape(type), shared }];
  });
}

/** The mount that one meets at `path`: of those mounted there, the one that no other covers. */
export function topMount(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const here = mounts.filter((mount) => mount.path === path);
  const covered = new Set(here.map((mount) => mount.parentId));
  return here.find((mount) => !covered.has(mount.id)) ?? here.at(-1);
}

/** The mount that one meets at `path`, where it is one of ours. */
export function ownMount(mounts: readonly MountEntry[], path: string): MountEntry | undefined {
  const top = topMount(mounts, path);
  return top?.type === ownType ? top : undefined;
}

/** What this process has just mounted. @throws {AppError} `storage` when it is gone already. */
export async function justMounted(mountpoint: string): Promise<MountEntry> {
  const mount = ownMount(await readMounts(), mountpoint);
  if (mount !== undefined) return mount;
  throw new AppError('storage', `${mountpoint} was unmounted by somebody else at once: try again.`);
}

/** Whether this very mount is still there, and not another at the same place. */
export function isListed(mounts: readonly MountEntry[], mount: MountEntry): boolean {
  return mounts.some(({ id, device, path }) => {
    return id === mount.id && device === mount.device && path === mount.path;
  });
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

/** The kernel writes space, tab, newline, backslash (and `#`) as a backslash and three octal digits. */
function unescape(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

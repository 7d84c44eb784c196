import { AppError } from '../core/errors.js';
import { resolveLinks } from './look-at-path.js';
import { isListed, ownMount, readMounts, type MountEntry } from './mountinfo.js';
import { runLimited } from './run-limited.js';

/** Time for each way to unmount, so that all three end within a service manager's patience. Each needs milliseconds. */
const tryMs = 2_000;

/** In order of preference: the set-uid helpers work for whoever mounted, `umount` for root where neither is installed. */
const ways = [
  ['fusermount3', '-uz'],
  ['fusermount', '-uz'],
  ['umount', '-l', '-c'],
] as const;

/**
 * Takes a mount out of the tree at once, also while files in it are open (those stay readable as long as its server
 * lives) and also when it is dead. Ends within seconds; resolves when it is already gone.
 * @throws {AppError} `storage` when it is still there after every way was tried.
 */
export async function detach(mount: MountEntry): Promise<void> {
  let last = 'neither fusermount3, fusermount nor umount is installed';
  for (const [command, ...options] of ways) {
    if (!isListed(await readMounts(), mount)) return;
    const result = await runLimited(command, [...options, mount.path], tryMs);
    if (result.kind === 'late') last = `${command} did not end`;
    if (result.kind === 'exit' && result.stderr !== '') last = result.stderr.trim();
  }
  if (!isListed(await readMounts(), mount)) return;
  throw new AppError('storage', `${mount.path} cannot be unmounted: ${last}.`, {
    context: { mountpoint: mount.path },
  });
}

/**
 * Takes away every mount of ours at a path, dead or alive, whoever serves it.
 * @returns how many there were.
 * @throws {AppError} `storage` when one cannot be taken away, `config` when the path cannot be reached.
 */
export async function unmountAt(path: string): Promise<number> {
  const mountpoint = await resolveLinks(path);
  for (let count = 0; ; count += 1) {
    const mount = ownMount(await readMounts(), mountpoint);
    if (mount === undefined) return count;
    await detach(mount);
  }
}

import { dirname, resolve } from 'node:path';
import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { makeFolder } from '../core/make-folder.js';
import type { UserAndGroup } from './binding.js';
import { lookAtPath, lookBehindLinks, mayPass, resolveLinks, type PathState } from './look-at-path.js';
import { ownMount, ownType, readMounts, topMount, type MountEntry } from './mountinfo.js';
import { detach } from './unmount.js';
import { closedFolder, unreachable, userMay } from './user-access.js';

/** Longest path that libfuse2's binding takes, less a margin: it cuts at 1024 bytes (fuse-native 2.2.6, read in its source). */
const maxPathBytes = 1000;

/** Whether a mount that is there already, such as the root of a container's volume, may be mounted over. */
export type Covering = 'may-cover-mounts' | 'covers-no-mount';

/** A mountpoint on which can be mounted. */
export interface ReadyMountpoint {
  /** Without symbolic links, as the kernel will list it. */
  readonly path: string;
  /** What is mounted there already, and may be covered. */
  readonly mount: MountEntry | undefined;
}

/**
 * Makes a mountpoint ready: a dead mount that an earlier process left there is cleared, and a missing directory is
 * created. What is there already is never touched by this process itself, because a dead mount may hang who does.
 * @throws {AppError} `config` with the remedy when a living mount is there, or it is not, and cannot become, a directory
 * to mount on; `storage` when a dead mount cannot be cleared, or what is in the way may pass by itself.
 */
export async function prepareMountpoint(
  path: string,
  covering: Covering,
  logger: Logger,
): Promise<ReadyMountpoint> {
  const seen = await lookBehindLinks(resolve(path));
  const mountpoint = seen.path;
  if (mountpoint === '/') throw refusal(mountpoint, 'holds everything else: choose another folder');
  if (Buffer.byteLength(mountpoint) > maxPathBytes) {
    throw refusal(mountpoint, `is longer than ${maxPathBytes} bytes: choose a shorter path`);
  }
  for (let { state } = seen; ; state = await lookAtPath(mountpoint)) {
    const mount = topMount(await readMounts(), mountpoint);
    if (mount?.type === ownType) {
      if (state.kind !== 'disconnected' && state.kind !== 'silent') {
        throw refusal(
          mountpoint,
          `is in use by another debridfs: stop that one (\`debridfs unmount ${mountpoint}\`), or choose another mountpoint`,
        );
      }
      logger.warn({ mountpoint, state: state.kind }, 'A dead mount of an earlier run is cleared.');
      await detach(mount);
      continue;
    }
    switch (state.kind) {
      case 'absent':
        create(mountpoint);
        return { path: mountpoint, mount };
      case 'directory':
        if (!state.separate) return { path: mountpoint, mount };
        // Of a file system like ours somebody expects to be seen.
        if (covering === 'may-cover-mounts' && mount?.type.startsWith('fuse') !== true) {
          return { path: mountpoint, mount };
        }
        throw refusal(
          mountpoint,
          'is a mount already (such as the root of a Docker volume): choose a folder inside of it, or unmount it first',
        );
      default:
        throw unusable(mountpoint, state);
    }
  }
}

/**
 * Sees that a user who is to unmount can go there: fusermount3 enters the folder above the mountpoint as that user.
 * @throws {AppError} `config` with the remedy when it cannot.
 */
export async function requireReach(path: string, user: UserAndGroup): Promise<void> {
  const mountpoint = await resolveLinks(resolve(path));
  const closed = await closedFolder(dirname(mountpoint), (folder) => userMay(user, 'enter', folder));
  if (closed === null) return;
  const { found, remedy } = unreachable(closed, user);
  throw refusal(mountpoint, `cannot be used: ${found}. The remedy: ${remedy}`);
}

/** Takes away what a failed attempt to mount left at a path: a mount of ours without a server, and no other. Never throws. */
export async function clearDead(mountpoint: string): Promise<void> {
  try {
    const mount = ownMount(await readMounts(), mountpoint);
    if (mount !== undefined && (await lookAtPath(mountpoint)).kind === 'disconnected') await detach(mount);
  } catch {
    // Why the attempt failed says more; the next start clears it.
  }
}

/** Why nothing can be mounted on what is there: `storage` where that may pass by itself, else `config`. */
export function unusable(
  mountpoint: string,
  state: Exclude<PathState, { readonly kind: 'directory' } | { readonly kind: 'absent' }>,
): AppError {
  switch (state.kind) {
    case 'other':
      return refusal(mountpoint, 'is not a folder: choose a folder, or a path that does not exist yet');
    case 'disconnected':
      return refusal(
        mountpoint,
        `is a dead mount of another program: clear it with \`fusermount3 -uz ${mountpoint}\``,
      );
    case 'silent':
      return refusal(
        mountpoint,
        `does not answer: where it is a dead mount of another program, clear it with \`fusermount3 -uz ${mountpoint}\``,
        { code: 'storage' },
      );
    case 'error':
      return refusal(
        mountpoint,
        mayPass(state.errno)
          ? `cannot be reached (${state.errno}): check the disk or the server that it lies on`
          : `cannot be reached (${state.errno}): check the permissions of the folders above it`,
        { code: mayPass(state.errno) ? 'storage' : 'config' },
      );
  }
}

function create(mountpoint: string): void {
  try {
    // Whatever the umask: who reads the mount goes through the folders above it.
    makeFolder(mountpoint, 0o755, 'exactly');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refusal(
      mountpoint,
      `does not exist and cannot be created (${code ?? 'unknown'}): create it, or choose another`,
      { cause, code: mayPass(code ?? '') ? 'storage' : 'config' },
    );
  }
}

function refusal(
  mountpoint: string,
  why: string,
  { code = 'config', cause }: { readonly code?: 'config' | 'storage'; readonly cause?: unknown } = {},
): AppError {
  return new AppError(code, `The mountpoint ${mountpoint} ${why}.`, { context: { mountpoint }, cause });
}

import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { AppError } from './core/errors.js';
import { makeFolder } from './core/make-folder.js';
import type { UserAndGroup } from './fuse/binding.js';

/** What this process may do, beyond what its user may, while it gets ready to serve. */
export interface Rights {
  /** Does what needs the rights of root; in between this process works as the user. */
  asRoot<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Does the last of it, and is that user for good then. */
  asRootForTheLastTime<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** Those of whoever runs it, from start to end. */
export const ownRights: Rights = { asRoot: (work) => work(), asRootForTheLastTime: (work) => work() };

/**
 * Works as another user from now on, all threads of this process included, because the user may put anything into its folders
 * that root must not follow, write to or give away. Only root can. The threads' credentials are the C library's work
 * (setuid(2), "C library/kernel differences").
 * @param folders of that user, made where they are missing.
 * @throws {AppError} `config` when a folder is somebody else's, `storage` when it cannot be made.
 */
export function workAs(user: UserAndGroup, folders: readonly string[]): Rights {
  for (const folder of folders) claim(folder, user);
  const { uid, gid } = user;
  const step = (to: UserAndGroup): void => {
    process.seteuid?.(0);
    process.setegid?.(to.gid);
    process.seteuid?.(to.uid);
  };
  process.setgroups?.([gid]);
  step(user);
  const asRoot = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    step({ uid: 0, gid: 0 });
    try {
      return await work();
    } finally {
      step(user);
    }
  };
  return {
    asRoot,
    async asRootForTheLastTime(work) {
      const value = await asRoot(work);
      becomeForGood({ uid, gid });
      return value;
    },
  };
}

/** Makes a folder that is missing, as the user's. One that is there must be the user's already. */
function claim(folder: string, { uid, gid }: UserAndGroup): void {
  const owner = ownerOf(folder);
  if (owner === uid) return;
  if (owner !== null) {
    throw new AppError(
      'config',
      `${folder} belongs to user ${owner}. With mount.dropPrivileges it must belong to user ${uid}: run \`chown -R ${uid}:${gid} ${folder}\`.`,
    );
  }
  try {
    makeFolder(folder, 0o700);
    // The folder itself, whatever has this name by now.
    const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      fchownSync(descriptor, uid, gid);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('storage', `${folder} cannot be made for user ${uid}: ${why}.`, { cause });
  }
}

/** Null where there is nothing. */
function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null;
}

/** @throws {AppError} `storage` when it has not become that user altogether: who goes on then does so with too many rights. */
function becomeForGood({ uid, gid }: UserAndGroup): void {
  process.seteuid?.(0);
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.geteuid?.() !== uid || process.getegid?.() !== gid || canBecomeRoot()) {
    throw new AppError('storage', `It has not become user ${uid} (mount.dropPrivileges).`);
  }
}

function canBecomeRoot(): boolean {
  try {
    process.seteuid?.(0);
    return true;
  } catch {
    return false;
  }
}

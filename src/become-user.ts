import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from './core/errors.js';
import { makeFolder } from './core/make-folder.js';
import type { UserAndGroup } from './fuse/binding.js';
import { userMay } from './fuse/user-access.js';

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
 * @param folders of that user, made where they are missing. Without a state folder nothing works; without a cache all does.
 * @throws {AppError} `config` when a folder is somebody else's, or the user cannot reach its state folder; `storage` when
 * one cannot be made.
 */
export async function workAs(
  user: UserAndGroup,
  folders: { readonly stateDir: string; readonly cacheDir: string | null },
): Promise<Rights> {
  const { stateDir, cacheDir } = folders;
  const { uid, gid } = user;
  if (!(await canReach(user, stateDir))) {
    throw new AppError(
      'config',
      `User ${uid} cannot reach ${stateDir}. With mount.dropPrivileges, set stateDir to a folder of that user, in a folder that it may enter.`,
    );
  }
  claim(stateDir, user);
  if (cacheDir !== null && (await canReach(user, cacheDir))) claim(cacheDir, user);
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

/** Whether a user may enter the nearest folder above one: root makes nothing for the user where that may not go. */
async function canReach(user: UserAndGroup, folder: string): Promise<boolean> {
  let nearest = dirname(folder);
  while (ownerOf(nearest) === null) nearest = dirname(nearest);
  return (await userMay(user, 'enter', nearest)) !== false;
}

/** Makes a folder that is missing, with those above it, as the user's. One that is there must be the user's already. */
function claim(folder: string, { uid, gid }: UserAndGroup): void {
  const owner = ownerOf(folder);
  if (owner === uid) return;
  if (owner !== null) {
    throw new AppError(
      'config',
      `${folder} belongs to user ${owner}. With mount.dropPrivileges it must belong to user ${uid}: run \`chown -R ${uid}:${gid} ${folder}\`.`,
    );
  }
  const made = [folder];
  for (let above = dirname(folder); ownerOf(above) === null; above = dirname(above)) made.push(above);
  try {
    makeFolder(folder, 0o700);
    // The innermost first: until the outermost is the user's, nobody but root can put anything in their way.
    for (const path of made) give(path, uid, gid);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('storage', `${folder} cannot be made for user ${uid}: ${why}.`, { cause });
  }
}

/** Gives a folder away: the folder itself, whatever has its name by now. */
function give(folder: string, uid: number, gid: number): void {
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(descriptor, uid, gid);
  } finally {
    closeSync(descriptor);
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

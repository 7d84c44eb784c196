import { closeSync, constants, lchownSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { AppError } from './core/errors.js';
import type { UserAndGroup } from './fuse/binding.js';

/**
 * Makes this process, all its threads, another user's for good, and gives that user the state folder with what is in it.
 * Only root can. The threads' credentials are the C library's work (setuid(2), "C library/kernel differences").
 * @throws {AppError} `storage` when it has not become that user altogether: who goes on then does so with too many rights.
 */
export function becomeUser({ uid, gid }: UserAndGroup, stateDir: string): void {
  try {
    giveFolder(stateDir, { uid, gid }, 0);
    process.setgroups?.([gid]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('storage', `It cannot go on as user ${uid} (mount.dropPrivileges): ${why}.`, {
      cause,
    });
  }
  if (process.geteuid?.() !== uid || process.getegid?.() !== gid || canBecomeRoot()) {
    throw new AppError('storage', `It has not become user ${uid} (mount.dropPrivileges).`);
  }
}

/**
 * Since an earlier start the folder may be that user's, who must not get anything else by it: it is looked at through an
 * open descriptor, no link in it is followed, and what has another name elsewhere is left. Files are not opened: closing one
 * would take away SQLite's locks (fcntl(2), "Advisory record locking").
 */
function giveFolder(path: string, user: UserAndGroup, flags: number): void {
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | flags);
  try {
    const opened = `/proc/self/fd/${folder}`;
    for (const name of readdirSync(opened)) {
      const entry = `${opened}/${name}`;
      const stat = lstatSync(entry);
      if (stat.isDirectory()) giveFolder(entry, user, constants.O_NOFOLLOW);
      else if ((stat.isFile() || stat.isSocket()) && stat.nlink === 1) lchownSync(entry, user.uid, user.gid);
    }
    lchownSync(`${opened}/.`, user.uid, user.gid);
  } finally {
    closeSync(folder);
  }
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

import { lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from './core/errors.js';
import type { UserAndGroup } from './fuse/binding.js';

/**
 * Makes this process, all its threads, another user's for good, and gives that user the state folder with what is in it.
 * Only root can. The threads' credentials are the C library's work (setuid(2), "C library/kernel differences").
 * @throws {AppError} `storage` when it has not become that user altogether: who goes on then does so with too many rights.
 */
export function becomeUser({ uid, gid }: UserAndGroup, stateDir: string): void {
  try {
    for (const path of withContents(stateDir)) lchownSync(path, uid, gid);
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

/** The folder itself comes last: while root owns it, nobody else can put something else in its place. */
function withContents(folder: string): string[] {
  return [...readdirSync(folder, { withFileTypes: true })]
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? withContents(path) : [path];
    })
    .concat(folder);
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}

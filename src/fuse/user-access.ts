import { dirname } from 'node:path';
import type { UserAndGroup } from './binding.js';
import { runLimited } from './run-limited.js';

/** What a user may do with a folder: reach what is in it, or change what is in it. */
export type Access = 'enter' | 'write';

/** Options of test(1). */
const tests: Readonly<Record<Access, string>> = { enter: '-x', write: '-w' };

/** How long a look may take, in milliseconds: what is above a path may be a mount that hangs. */
const lookMs = 5_000;

/**
 * Whether a user may use a folder, as the kernel judges it for a child process of that user, so that access lists and
 * the folders above count too. Only root can ask.
 * @returns false also where there is nothing; null where it cannot be told.
 */
export async function userMay(user: UserAndGroup, access: Access, path: string): Promise<boolean | null> {
  const result = await runLimited('test', [tests[access], path], lookMs, { user, onlyLooks: true });
  if (result.kind !== 'exit' || (result.code !== 0 && result.code !== 1)) return null;
  return result.code === 0;
}

/** The outermost of a folder and those above it that a user may not enter; null where the user reaches it. */
export async function closedFolder(
  folder: string,
  mayEnter: (path: string) => Promise<boolean | null>,
): Promise<string | null> {
  if ((await mayEnter(folder)) !== false) return null;
  const above = folder === '/' ? null : await closedFolder(dirname(folder), mayEnter);
  return above ?? folder;
}

/** What to tell where a user cannot go to a mountpoint that it is to unmount, and what to do. */
export function unreachable(closed: string, { uid }: UserAndGroup): { found: string; remedy: string } {
  return {
    found: `user ${uid}, as whom it goes on (mount.dropPrivileges), may not enter ${closed} and could not unmount`,
    remedy: `run \`chmod o+x ${closed}\`, or choose another mountpoint`,
  };
}

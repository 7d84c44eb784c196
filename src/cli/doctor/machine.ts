import { constants } from 'node:fs';
import { access, open, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../../config/interpolate.js';
import { toAppError } from '../../core/errors.js';
import type { UserAndGroup } from '../../fuse/binding.js';
import { lookAtPath, type PathState } from '../../fuse/look-at-path.js';
import { userMay, type Access } from '../../fuse/user-access.js';
import { tryToListen } from '../../server/http-server.js';
import type { ListenAddress } from '../../server/listen-address.js';

/** What the doctor may look at, so that tests give another machine. Nothing here throws. */
export interface Machine {
  /** A file's text; null where it cannot be read. */
  readText(path: string): Promise<string | null>;
  /** The first bytes of a file, as text; null where it cannot be read. */
  beginOf(path: string): Promise<string | null>;
  /** Permission bits; null where there is nothing. */
  modeOf(path: string): Promise<number | null>;
  /** Number of the owner; null where there is nothing. */
  ownerOf(path: string): Promise<number | null>;
  mayUse(path: string, how: 'read-write' | 'execute'): Promise<boolean>;
  /** The same of another user, which only root can tell; null where it cannot be told. */
  userMay(user: UserAndGroup, access: Access, path: string): Promise<boolean | null>;
  /** What is at a path that may hang who touches it; answers within seconds. */
  lookAt(path: string): Promise<PathState>;
  /** Free bytes for this user on the file system of a path; null where unknown. */
  freeBytes(path: string): Promise<number | null>;
  /** Wall clock milliseconds by a server's Date header; null where it does not answer. */
  serverTime(url: string, signal: AbortSignal): Promise<number | null>;
  /** Why nobody could listen on an address, with what to do; null: nothing keeps one from it. */
  listenTrouble(listen: ListenAddress): Promise<string | null>;
}

/** The kernel itself looks no further for the interpreter of a script (execve(2), documented: 255 since Linux 5.1). */
const beginBytes = 255;

export const thisMachine: Machine = {
  readText: (path) => readFile(path, 'utf8').catch(() => null),
  beginOf: async (path) => {
    // A pipe would be waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
    try {
      const read = await file?.read(Buffer.alloc(beginBytes), 0, beginBytes);
      return read?.buffer.toString('utf8', 0, read.bytesRead) ?? null;
    } catch {
      return null;
    } finally {
      await file?.close();
    }
  },
  modeOf: (path) =>
    stat(path).then(
      ({ mode }) => mode & 0o7777,
      () => null,
    ),
  ownerOf: (path) =>
    stat(path).then(
      ({ uid }) => uid,
      () => null,
    ),
  mayUse: (path, how) =>
    access(path, how === 'execute' ? constants.X_OK : constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ),
  userMay,
  lookAt: lookAtPath,
  freeBytes: (path) =>
    statfs(path).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => null,
    ),
  serverTime: async (url, signal) => {
    try {
      const { headers } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
      const date = Date.parse(headers.get('date') ?? '');
      return Number.isNaN(date) ? null : date;
    } catch {
      return null;
    }
  },
  listenTrouble: (listen) =>
    tryToListen(listen).then(
      () => null,
      (thrown: unknown) => toAppError(thrown).message,
    ),
};

/** Where a program of a name lies; null where it is not installed. */
export async function findProgram(
  machine: Machine,
  env: Environment,
  names: readonly string[],
): Promise<string | null> {
  const folders = (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin')
    .split(':')
    .filter((folder) => folder !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await machine.mayUse(path, 'execute')) return path;
    }
  }
  return null;
}

/** The folder itself, or the nearest above it that exists. */
export async function nearestFolder(machine: Pick<Machine, 'modeOf'>, folder: string): Promise<string> {
  let current = folder;
  while (current !== '/' && (await machine.modeOf(current)) === null) current = dirname(current);
  return current;
}

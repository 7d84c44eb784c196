import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError, codeOf } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';

/**
 * Puts a text into a file of the user's, whole or not at all, also over a power cut; one that is not there is made for its owner alone.
 * @param mode its permissions from now on; without it those that it has stay.
 * @throws {AppError} `storage` when it cannot be written; then it stays as it was.
 */
export function replaceFile(file: string, text: string, mode?: number): void {
  const next = `${file}.new`;
  try {
    makeFolder(dirname(file), 0o700);
    const had = existsSync(file) ? statSync(file).mode : 0o600;
    // One that a killed process left may have other permissions.
    rmSync(next, { force: true });
    const descriptor = openSync(next, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    chmodSync(next, (mode ?? had) & 0o7777);
    // Root writes for a debridfs that runs as another user (mount.dropPrivileges) and must read it.
    const { uid, gid } = statSync(existsSync(file) ? file : dirname(file));
    if (process.getuid?.() === 0) chownSync(next, uid, gid);
    renameSync(next, file);
  } catch (cause) {
    rmSync(next, { force: true });
    const message = `${file} cannot be written (${codeOf(cause) ?? 'unknown'}). Check its permissions.`;
    throw new AppError('storage', message, { cause });
  }
}

import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError, codeOf } from './errors.js';
import { makeFolder } from './make-folder.js';

export interface ReplaceOptions {
  /** Permissions from now on; without it those that it has stay. */
  readonly mode?: number;
  /** Whether it outlives a power cut, which takes the time of a disk. */
  readonly flush?: boolean;
}

/**
 * Puts a text into a file, whole or not at all, also over a power cut; one that is not there is made for its owner alone. Whatever
 * somebody else puts in its way is neither followed nor written to, as root may write into a folder of another user's.
 * @throws {AppError} `storage` when it cannot be written; then it stays as it was.
 */
export function replaceFile(file: string, text: string, { mode, flush = true }: ReplaceOptions = {}): void {
  const next = `${file}.new`;
  try {
    makeFolder(dirname(file), 0o700);
    const had = statSync(file, { throwIfNoEntry: false });
    const { uid, gid } = had ?? statSync(dirname(file));
    // One that a killed process left may have other permissions.
    rmSync(next, { force: true });
    const descriptor = openSync(next, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      // Root writes for a debridfs that runs as another user (mount.dropPrivileges) and must read it.
      if (process.geteuid?.() === 0) fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, (mode ?? had?.mode ?? 0o600) & 0o7777);
      if (flush) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, file);
  } catch (cause) {
    try {
      rmSync(next, { force: true });
    } catch {
      // What keeps it from being written keeps it from being there.
    }
    throw cannotWrite(file, cause);
  }
}

/** By what the system says. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'Make room on its disk.',
  EDQUOT: 'Make room on its disk: the quota is used up.',
  EROFS: 'It lies on a file system that takes no writes.',
  EISDIR: 'It is a folder.',
  ENOENT: 'Its folder cannot be made.',
  ENOTDIR: 'What should be its folder is none.',
  EEXIST: 'What should be its folder is none.',
};

/** Why a file was not written, with what to do. @param cause what the system threw. */
export function cannotWrite(file: string, cause: unknown): AppError {
  const code = codeOf(cause) ?? 'unknown';
  const message = `${file} cannot be written (${code}). ${remedies[code] ?? 'Check its permissions.'}`;
  return new AppError('storage', message, { cause });
}

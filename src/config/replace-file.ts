import { chownSync, existsSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError, codeOf } from '../core/errors.js';
import { makeFolder } from '../core/make-folder.js';

/**
 * Puts a text into a file of the user's, whole or not at all; one that is not there is made for its owner alone.
 * @throws {AppError} `storage` when it cannot be written; then it stays as it was.
 */
export function replaceFile(file: string, text: string): void {
  try {
    makeFolder(dirname(file), 0o700);
    const mode = existsSync(file) ? statSync(file).mode : 0o600;
    writeFileSync(`${file}.new`, text, { mode });
    // Root writes for a debridfs that runs as another user (mount.dropPrivileges) and must read it.
    const { uid, gid } = statSync(existsSync(file) ? file : dirname(file));
    if (process.getuid?.() === 0) chownSync(`${file}.new`, uid, gid);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const message = `${file} cannot be written (${codeOf(cause) ?? 'unknown'}). Check its permissions.`;
    throw new AppError('storage', message, { cause });
  }
}

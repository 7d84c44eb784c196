import { AppError } from '../core/errors.js';

/** Bits of the flags of open(2) (Linux, include/uapi/asm-generic/fcntl.h): all but these leave a file as it is. */
const writingFlags = 0o3 | 0o100 | 0o1000 | 0o2000;

/** @throws {AppError} `read-only` when a file is opened to be changed. */
export function refuseWriting(flags: number): void {
  if ((flags & writingFlags) !== 0) throw readOnly();
}

export function readOnly(): AppError {
  return new AppError('read-only', 'The file system is read-only.');
}

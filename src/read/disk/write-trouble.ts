import { AppError, codeOf } from '../../core/errors.js';

/** Whether the files are not there any more, or no longer ours: then others must be opened. */
export function areFilesGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || (error instanceof AppError && error.code === 'storage');
}

/** Why blocks cannot be written, and what to do, as a sentence. */
export function reasonOf(error: unknown): string {
  const told = error instanceof Error ? error.message : String(error);
  switch (codeOf(error)) {
    case 'ENOSPC':
      return 'the disk of cache.dir is full. Make room on it, or lower cache.maxSize.';
    case 'EDQUOT':
      return 'the disk quota for cache.dir is used up. Raise it, or lower cache.maxSize.';
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return 'cache.dir cannot be written. Mount it writable, or give it to the user that debridfs runs as.';
    case 'EIO':
      return 'the disk of cache.dir fails. Look for its errors in the system log (dmesg), or let cache.dir name another one.';
    default:
      return areFilesGone(error)
        ? `the files in cache.dir are not there any more or not usable; they are made anew. (${told})`
        : `cache.dir: ${told}.`;
  }
}

import type FuseNative from 'fuse-native';
import { AppError } from '../../core/errors.js';

/**
 * Loads fuse-native when it is needed, so that a machine without libfuse2 hears what to do, and can still do all else.
 * @throws {AppError} `config` with the remedy.
 */
export async function loadFuseNative(): Promise<typeof FuseNative> {
  try {
    return (await import('fuse-native')).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('config', remedyFor(reason), { cause });
  }
}

function remedyFor(reason: string): string {
  if (reason.includes('libfuse.so.2')) {
    return 'libfuse2 is missing: install it with `apt-get install libfuse2` (`libfuse2t64` on Debian 13 and Ubuntu 24.04).';
  }
  if (process.arch !== 'x64') {
    return `The package fuse-native does not run on ${process.arch}: it is built for x64 only.`;
  }
  return `The package fuse-native cannot be loaded (${reason.split('\n')[0] ?? ''}): run \`npm ci\` again on this machine.`;
}

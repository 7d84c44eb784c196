/**
 * The ways to the kernel that are compared, each with all that makes it fast. Every one gives what `serve.mjs` needs: a
 * function that mounts a file system and resolves, once the kernel is served, to one that unmounts.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { systemClock } from '../dist/core/clock.js';
import { silentLogger } from '../dist/core/logger.js';

const deadlines = { readMs: 60_000, otherMs: 60_000 };
const ownership = { uid: process.getuid(), gid: process.getgid(), umask: 0o022 };
const validMs = 3_600_000;

/**
 * fuse-native with the operations of our binding and the fastest of its own options, also those that the binding does not
 * use: `kernelCache`, and 1 MiB per read, which libfuse2 cuts to 128 KiB.
 * @param maxBackground how many reads of the page cache may be under way. libfuse2's own number is 12, and fuse-native has
 *   no option for it: another one goes in behind `fsname`. Where more than ten requests are under way it leaks.
 */
function fuseNative(maxBackground) {
  return async (fileSystem, mountpoint) => {
    const { default: Fuse } = await import('fuse-native');
    const { fuseNativeOperations } = await import('../dist/fuse/native/fuse-native-operations.js');
    const operations = fuseNativeOperations({
      fileSystem,
      ownership,
      deadlines,
      clock: systemClock,
      logger: silentLogger,
    });
    const fuse = new Fuse(mountpoint, operations, {
      fsname: `debridfs-bench,ro,use_ino,negative_timeout=1,max_background=${maxBackground}`,
      allowOther: true,
      defaultPermissions: true,
      maxRead: 2 ** 20,
      kernelCache: true,
      attrTimeout: String(validMs / 1000),
      entryTimeout: String(validMs / 1000),
      timeout: false,
    });
    await new Promise((resolve, reject) => fuse.mount((error) => (error ? reject(error) : resolve())));
    return () => promisify(execFile)('fusermount3', ['-uz', mountpoint]);
  };
}

/** Our own binding. */
function kernel(transport) {
  return async (fileSystem, mountpoint) => {
    const { createKernelBinding } = await import('../dist/fuse/kernel/kernel-binding.js');
    const binding = createKernelBinding({ logger: silentLogger, deadlines, transport });
    const mount = await binding.mount(fileSystem, {
      mountpoint,
      allowOther: true,
      ...ownership,
      attrTimeoutMs: validMs,
      announce: false,
    });
    return () => mount.unmount();
  };
}

/** By the name that `serve.mjs` is given. */
export const bindings = {
  'fuse-native': fuseNative(12),
  'fuse-native-64': fuseNative(64),
  kernel: kernel('poll'),
  'kernel-thread': kernel('thread'),
};

import { closeSync, constants, openSync } from 'node:fs';
import { AppError } from '../../core/errors.js';
import type { MountOptions } from '../binding.js';
import { clearDead } from '../mountpoint.js';
import { maxReadBytes } from './init.js';
import { runMountProgram } from './mount-program.js';
import { mountedAsUser } from './user-mount.js';

/**
 * A device that is mounted and not served yet. The caller owns it.
 * @param kept an open device that somebody else keeps; null: a new one is opened.
 * @throws {AppError} `config` or `storage` with the remedy.
 */
export async function mountedDevice(
  mountpoint: string,
  options: MountOptions,
  kept: number | null,
): Promise<number> {
  if (kept === null && process.geteuid?.() !== 0) return mountedAsUser(mountpoint, options);
  const device = kept ?? openDevice();
  try {
    await mountDevice(device, mountpoint, deviceOptions(options));
    return device;
  } catch (error) {
    if (kept === null) closeSync(device);
    // A mount(8) that was ended at its time limit may have mounted.
    await clearDead(mountpoint);
    throw error;
  }
}

/** @throws {AppError} `config` with the remedy. */
export function openDevice(): number {
  try {
    return openSync('/dev/fuse', constants.O_RDWR);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new AppError(
      'config',
      `/dev/fuse cannot be opened (${code ?? 'unknown'}): \`debridfs doctor\` says what to do.`,
      { cause },
    );
  }
}

/** Options of the mount that the kernel and mount(8) understand (Linux, fs/fuse/inode.c; mount(8)). */
function deviceOptions({ announce, allowOther, dropTo }: MountOptions): string[] {
  return [
    // Watchers are woken by writes of this process, which the mount must let through to it.
    ...(announce ? [] : ['ro']),
    'nosuid',
    'nodev',
    'noatime',
    'default_permissions',
    ...(allowOther ? ['allow_other'] : []),
    `max_read=${maxReadBytes}`,
    // What the root of the mount is: a folder.
    'rootmode=40000',
    // Who may unmount it.
    `user_id=${dropTo?.uid ?? process.geteuid?.() ?? 0}`,
    `group_id=${dropTo?.gid ?? process.getegid?.() ?? 0}`,
  ];
}

/** Mounts as root, by handing the device to mount(8), so that no call of ours needs native code. */
async function mountDevice(device: number, mountpoint: string, options: readonly string[]): Promise<void> {
  // In the child the device is descriptor 3. `-i`: no helper of libfuse's.
  const args = ['-i', '-t', 'fuse.debridfs', '-o', [...options, 'fd=3'].join(','), 'debridfs', mountpoint];
  const why = await runMountProgram('mount', args, device);
  if (why === null) return;
  throw new AppError('storage', `${mountpoint} cannot be mounted: ${why}.`, { context: { mountpoint } });
}

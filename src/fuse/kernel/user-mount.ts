import { AppError } from '../../core/errors.js';
import type { MountOptions } from '../binding.js';
import { clearDead } from '../mountpoint.js';
import { maxReadBytes } from './init.js';
import { runMountProgram } from './mount-program.js';
import { loadDescriptorReceiver } from './receive-descriptor.js';

/**
 * Mounts for somebody who is not root: the set-uid fusermount3 opens and mounts the device and sends it back.
 * @returns the device, which the caller owns.
 * @throws {AppError} `config` or `storage` with what fusermount3 said; nothing is left mounted then.
 */
export async function mountedAsUser(mountpoint: string, options: MountOptions): Promise<number> {
  const receiver = await loadDescriptorReceiver();
  if (receiver === null) {
    throw new AppError(
      'config',
      'The optional package koffi is missing: run `npm ci` again, or mount as root.',
    );
  }
  try {
    const device = await receiver.receive((socket) => runFusermount(mountpoint, options, socket));
    if (device !== null) return device;
    throw new AppError('storage', `${mountpoint} cannot be mounted: fusermount3 sent no device.`);
  } catch (error) {
    // It does not take back what it mounted (observed with fusermount3 3.14, 2026-11).
    await clearDead(mountpoint);
    throw error;
  }
}

async function runFusermount(mountpoint: string, options: MountOptions, socket: number): Promise<void> {
  const own = [
    ...(options.announce ? [] : ['ro']),
    'noatime',
    'default_permissions',
    ...(options.allowOther ? ['allow_other'] : []),
    `max_read=${maxReadBytes}`,
    'subtype=debridfs',
    'fsname=debridfs',
  ];
  // In the child the socket is descriptor 3.
  const args = ['-o', own.join(','), '--', mountpoint];
  const why = await runMountProgram('fusermount3', args, socket, { _FUSE_COMMFD: '3' });
  if (why === null) return;
  throw new AppError('config', `${mountpoint} cannot be mounted: ${why}.`, { context: { mountpoint } });
}

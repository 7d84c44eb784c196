import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { FuseBinding, MountOptions } from './binding.js';
import type { Deadlines } from './deadlines.js';
import { createKernelBinding } from './kernel/kernel-binding.js';
import type { KeptDevice } from './keeper/kept-device.js';
import { createFuseNativeBinding } from './native/fuse-native.js';
import { probeFuse } from './probe.js';

export interface BindingSettings extends Pick<MountOptions, 'allowOther' | 'dropTo'> {
  readonly binding: 'auto' | FuseBinding['name'];
}

export interface BindingParts {
  readonly logger: Logger;
  readonly deadlines: Deadlines;
  /** A device that outlives this process; only the kernel's protocol can use one. */
  readonly kept: KeptDevice | null;
}

/**
 * The way to the kernel that is asked for; `auto`: its own protocol where this process may mount by it, else fuse-native.
 * @throws {AppError} `config` where that cannot do what is asked for.
 */
export async function chooseBinding(settings: BindingSettings, parts: BindingParts): Promise<FuseBinding> {
  const binding = await chosen(settings, parts);
  if (settings.dropTo === null || binding.name === 'kernel') return binding;
  throw new AppError(
    'config',
    'Through fuse-native, which needs root to unmount, mount.dropPrivileges cannot be had: leave it out.',
  );
}

async function chosen(settings: BindingSettings, parts: BindingParts): Promise<FuseBinding> {
  switch (settings.binding) {
    case 'kernel':
      return createKernelBinding(parts);
    case 'fuse-native':
      return createFuseNativeBinding(parts);
    case 'auto': {
      const missing = (await probeFuse('kernel', settings)).find(({ ok }) => !ok);
      if (missing === undefined || parts.kept !== null) return createKernelBinding(parts);
      parts.logger.info({ because: missing.detail }, 'the mount is made through fuse-native');
      return createFuseNativeBinding(parts);
    }
  }
}

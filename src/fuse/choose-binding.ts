import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Meter } from '../core/meter.js';
import type { FuseBinding, MountOptions } from './binding.js';
import type { Deadlines } from './deadlines.js';
import { createKernelBinding } from './kernel/kernel-binding.js';
import type { KeptDevice } from './keeper/kept-device.js';
import { createFuseNativeBinding } from './native/fuse-native.js';
import { probeFuse, type ProbedSystem } from './probe.js';

export interface BindingSettings extends Pick<MountOptions, 'allowOther' | 'dropTo'> {
  readonly binding: 'auto' | FuseBinding['name'];
}

export interface BindingParts {
  readonly logger: Logger;
  /** Hears of every answer to the kernel. */
  readonly meter?: Meter | undefined;
  readonly deadlines: Deadlines;
  /** A device that outlives this process; only the kernel's protocol can use one. */
  readonly kept: KeptDevice | null;
  /** Where to look for what mounting needs; left out: this machine. */
  readonly system?: ProbedSystem;
}

/**
 * The way to the kernel that is asked for; `auto`: its own protocol where this process may mount by it, else fuse-native
 * where that can do better.
 * @throws {AppError} `config` where that cannot do what is asked for, or lacks something: early, because the mount itself
 * may come much later.
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
  const { logger, kept, system } = parts;
  const wanted = settings.binding === 'auto' ? 'kernel' : settings.binding;
  // With a keeper, what mounting needs was there when that started.
  const missing = kept === null ? await missingFor(wanted, settings, system) : null;
  if (missing === null) return createBinding(wanted, parts);
  if (settings.binding !== 'auto' || (await missingFor('fuse-native', settings, system)) !== null) {
    throw new AppError('config', missing);
  }
  logger.info({ because: missing }, 'the mount is made through fuse-native');
  return createFuseNativeBinding(parts);
}

function createBinding(name: FuseBinding['name'], parts: BindingParts): FuseBinding {
  return name === 'kernel' ? createKernelBinding(parts) : createFuseNativeBinding(parts);
}

/** The first thing that a binding needs and that is not there, with the remedy; null: all is there. */
async function missingFor(
  name: FuseBinding['name'],
  settings: BindingSettings,
  system: ProbedSystem | undefined,
): Promise<string | null> {
  return (await probeFuse(name, settings, system)).find(({ ok }) => !ok)?.detail ?? null;
}

import type { TreeChange } from '../core/tree.js';
import type { Mount } from './binding.js';

/**
 * Lets the kernel forget what published changes made wrong, the names and the folders that they are in, so that every
 * program sees them at once, and then wakes the programs that watch those folders.
 */
export async function tellChanges(mount: Mount, changes: readonly TreeChange[]): Promise<void> {
  await Promise.all(changes.map(({ parent, name }) => mount.invalidateEntry(parent, name)));
  // After the names: a listing that is read meanwhile is kept by the kernel.
  const folders = new Set(changes.map(({ parent }) => parent));
  await Promise.all([...folders].map((folder) => mount.invalidateInode(folder)));
  await mount.announce(changes);
}

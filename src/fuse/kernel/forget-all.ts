import { rootInode } from '../../core/tree.js';
import type { FileSystem, OperationContext } from '../../vfs/file-system.js';
import { epochMessage, type Notifications } from './notifications.js';
import type { OpenDevice } from './open-device.js';

/** For questions to the file system that nobody waits for. */
const nobody: OperationContext = { signal: new AbortController().signal, pid: 0 };

/**
 * Lets the kernel forget all that a process told it which then died: nobody knows what that had published and not told it
 * yet. Names are forgotten before it first waits, where the kernel can do that; folders that programs have open list anew
 * soon after, those that changed last first.
 */
export async function forgetAll(
  device: OpenDevice,
  notifications: Pick<Notifications, 'invalidateEntry' | 'invalidateInode'>,
  fileSystem: FileSystem,
): Promise<void> {
  // With a name at the top goes all that is kept below it, save names of what is open (observed with Linux 6.18, 2026-11).
  if (!makesNamesOld(device))
    for (const name of namesAtTop(fileSystem)) void notifications.invalidateEntry(rootInode, name);
  for (const folder of fileSystem.folders()) await notifications.invalidateInode(folder);
}

/** @returns whether this kernel knows how. It takes no lock for it, so this thread may tell it. */
function makesNamesOld(device: OpenDevice): boolean {
  try {
    device.write(epochMessage());
    return true;
  } catch {
    return false;
  }
}

function* namesAtTop(fileSystem: FileSystem, after = 0n): Generator<string> {
  const page = fileSystem.readdir(rootInode, after, nobody);
  for (const { name } of page) yield name;
  const last = page.at(-1);
  if (last !== undefined) yield* namesAtTop(fileSystem, last.cookie);
}

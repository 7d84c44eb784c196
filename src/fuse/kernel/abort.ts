import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a distribution mounts the control file system. */
const usualPlace = '/sys/fs/fuse/connections';

/** Each needs a few milliseconds. */
const commandMs = 2_000;

/**
 * Ends a mount for everybody who uses it, at once (Linux, Documentation/filesystems/fuse.rst, "Aborting a filesystem
 * connection"). Where the control file system is not mounted, root mounts it for the moment.
 * @param device `major:minor` of the mount.
 * @throws {Error} when it may not be done, or the mount is gone.
 */
export function abortConnection(device: string): void {
  const minor = device.slice(device.indexOf(':') + 1);
  // It is not mounted in many containers.
  if (readdirSync(usualPlace).length > 0) {
    writeFileSync(join(usualPlace, minor, 'abort'), '1');
    return;
  }
  const place = mkdtempSync(join(tmpdir(), 'debridfs-control-'));
  try {
    spawnSync('mount', ['-i', '-t', 'fusectl', 'none', place], { timeout: commandMs, stdio: 'ignore' });
    writeFileSync(join(place, minor, 'abort'), '1');
  } finally {
    spawnSync('umount', ['-l', place], { timeout: commandMs, stdio: 'ignore' });
    removeEmpty(place);
  }
}

/** An empty folder that is left does no harm; what happened before is what is to be told. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
}

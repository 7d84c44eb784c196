/** What is mounted where, and how it is taken away. Nothing here touches a mount, so nothing waits for one. */
import { readFile } from 'node:fs/promises';
import { runLimited } from './programs.mjs';

/** How long unmounting may take. */
const detachSeconds = 20;

/** `major:minor` of what is mounted at a path; undefined when nothing is. */
export async function deviceAt(mountpoint) {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return lines.map((line) => line.split(' ')).findLast((fields) => fields[4] === mountpoint)?.[2];
}

/** Takes a mount away, if there is one, whatever state its server is in. */
export async function detach(mountpoint) {
  if ((await deviceAt(mountpoint)) === undefined) return;
  await runLimited('fusermount3', ['-uz', mountpoint], { limitSeconds: detachSeconds }).catch(() => {});
}

import { unwatchFile, watchFile } from 'node:fs';

/** How often it is looked at, in milliseconds. Looking works on every file system, also on one mounted into a container. */
const everyMs = 2000;

/**
 * Calls `changed` whenever a file was changed. One that goes is not taken for changed before it has been gone for a while:
 * editors put another in its place.
 * @returns what ends it.
 */
export function watchTextFile(file: string, changed: () => void): () => void {
  let gone: NodeJS.Timeout | null = null;
  const look = (now: { readonly mtimeMs: number; readonly ino: number }): void => {
    if (gone !== null) clearTimeout(gone);
    gone = null;
    if (now.ino === 0) gone = setTimeout(changed, 2 * everyMs).unref();
    else changed();
  };
  watchFile(file, { interval: everyMs, persistent: false }, look);
  return () => {
    unwatchFile(file, look);
    if (gone !== null) clearTimeout(gone);
  };
}

import type { Clock } from '../core/clock.js';
import { isListed, readMounts, type MountEntry } from './mountinfo.js';

/** How often the list of mounts is read: some 50 µs each, and nobody waits for the answer. */
const intervalMs = 1_000;

/**
 * Resolves when a mount is no longer listed, whoever took it away; never rejects. Node cannot be woken by a change of
 * mountinfo (it is told by POLLPRI, which libuv does not wait for on such a file), so the list is read now and then.
 * @param soon when it fires, the list is read at once.
 */
export async function untilGone(mount: MountEntry, clock: Clock, soon: AbortSignal): Promise<void> {
  for (;;) {
    try {
      if (!isListed(await readMounts(), mount)) return;
    } catch {
      // Out of file descriptors, say: nothing may be concluded from that.
    }
    await clock.sleep(intervalMs, soon.aborted ? undefined : soon).catch(() => undefined);
  }
}

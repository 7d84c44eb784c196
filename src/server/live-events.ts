import type { Clock } from '../core/clock.js';

/** So often a page is told how everything is, in milliseconds. */
const everyMs = 2_000;

/**
 * A stream of server-sent events, each with the text that `tell` gives, until the signal fires. It waits for whoever reads it, so a
 * browser that sleeps is told what is then, not what was.
 */
export function liveEvents(
  tell: () => string,
  clock: Clock,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let isFirst = true;
  return new ReadableStream({
    async pull(controller) {
      if (!isFirst) await clock.sleep(everyMs, signal).catch(() => undefined);
      isFirst = false;
      if (signal.aborted) {
        controller.close();
        return;
      }
      controller.enqueue(encoder.encode(`data: ${tell()}\n\n`));
    },
  });
}

import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Reply } from './reply.js';
import type { SendPlan } from './spoil.js';

/** Time in which what was sent arrives where somebody reads it, in milliseconds. */
const arrivalMs = 20;
/** A throttled stream goes out in this many pieces a second: even enough, and far from the resolution of timers. */
const piecesPerSecond = 20;

/**
 * Writes a reply's body with back-pressure, making no more of it once the signal has fired (the client is gone).
 * @param sent hears of the bytes that were handed to the kernel.
 * @returns whether the body went out whole.
 * @throws {Error} when the source fails or the signal fires.
 */
export async function sendBody(
  response: ServerResponse,
  reply: Reply,
  plan: SendPlan,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { breakAfter } = plan;
  const breakAt = breakAfter === null ? reply.end : Math.min(reply.end, reply.start + breakAfter.bytes);
  await send(response, reply, reply.start, breakAt, plan, sent, signal);
  if (breakAfter === null || reply.start + breakAfter.bytes > reply.end) return true;
  await flushed(response, signal);
  switch (breakAfter.kind) {
    case 'end':
      response.socket?.end();
      return false;
    case 'reset':
      // On loopback a reset overtakes what was sent before it, of which hardly anything would arrive.
      await delay(arrivalMs, undefined, { signal });
      response.socket?.resetAndDestroy();
      return false;
    case 'stall':
      if (breakAfter.ms === null) await gone(signal);
      else await delay(breakAfter.ms, undefined, { signal });
      await send(response, reply, breakAt, reply.end, plan, sent, signal);
      return true;
  }
}

/** Waits until the signal fires, and throws then. */
export async function gone(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted();
  await once(signal, 'abort');
  throw signal.reason;
}

async function send(
  response: ServerResponse,
  reply: Reply,
  start: number,
  end: number,
  plan: SendPlan,
  sent: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const slice of reply.source.slices(start, end)) {
    for (const piece of pieces(slice, plan.bytesPerSecond)) {
      if (plan.bytesPerSecond !== null) {
        await delay((piece.length / plan.bytesPerSecond) * 1000, undefined, { signal });
      }
      signal.throwIfAborted();
      const room = response.write(piece, (error) => {
        if (!(error instanceof Error)) sent(piece.length);
      });
      if (!room) await once(response, 'drain', { signal });
    }
  }
}

function pieces(slice: Buffer, bytesPerSecond: number | null): Buffer[] {
  if (bytesPerSecond === null) return [slice];
  const size = Math.max(1, Math.ceil(bytesPerSecond / piecesPerSecond));
  const count = Math.ceil(slice.length / size);
  return Array.from({ length: count }, (_, index) => slice.subarray(index * size, (index + 1) * size));
}

/** Sends the headers too, where no byte followed them, and waits until nothing is left to write. */
async function flushed(response: ServerResponse, signal: AbortSignal): Promise<void> {
  response.flushHeaders();
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted, { once: true });
    response.write('', () => {
      signal.removeEventListener('abort', aborted);
      resolve();
    });
  });
}

import type { Clock } from '../core/clock.js';
import type { BandwidthUser } from './bandwidth.js';
import type { Feed } from './feed.js';
import { ObservedFailure } from './observation.js';
import type { SlotHolder } from './stream-slots.js';

/** Bytes of a content, and until when they are tried for. */
export interface PeekOptions {
  readonly offset: number;
  /** Bytes, all of them inside of the content. */
  readonly length: number;
  readonly patienceMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * A few bytes of a content that nobody reads, past the cache: to look into an archive. Everybody else goes first.
 * @throws {AppError} why no source gave them in time; the signal's reason.
 */
export async function peek(feed: Feed, options: PeekOptions): Promise<Uint8Array> {
  const { offset, length, patienceMs, clock, signal } = options;
  const bytes = Buffer.alloc(length);
  const given = new AbortController();
  const deadlineMs = clock.monotonic() + patienceMs;
  const holder: SlotHolder & BandwidthUser = {
    purpose: 'read-ahead',
    urgency: 'read-ahead',
    idle: false,
    usedMs: clock.monotonic(),
    close: () => given.abort(),
  };
  const either = AbortSignal.any([signal, given.signal]);
  for (let filled = 0; filled < length;) {
    const start = offset + filled;
    const opened = await feed.open({
      start: () => start,
      end: offset + length,
      deadlineMs: () => deadlineMs,
      holder,
      signal: either,
    });
    try {
      while (offset + filled < opened.until) {
        const count = await opened.body.fill(bytes.subarray(filled, opened.until - offset));
        if (count === 0) throw new ObservedFailure({ kind: 'wrong-length' });
        filled += count;
      }
      await opened.body.finish();
    } catch (thrown) {
      await feed.failed(opened.giver, thrown, either);
    } finally {
      opened.end();
    }
  }
  return bytes;
}

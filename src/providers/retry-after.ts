/** The header `Retry-After`, in both its forms (RFC 9110, section 10.2.3). */

/** No pause is longer, whatever a server says: ten minutes, twice the longest that a service is known to ask for (TorBox, 300 s). */
const longestMs = 600_000;

/** Milliseconds to wait from `nowMs`; null where the header is missing or cannot be understood. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  const waitMs = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? null : boundedPauseMs(waitMs);
}

/** A pause that a server asks for, in milliseconds, as it is kept. */
export function boundedPauseMs(waitMs: number): number {
  return Math.min(Math.max(0, Math.ceil(waitMs)), longestMs);
}

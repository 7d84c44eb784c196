import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from './listen-address.js';

/**
 * Whether a request's Host names this machine, so that a page elsewhere whose name was made to point here (DNS
 * rebinding) is told from a user's own browser.
 */
export function isLocalHost(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '');
  return isLoopback(name?.[1] ?? name?.[2] ?? '');
}

/** Whether an Authorization header carries the password: `Basic` with any user name, or `Bearer`. */
export function knowsPassword(header: string | undefined, password: string): boolean {
  const [, scheme, value] = /^(basic|bearer) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined || value === undefined) return false;
  if (scheme.toLowerCase() === 'bearer') return isSame(value, password);
  const credentials = Buffer.from(value, 'base64').toString('utf8');
  const colon = credentials.indexOf(':');
  return colon !== -1 && isSame(credentials.slice(colon + 1), password);
}

/** Compares without telling by its time where two texts differ, or how long they are. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

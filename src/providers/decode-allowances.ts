/** Reads what services count out to an account. */
import type { Allowance } from '../core/account.js';
import { asNumber, asObject } from './decode.js';

/** As many are told as fit on a screen: AllDebrid limits some dozens of hosts. */
const maxAllowances = 50;

/** A number of things or bytes, such as a quota: an integer from 0 up; null for what is none. */
export function asCount(value: unknown): number | null {
  const count = asNumber(value);
  return count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null;
}

/** What a map by file host tells of each, in its order; an empty one also comes as a list (observed). */
export function byHost(raw: unknown, read: (told: unknown) => Omit<Allowance, 'name'> | null): Allowance[] {
  const hosts = Object.entries(asObject(raw) ?? {}).filter(([host]) => /^[\w.-]{1,64}$/.test(host));
  return hosts.slice(0, maxAllowances).flatMap(([host, told]) => {
    const allowance = read(told);
    return allowance === null ? [] : [{ name: `traffic of ${host}`, ...allowance }];
  });
}

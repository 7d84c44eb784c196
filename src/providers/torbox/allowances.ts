/** What TorBox counts out to an account. */
import type { Allowance } from '../../core/account.js';
import type { JsonObject } from '../decode.js';
import { asNumber } from '../decode.js';
import { asCount } from '../decode-allowances.js';

/** Downloads at once by plan: 1 is Essential, 2 Pro, 3 Standard (its support pages, 2026). */
const slotsByPlan: ReadonlyMap<number | null, number> = new Map([
  [1, 3],
  [2, 10],
  [3, 5],
]);

export function readAllowances(user: JsonObject): Allowance[] {
  const limit = slotsByPlan.get(asNumber(user['plan']));
  const used = asCount(user['total_bytes_downloaded']);
  return [
    ...(limit === undefined
      ? []
      : [{ name: 'downloads at once', unit: 'items', used: null, left: null, limit } as const]),
    ...(used === null
      ? []
      : [{ name: 'downloaded in all', unit: 'bytes', used, left: null, limit: null } as const]),
  ];
}

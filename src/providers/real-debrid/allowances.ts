/** What Real-Debrid counts out to an account. */
import type { Allowance } from '../../core/account.js';
import type { AccountApi } from '../account-api.js';
import { asObject, asText } from '../decode.js';
import { asCount, byHost } from '../decode-allowances.js';

/** Asks for them; what does not come is left out. @throws {AppError} `aborted`. */
export async function fetchAllowances(api: AccountApi, signal: AbortSignal): Promise<readonly Allowance[]> {
  const call = { purpose: 'list', method: 'GET', signal } as const;
  const [active, traffic] = await Promise.all([
    api.extra({ ...call, path: '/torrents/activeCount' }),
    api.extra({ ...call, path: '/traffic' }),
  ]);
  return [...readActive(active), ...byHost(traffic, readTraffic)];
}

function readActive(raw: unknown): Allowance[] {
  const told = asObject(raw);
  const used = asCount(told?.['nb']);
  const limit = asCount(told?.['limit']);
  if (used === null || limit === null) return [];
  return [{ name: 'active torrents', unit: 'items', used, left: Math.max(0, limit - used), limit }];
}

/** What is left comes in bytes or links; a limit of type `gigabytes` in GiB (observed). */
function readTraffic(raw: unknown): Omit<Allowance, 'name'> | null {
  const told = asObject(raw);
  const left = asCount(told?.['left']);
  if (told === null || left === null) return null;
  const type = asText(told['type']);
  const limit = asCount(told['limit']);
  if (type === 'links') return { unit: 'items', used: null, left, limit };
  const limitBytes = limit !== null && type === 'gigabytes' && limit < 2 ** 20 ? limit * 2 ** 30 : limit;
  return { unit: 'bytes', used: null, left, limit: limitBytes };
}

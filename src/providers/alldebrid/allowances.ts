/** What AllDebrid counts out to an account. */
import type { Allowance } from '../../core/account.js';
import type { JsonObject } from '../decode.js';
import { asCount, byHost } from '../decode-allowances.js';

/** Quotas come in MB (documented); whether of 1000 or 1024 is not, and the lesser promises nothing that is not there. */
const megabyte = 1_000_000;

export function readAllowances(user: JsonObject): Allowance[] {
  const trial = bytesLeft(user['remainingTrialQuota']);
  return [
    ...(trial === null ? [] : [{ name: 'traffic of the free trial', ...trial }]),
    ...byHost(user['limitedHostersQuotas'], bytesLeft),
  ];
}

function bytesLeft(megabytes: unknown): Omit<Allowance, 'name'> | null {
  const left = asCount(megabytes);
  return left === null ? null : { unit: 'bytes', used: null, left: left * megabyte, limit: null };
}

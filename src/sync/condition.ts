import type { AccountCondition, AccountState } from '../core/account.js';
import type { AppError, ErrorCode } from '../core/errors.js';

const conditions: Partial<Record<ErrorCode, AccountCondition>> = {
  'token-rejected': 'rejected',
  'account-blocked': 'blocked',
  'address-refused': 'blocked',
  'not-premium': 'expired',
  'quota-used-up': 'limited',
  'rate-limited': 'limited',
};

/** What a failed request says of the account: its own trouble where the code tells, else that nobody answered. */
export function conditionAfter(error: AppError): Pick<AccountState, 'condition' | 'detail'> {
  return { condition: conditions[error.code] ?? 'unreachable', detail: error.message };
}

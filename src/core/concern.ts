import type { ErrorCode } from './errors.js';

/** What a refusal of a link is about: every file of the account, this file, or only the moment. */
export type Concern = 'account' | 'file' | 'moment';

const concerns: Partial<Record<ErrorCode, Concern>> = {
  'token-rejected': 'account',
  'account-blocked': 'account',
  'not-premium': 'account',
  'quota-used-up': 'account',
  'rate-limited': 'account',
  'address-refused': 'account',
  'link-aged': 'file',
  'link-dead': 'file',
  'content-gone': 'file',
  'item-gone': 'file',
};

/** What a refusal with this code is about, whoever else asks. */
export function concernOf(code: ErrorCode): Concern {
  return concerns[code] ?? 'moment';
}

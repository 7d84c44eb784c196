import type { AccountName } from '../core/account.js';
import { AppError } from '../core/errors.js';
import type { AccountSync } from './account-sync.js';

type Holder = Pick<AccountSync, 'provider' | 'lastRound'>;

/**
 * The account whose loss is meant where the user names none: the only one that holds a loss, or the only one that there is. Null:
 * none holds one.
 * @throws {AppError} `invalid`, with what to do, when more than one holds a loss: an outage of one of them may fall into the days
 * in which much was removed from another.
 */
export function accountMeant<Account extends Holder>(accounts: readonly Account[]): Account | null {
  const holders = accounts.length === 1 ? accounts : accounts.filter(holdsLoss);
  if (holders.length <= 1) return holders[0] ?? null;
  const told = holders.map((holder) => `${holder.provider.account} (${missingOf(holder)} missing)`);
  const remedies = holders.map(({ provider }) => `debridfs sync --accept ${provider.account}`);
  throw new AppError(
    'invalid',
    `More than one account holds a loss: ${told.join(', ')}. Say which of them is meant: ${remedies.join(', or ')}.`,
  );
}

/** Whether an account lacks so much that it is not believed yet. */
export function holdsLoss(account: Holder): boolean {
  return missingOf(account) > 0;
}

/** @throws {AppError} `not-found`, with the names that there are. */
export function accountNamed<Account extends Holder>(
  accounts: readonly Account[],
  name: AccountName,
): Account {
  const account = accounts.find(({ provider }) => provider.account === name);
  if (account !== undefined) return account;
  const names = accounts.map(({ provider }) => provider.account).join(', ');
  throw new AppError('not-found', `There is no account "${name}". The accounts are: ${names}.`);
}

/** Items that its listings lacked and that are kept for now. */
function missingOf({ lastRound }: Holder): number {
  return (lastRound?.lists ?? []).reduce((sum, { held }) => sum + (held?.lost ?? 0), 0);
}

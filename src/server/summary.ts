import type { AccountCondition, AccountName } from '../core/account.js';
import type { MountReport } from './surface.js';

/** How a mount is in a line: where it is, and which accounts are not well. It costs nothing to make. */
export function summaryOf(
  mount: MountReport,
  accounts: readonly { readonly name: AccountName; readonly state: AccountCondition }[],
): string {
  const ill = accounts.filter(({ state }) => state !== 'ok' && state !== 'unknown');
  const told =
    ill.length === 0
      ? `${accounts.length} ${accounts.length === 1 ? 'account' : 'accounts'}`
      : ill.map(({ name, state }) => `account ${name}: ${state}`).join(', ');
  return `${mount.state === 'mounted' ? `mounted at ${mount.mountpoint}` : mount.detail}; ${told}`;
}

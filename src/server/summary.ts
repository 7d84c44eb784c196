import type { AccountCondition, AccountName } from '../core/account.js';
import type { SyncProgress } from '../core/sync-progress.js';
import type { MountReport } from './surface.js';

/** How a mount is in a line: where it is, which accounts are not well, and which are still being looked at. It costs nothing to make. */
export function summaryOf(
  mount: MountReport,
  accounts: readonly {
    readonly name: AccountName;
    readonly state: AccountCondition;
    readonly progress: SyncProgress | null;
  }[],
): string {
  const ill = accounts.filter(({ state }) => state !== 'ok' && state !== 'unknown');
  const told =
    ill.length === 0
      ? `${accounts.length} ${accounts.length === 1 ? 'account' : 'accounts'}`
      : ill.map(({ name, state }) => `account ${name}: ${state}`).join(', ');
  const partly = accounts.flatMap(({ name, progress }) =>
    progress?.stage === 'files' ? [`, ${progress.known} of ${progress.items} items of ${name} known`] : [],
  );
  return `${mount.state === 'mounted' ? `mounted at ${mount.mountpoint}` : mount.detail}; ${told}${partly.join('')}`;
}

import type { StatusReport } from './surface.js';

/** A status in a line: where it is mounted, how much there is, and which accounts are not well. */
export function summaryOf({ mount, library, accounts }: StatusReport): string {
  const ill = accounts.filter(({ state }) => state !== 'ok' && state !== 'unknown');
  const facts = [
    mount.state === 'mounted' ? `mounted at ${mount.mountpoint}` : mount.detail,
    `${library.movies} movies, ${library.shows} shows`,
    ill.length === 0
      ? `${accounts.length} ${accounts.length === 1 ? 'account' : 'accounts'}`
      : ill.map(({ name, state }) => `account ${name}: ${state}`).join(', '),
  ];
  return facts.join('; ');
}

import type { AccountName } from './account.js';

/**
 * Which downloads of an account were made here. Real-Debrid keeps a row for every link that it makes, for about a week
 * (observed): those that were made to be read from are no library.
 */
export interface MadeDownloads {
  has(account: AccountName, id: string): boolean;
  /** Known at once; written to disk soon after. */
  add(account: AccountName, id: string): void;
}

/** For accounts apart from a mount, which make none. */
export const noDownloads: MadeDownloads = { has: () => false, add: () => undefined };

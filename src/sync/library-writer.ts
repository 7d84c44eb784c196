import type { AccountName } from '../core/account.js';
import type { ListName, Listing } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { LinkWriter } from '../store/links.js';
import type { AnsweredDetails, Applied, AwaitedItems, Librarian } from './librarian.js';

/** The librarian as the rest of the process sees it, in whatever thread it works. */
export interface LibraryWriter extends LinkWriter {
  isPublished(): Promise<boolean>;
  markPublished(): Promise<readonly TreeChange[]>;
  applyListing(
    account: AccountName,
    list: ListName,
    listing: Listing,
    confirmAfterMs: number,
  ): Promise<Applied>;
  applyDetails(
    account: AccountName,
    list: ListName,
    details: readonly AnsweredDetails[],
  ): Promise<readonly TreeChange[]>;
  awaitingDetails(account: AccountName, list: ListName, limit: number): Promise<AwaitedItems>;
  forgetOtherAccounts(): Promise<readonly TreeChange[]>;
  close(): Promise<void>;
}

/** The methods that a thread may be asked for. */
export const librarianMethods = [
  'isPublished',
  'markPublished',
  'applyListing',
  'applyDetails',
  'awaitingDetails',
  'forgetOtherAccounts',
  'putLink',
  'close',
] as const satisfies readonly (keyof LibraryWriter & keyof Librarian)[];

export type LibrarianMethod = (typeof librarianMethods)[number];

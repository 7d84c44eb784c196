/** Puts a listing together from entries of which some may be told twice and some not be understood. */
import type { AccountName } from '../core/account.js';
import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Item, Listing, ListName } from '../core/torrent.js';

/** What became of one entry of a list. */
export type DecodedEntry =
  | { readonly kind: 'item'; readonly item: Item }
  /** It has an id, but not all that an item needs. */
  | { readonly kind: 'unreadable'; readonly id: string }
  /** Not even an id: it may be any item. */
  | { readonly kind: 'unknown' };

/** A small list may hold nothing but so many odd entries; more of which none is understood are another service's answer. */
const maxOddEntries = 3;

/** Collects entries of one listing, each id once. */
export class ListingBuilder {
  /** By id; null where the entry could not be understood. A later telling of an id counts. */
  readonly #entries = new Map<string, Item | null>();
  #unknown = 0;
  #told = 0;

  add(entry: DecodedEntry): void {
    this.#told += 1;
    if (entry.kind === 'item') this.#entries.set(entry.item.id, entry.item);
    else if (entry.kind === 'unreadable') this.#entries.set(entry.id, null);
    else this.#unknown += 1;
  }

  /** How many different items were told. */
  get size(): number {
    return this.#entries.size;
  }

  /** Whether an entry came without an id, so that nothing can be counted. */
  get hasUnknown(): boolean {
    return this.#unknown > 0;
  }

  /**
   * The listing. An entry without an id turns a complete one into changes. Warns of what was not understood.
   * @throws {AppError} `bad-answer` when more than a few are told and none of them can be understood.
   */
  build(scope: Listing['scope'], account: AccountName, list: ListName, logger: Logger): Listing {
    const items: Item[] = [];
    const unreadable: string[] = [];
    for (const [id, item] of this.#entries) {
      if (item === null) unreadable.push(id);
      else items.push(item);
    }
    if (scope === 'complete' && items.length === 0 && this.#told > maxOddEntries) {
      const message = `Nothing in a list of account "${account}" can be understood.`;
      throw new AppError('bad-answer', message, { retry: 'wait', context: { account, list } });
    }
    if (unreadable.length > 0 || this.#unknown > 0) {
      logger.warn(
        {
          account,
          list,
          unreadable: unreadable.length,
          ids: unreadable.slice(0, 5),
          withoutId: this.#unknown,
        },
        'some entries of a list could not be understood and stay as they were',
      );
    }
    return { scope: this.hasUnknown ? 'changes' : scope, items, unreadable };
  }
}

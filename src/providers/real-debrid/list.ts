/** A list of an account, page by page, trusted only when it adds up. */
import { createHash } from 'node:crypto';
import type { AccountName } from '../../core/account.js';
import type { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { ListMode } from '../../core/provider.js';
import type { Listing, ListName } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { ListingBuilder, type DecodedEntry } from '../listing-builder.js';

/** Entries asked for at once: the most that the documentation allows. */
const pageSize = 5_000;

/**
 * Entries that a page repeats of the one before. Lists are ordered newest first (observed), so an entry deleted
 * while one is paged moves all others forward by one: so many may be, and none is lost.
 */
const overlap = 100;

/** More entries than that on a page are no page: the service has been seen to send a few more than asked for. */
const maxPageEntries = 4 * pageSize;

/** More pages are no library but a server that never ends: 200 pages of 4,900 are a million torrents. */
const maxPages = 200;

interface Page {
  readonly entries: readonly DecodedEntry[];
  /** `X-Total-Count`; null where it was not sent. */
  readonly total: number | null;
}

export interface PagedListOptions {
  readonly account: AccountName;
  readonly logger: Logger;
  readonly list: ListName;
  readonly path: string;
  /** Whether reading files adds entries, so that pages may never agree with their count: then they tell changes only. */
  readonly grows: boolean;
  /** Understands one entry. */
  readonly decode: (raw: unknown) => DecodedEntry;
}

/** Reads one list of one account. Remembers only what the first page of a large one looked like. */
export class PagedList {
  readonly #api: AccountApi;
  readonly #options: PagedListOptions;
  /** What the last complete listing of one larger than a page looked like; null where there was none. */
  #last: { readonly total: number; readonly firstPage: string } | null = null;

  constructor(api: AccountApi, options: PagedListOptions) {
    this.#api = api;
    this.#options = options;
  }

  /**
   * Everything, or with `cheap` only the first page where that and the count are as they were at the last complete
   * listing. What was counted and what was told must agree; where they do not, all pages are asked for once more.
   * @throws {AppError} `bad-answer` when they disagree again, and whatever the account is refused for.
   */
  async read(mode: ListMode, signal: AbortSignal): Promise<Listing> {
    const first = await this.#page(0, signal);
    if (mode === 'cheap' && this.#last !== null) {
      const isUnchanged = first.total === this.#last.total && digest(first) === this.#last.firstPage;
      if (isUnchanged && first.entries.length < this.#last.total) return this.#build([first], 'changes');
    }
    const { grows } = this.#options;
    const listing =
      (await this.#allPages(first, false, signal)) ?? (await this.#allPages(null, grows, signal));
    if (listing === null) throw this.#bad('does not agree with its own count');
    return listing;
  }

  /** Null where the pages do not add up, or, with `anyway`, what changes they tell. */
  async #allPages(first: Page | null, anyway: boolean, signal: AbortSignal): Promise<Listing | null> {
    const pages: Page[] = [first ?? (await this.#page(0, signal))];
    const seen = new ListingBuilder();
    // Of one page its entries count, of several the torrents in them, because pages overlap.
    let counted = 0;
    for (let offset = 0; ;) {
      const page = pages.at(-1);
      if (page === undefined) return null;
      const known = seen.size;
      for (const entry of page.entries) seen.add(entry);
      counted = pages.length === 1 ? page.entries.length : seen.size;
      const isComplete = page.total === null ? page.entries.length < pageSize : counted >= page.total;
      if (isComplete || seen.size === known) break;
      if (pages.length >= maxPages) throw this.#bad('does not end');
      offset += Math.ceil(page.entries.length - Math.min(overlap, page.entries.length / 10));
      const next = await this.#page(offset, signal);
      if (!continues(page, next)) return anyway ? this.#build(pages, 'changes') : null;
      pages.push(next);
    }
    const total = pages.at(-1)?.total ?? null;
    if (total !== null && total !== counted && !seen.hasUnknown)
      return anyway ? this.#build(pages, 'changes') : null;
    const [firstPage] = pages;
    const isLarge = total !== null && firstPage !== undefined && pages.length > 1;
    this.#last = isLarge ? { total, firstPage: digest(firstPage) } : null;
    return this.#build(pages, 'complete');
  }

  #build(pages: readonly Page[], scope: Listing['scope']): Listing {
    const builder = new ListingBuilder();
    for (const { entries } of pages) for (const entry of entries) builder.add(entry);
    const { account, list, logger } = this.#options;
    return builder.build(scope, account, list, logger);
  }

  async #page(offset: number, signal: AbortSignal): Promise<Page> {
    const query = { limit: String(pageSize), ...(offset === 0 ? {} : { offset: String(offset) }) };
    const { path, decode } = this.#options;
    const answer = await this.#api.call({ purpose: 'list', method: 'GET', path, query, signal });
    const header = answer.header('x-total-count')?.trim() ?? '';
    const total = /^\d{1,15}$/.test(header) ? Number(header) : null;
    const entries: unknown = answer.status === 204 ? [] : answer.json;
    if (!Array.isArray(entries)) throw this.#bad('is no list');
    if (entries.length > maxPageEntries) throw this.#bad('has a page larger than asked for');
    // A page beyond the end may be empty whatever the count; a library is believed to be only where it is counted as 0.
    if (entries.length === 0 && offset === 0 && total !== 0)
      throw this.#bad('is empty, but its count is not 0');
    return { entries: entries.map(decode), total };
  }

  #bad(what: string): AppError {
    return this.#api.badAnswer(`the list of ${this.#options.list} ${what}`);
  }
}

/** Whether the last entry of a page is in the next, so that nothing can have slipped between them. */
function continues(page: Page, next: Page): boolean {
  const lastId = idOf(page.entries.at(-1));
  return lastId === null || next.entries.some((entry) => idOf(entry) === lastId);
}

function idOf(entry: DecodedEntry | undefined): string | null {
  if (entry === undefined || entry.kind === 'unknown') return null;
  return entry.kind === 'item' ? entry.item.id : entry.id;
}

/** The ids of a page and their order, in short. */
function digest(page: Page): string {
  return createHash('sha256')
    .update(JSON.stringify(page.entries.map(idOf)))
    .digest('hex');
}

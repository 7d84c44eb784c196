/** TorBox's three lists, each read past the service's cache at most once a minute. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { ListMode } from '../../core/provider.js';
import type { ItemDetails, ListName, Listing } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { asObject } from '../decode.js';
import { ListingBuilder } from '../listing-builder.js';
import type { ProviderSetup } from '../setup.js';
import { decodeDownload, downloadId } from './download.js';

/** Entries asked for at once: the documented most. One more may come (observed). */
const pageSize = 1_000;

/**
 * A shorter page ends a list, unless it holds a multiple of this, or one more: then the service may allow fewer at once
 * than documented, and the next page is asked for too.
 */
const roundPage = 50;

/** More entries than that on a page are no page. */
const maxPageEntries = 4 * pageSize;

/** Entries that a page repeats of the one before, so that a deletion in between loses none. */
const overlap = 10;

/** More pages are no library but a server that never ends: 200 pages of 990 are two hundred thousand downloads. */
const maxPages = 200;

/** The service answers a list from a cache of ten minutes unless told otherwise, which may be once a minute. */
const freshIntervalMs = 60_000;

/** So many entries are understood in one turn of the event loop: some 10 ms where each has five files (measured 2026-11). */
const entriesAtOnce = 1_000;

/** A sync that comes this much too early waits: timers of a minute are not that exact. */
const worthWaitingMs = 2_000;

/** What is remembered of one list. */
interface LastFresh {
  /** When the last fresh answer came, monotonic. */
  readonly atMs: number;
  /** The greatest number it held; null where it did not come to an end. */
  readonly newestId: number | null;
}

interface Pages {
  readonly entries: readonly unknown[];
  /** False where something may have slipped between two pages. */
  readonly isContinuous: boolean;
}

/** Reads the lists of one account. Remembers only when each was last fresh, and its newest entry's number. */
export class DownloadLists {
  readonly #api: AccountApi;
  readonly #setup: ProviderSetup;
  readonly #clock: Clock;
  readonly #fresh = new Map<ListName, LastFresh>();

  constructor(api: AccountApi, setup: ProviderSetup) {
    this.#api = api;
    this.#setup = setup;
    this.#clock = setup.clock;
  }

  /**
   * A list, whole. Asked again within a minute of a fresh answer, it comes from the service's cache, which may be ten
   * minutes old: then it proves nothing but what has been added since the last fresh answer, and that is all that is
   * told (everything where there was none). `fresh` waits until that minute is over; the other modes are alike.
   * @throws {AppError} whatever the account is refused for.
   */
  async read(list: ListName, mode: ListMode, signal: AbortSignal): Promise<Listing> {
    const last = this.#fresh.get(list);
    const waitMs = last === undefined ? 0 : last.atMs + freshIntervalMs - this.#clock.monotonic();
    const isFresh = mode === 'fresh' || waitMs <= worthWaitingMs;
    if (isFresh && waitMs > 0) await this.#clock.sleep(waitMs, signal);
    const { entries, isContinuous } = await this.#pages(list, isFresh, signal);
    const newestId = last?.newestId ?? null;
    const told = isFresh || newestId === null ? entries : entries.filter((raw) => numberOf(raw) > newestId);
    const builder = new ListingBuilder();
    for (const [index, raw] of told.entries()) {
      // In slices, so that reads go on beside a long list.
      if (index % entriesAtOnce === entriesAtOnce - 1) await setImmediate();
      builder.add(decodeDownload(list, raw, this.#clock.now()));
    }
    if (isFresh) {
      const greatest = entries.reduce((most: number, raw) => Math.max(most, numberOf(raw)), 0);
      this.#fresh.set(list, { atMs: this.#fresh.get(list)?.atMs ?? 0, newestId: greatest });
    }
    const scope = isFresh && isContinuous ? 'complete' : 'changes';
    return builder.build(scope, this.#setup.account, list, this.#setup.logger);
  }

  /**
   * One entry with its files, from the service's cache.
   * @throws {AppError} `item-gone` where there is none, `bad-answer` for one not understood.
   */
  async details(list: ListName, itemId: string, signal: AbortSignal): Promise<ItemDetails> {
    const query = { id: itemId };
    const answer = await this.#api.call({
      purpose: 'details',
      method: 'GET',
      path: listPath(list),
      query,
      signal,
    });
    const data = asObject(answer.json)?.['data'];
    const raw: unknown = Array.isArray(data) ? data.find((entry) => downloadId(entry) === itemId) : data;
    const entry = decodeDownload(list, raw, this.#clock.now());
    if (entry.kind !== 'item' || entry.item.id !== itemId)
      throw this.#api.badAnswer('a download is not described');
    const { name, files } = entry.item;
    return { id: itemId, name, files };
  }

  async #pages(list: ListName, isFresh: boolean, signal: AbortSignal): Promise<Pages> {
    const entries: unknown[] = [];
    const seen = new Set<string | null>();
    let isContinuous = true;
    let offset = 0;
    for (let page = 0; page < maxPages; page += 1) {
      // The first page renews the service's cache, from which the others come.
      const got = await this.#page(list, offset, isFresh && page === 0, signal);
      const ids = got.map(downloadId);
      if (page > 0 && !ids.includes(downloadId(entries.at(-1)))) isContinuous = false;
      const isLast = isShort(got.length) || (got.length < pageSize && ids.every((id) => seen.has(id)));
      for (const entry of got) entries.push(entry);
      if (isLast) return { entries, isContinuous };
      for (const id of ids) seen.add(id);
      offset += got.length - overlap;
    }
    throw this.#api.badAnswer('a list does not end');
  }

  async #page(
    list: ListName,
    offset: number,
    isFresh: boolean,
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const query = {
      ...(isFresh ? { bypass_cache: 'true' } : {}),
      offset: String(offset),
      limit: String(pageSize),
    };
    try {
      const answer = await this.#api.call({
        purpose: 'list',
        method: 'GET',
        path: listPath(list),
        query,
        signal,
      });
      return this.#entriesOf(answer.json);
    } catch (thrown) {
      // Observed: some say so when a list is empty.
      if (thrown instanceof AppError && thrown.code === 'item-gone') return [];
      throw thrown;
    } finally {
      if (isFresh) {
        const newestId = this.#fresh.get(list)?.newestId ?? null;
        this.#fresh.set(list, { atMs: this.#clock.monotonic(), newestId });
      }
    }
  }

  /** The entries of an answer: a list, nothing at all, a map, or a single one. */
  #entriesOf(json: unknown): readonly unknown[] {
    const data = asObject(json)?.['data'];
    if (Array.isArray(data)) return this.#checked(data);
    if (data === null) return [];
    const map = asObject(data);
    if (map !== null && downloadId(map) !== null) return [map];
    const values = map === null ? [] : Object.values(map);
    if (values.length === 0) throw this.#api.badAnswer('a list is no list');
    return this.#checked(values);
  }

  #checked(entries: readonly unknown[]): readonly unknown[] {
    if (entries.length > maxPageEntries) throw this.#api.badAnswer('a page is larger than asked for');
    return entries;
  }
}

/** Where a list is; each kind has its own path. */
function listPath(list: ListName): string {
  return `/${list}/mylist`;
}

/** Whether a page of so many entries can only be the last. */
function isShort(entries: number): boolean {
  return entries < pageSize && (entries < roundPage || entries % roundPage > 1);
}

function numberOf(raw: unknown): number {
  return Number(downloadId(raw) ?? -1);
}

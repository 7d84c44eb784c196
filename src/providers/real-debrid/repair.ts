/** Renews links that have aged out: adds their torrent once more, and removes the old item once the new one is as good. */
import { AppError } from '../../core/errors.js';
import type { AccountApi } from '../account-api.js';
import { asList } from '../decode.js';
import { Discards, isPassing } from '../discard.js';
import { failure } from '../failure.js';
import type { ProviderSetup } from '../setup.js';
import type { ParisTime } from './paris-time.js';
import { decodeRenewable, type Renewable } from './renewable.js';
import { decodeListEntry, failureOf } from './torrent.js';
import { TorrentWrites } from './torrent-writes.js';

/** So long a new item may take until it is ready, in milliseconds: one that is cached takes seconds (observed). */
const patienceMs = 90_000;
/** Pauses between two looks at it, in milliseconds, each twice as long as the one before. */
const pauses = { firstMs: 1_000, longestMs: 10_000 };
/**
 * An item that was added so long ago is no rest of an attempt that was broken off, in milliseconds. Its links are still good: they
 * age out after two months or more (observed).
 */
const restMs = 30 * 24 * 3_600_000;
/** Torrents of the list that are looked through, the newest: as many as one request tells. */
const lookedThrough = 5_000;

const notRenewable = failure(
  'not-ready',
  'never',
  'This torrent is not complete at Real-Debrid, so its links cannot be renewed.',
);
const notReady = failure(
  'not-ready',
  'never',
  'Real-Debrid did not have this torrent ready again within 90 s: it is not in its cache any more.',
);
const unlike = failure(
  'not-ready',
  'never',
  'Real-Debrid has this torrent now with other files or links than before, so the old item stays.',
);

/** An item that is to take the place of another. */
interface Copy {
  readonly id: string;
  /** Whether it was added just now, so that it may be removed. Of any other nobody knows whether it is the user's. */
  readonly isOwn: boolean;
}

/**
 * Renews the links of one account, one item at a time. INVARIANT: an old item is removed only after another was seen with the same
 * infohash, the same selected files and as many links; what was not added here is never removed but for that.
 */
export class TorrentRenewal {
  readonly #api: AccountApi;
  readonly #setup: Pick<ProviderSetup, 'account' | 'clock' | 'logger'>;
  readonly #time: ParisTime;
  readonly #writes: TorrentWrites;
  readonly #discards: Discards;

  constructor(api: AccountApi, setup: ProviderSetup, time: ParisTime) {
    this.#api = api;
    this.#setup = setup;
    this.#time = time;
    this.#writes = new TorrentWrites(api, setup);
    this.#discards = new Discards(setup, (id, signal) => this.#writes.remove(id, signal));
  }

  /**
   * Renews an item. An abort leaves the old item as it is; the new one is removed all the same.
   * @returns the id of the item that took its place.
   * @throws {AppError} why not.
   */
  async renew(itemId: string, signal: AbortSignal): Promise<string> {
    await this.#discards.discardRest();
    const old = await this.#look(itemId, signal);
    if (old.status !== 'downloaded' || old.selected.length === 0 || old.links === 0)
      throw this.#api.error(notRenewable);
    const copy = await this.#copyOf(itemId, old, signal);
    try {
      const renewed = await this.#ready(copy.id, old, signal);
      const isLike = renewed.selection === old.selection && renewed.links === old.links;
      if (!isLike) throw this.#api.error(unlike);
      if (signal.aborted) throw givenUp();
    } catch (thrown) {
      if (copy.isOwn) await this.#discards.discard(copy.id);
      throw thrown;
    }
    // From here on the old item may be gone, whatever is answered: the new one stays.
    await this.#writes.remove(itemId, signal);
    return copy.id;
  }

  /** What an earlier attempt has left, when its process died half-way, else a new item. */
  async #copyOf(itemId: string, old: Renewable, signal: AbortSignal): Promise<Copy> {
    const entries = await this.#list(signal);
    const ofTorrent = entries.filter(({ torrent }) => torrent === old.hash);
    const oldAddedMs = ofTorrent.find(({ id }) => id === itemId)?.addedMs;
    const oldestMs = Math.max(oldAddedMs ?? 0, this.#setup.clock.now() - restMs);
    for (const { id, addedMs, state } of ofTorrent) {
      if (id === itemId || addedMs < oldestMs || state === 'failed') continue;
      const rest = await this.#look(id, signal);
      // A user may have the torrent a second time with other files.
      if (rest.selected.length === 0 || rest.selection === old.selection) return { id, isOwn: false };
    }
    const id = await this.#writes.add({ magnet: magnetOf(old), file: null }, signal);
    // Where a service gives out what it has already, that is not new.
    if (id === itemId) throw this.#api.badAnswer('a torrent that was added is an old one');
    return { id, isOwn: !entries.some((entry) => entry.id === id) };
  }

  /** Waits until an item is downloaded, having selected the files of the old one where that is still to be done. */
  async #ready(id: string, old: Renewable, signal: AbortSignal): Promise<Renewable> {
    const { clock } = this.#setup;
    const deadlineMs = clock.monotonic() + patienceMs;
    let isSelected = false;
    let lastError = this.#api.error(notReady);
    for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(2 * pauseMs, pauses.longestMs)) {
      try {
        const torrent = await this.#look(id, signal);
        if (torrent.hash !== old.hash) throw this.#api.error(unlike);
        const reason = failureOf(torrent.status);
        if (reason !== null) throw this.#api.error(failure('content-gone', 'never', reason));
        if (torrent.status === 'downloaded') return torrent;
        if (torrent.status === 'waiting_files_selection' && !isSelected) {
          await this.#writes.select(id, old.selected, signal);
          isSelected = true;
          pauseMs = pauses.firstMs;
        }
        lastError = this.#api.error(notReady);
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown;
        lastError = thrown;
      }
      if (clock.monotonic() + pauseMs > deadlineMs) throw lastError;
      await clock.sleep(pauseMs, signal);
    }
  }

  async #list(
    signal: AbortSignal,
  ): Promise<
    { readonly id: string; readonly torrent: string; readonly addedMs: number; readonly state: string }[]
  > {
    const query = { limit: String(lookedThrough) };
    const answer = await this.#api.call({
      purpose: 'details',
      method: 'GET',
      path: '/torrents',
      query,
      signal,
    });
    const entries = answer.status === 204 ? [] : asList(answer.json);
    if (entries === null) throw this.#api.badAnswer('the list of torrents is no list');
    return entries.flatMap((raw) => {
      const entry = decodeListEntry(raw, this.#time);
      return entry.kind === 'item' ? [entry.item] : [];
    });
  }

  async #look(id: string, signal: AbortSignal): Promise<Renewable> {
    const path = `/torrents/info/${encodeURIComponent(id)}`;
    const answer = await this.#api.call({ purpose: 'details', method: 'GET', path, signal });
    const torrent = decodeRenewable(answer.json);
    if (torrent === null) throw this.#api.badAnswer('the details of a torrent are incomplete');
    return torrent;
  }
}

function magnetOf({ hash, name }: Renewable): string {
  const title = name === '' ? '' : `&dn=${encodeURIComponent(name)}`;
  return `magnet:?xt=urn:btih:${hash}${title}`;
}

function givenUp(): AppError {
  return new AppError('aborted', 'The renewal was given up by its caller.');
}

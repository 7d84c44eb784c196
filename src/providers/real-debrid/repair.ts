/** Renews links that have aged out: adds their torrent once more, and removes the old item once the new one is as good. */
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { AccountApi } from '../account-api.js';
import { asId, asList, asObject } from '../decode.js';
import { failure } from '../failure.js';
import type { ProviderSetup } from '../setup.js';
import type { ParisTime } from './paris-time.js';
import { decodeRenewable, type Renewable } from './renewable.js';
import { decodeListEntry, failureOf } from './torrent.js';

/** So long a new item may take until it is ready, in milliseconds: one that is cached takes seconds (observed). */
const patienceMs = 90_000;
/** Pauses between two looks at it, in milliseconds, each twice as long as the one before. */
const pauses = { firstMs: 1_000, longestMs: 10_000 };
/**
 * So long the answer to an addition is waited for, and so long it is tried to remove a new item that is of no use, in milliseconds, also
 * while the process ends: both together are less than the 8.5 s that this may take.
 */
const addingMs = 3_000;
const cleanUpMs = 4_000;
/** So many times, because a service that just failed may fail once more. */
const cleanUpTries = 3;
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
  /** Items that were added here, are of no use, and could not be removed yet. */
  readonly #useless = new Set<string>();

  constructor(api: AccountApi, setup: ProviderSetup, time: ParisTime) {
    this.#api = api;
    this.#setup = setup;
    this.#time = time;
  }

  /**
   * Renews an item. An abort leaves the old item as it is; the new one is removed all the same.
   * @returns the id of the item that took its place.
   * @throws {AppError} why not.
   */
  async renew(itemId: string, signal: AbortSignal): Promise<string> {
    for (const id of this.#useless) await this.#discard(id);
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
      if (copy.isOwn) await this.#discard(copy.id);
      throw thrown;
    }
    // From here on the old item may be gone, whatever is answered: the new one stays.
    await this.#remove(itemId, signal);
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
    const id = await this.#add(old, signal);
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
          await this.#select(id, old.selected, signal);
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

  /** Removes what was added here and is of no use. Bounded, and never throws: what stays is removed before the next renewal. */
  async #discard(id: string): Promise<void> {
    const { account, clock, logger } = this.#setup;
    const late = new AbortController();
    const cancel = clock.after(cleanUpMs, () => late.abort());
    this.#useless.add(id);
    try {
      await this.#insist(() => this.#remove(id, late.signal), clock, late.signal);
      this.#useless.delete(id);
    } catch (error) {
      logger.warn(
        { account, itemId: id, err: error },
        'a torrent that was added to renew links could not be removed again',
      );
    } finally {
      cancel();
    }
  }

  async #insist(call: () => Promise<void>, clock: Clock, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await call();
        return;
      } catch (thrown) {
        if (!isPassing(thrown) || tries >= cleanUpTries) throw thrown;
      }
      await clock.sleep(pauses.firstMs, signal);
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

  /** Adds a torrent. An abort does not break it off at once, because nobody could remove then what was added unseen. */
  async #add({ hash, name }: Renewable, signal: AbortSignal): Promise<string> {
    if (signal.aborted) throw givenUp();
    const late = new AbortController();
    let cancel = (): void => undefined;
    const leave = (): void => void (cancel = this.#setup.clock.after(addingMs, () => late.abort()));
    signal.addEventListener('abort', leave, { once: true });
    const title = name === '' ? '' : `&dn=${encodeURIComponent(name)}`;
    try {
      const answer = await this.#api.call({
        purpose: 'details',
        method: 'POST',
        path: '/torrents/addMagnet',
        form: [['magnet', `magnet:?xt=urn:btih:${hash}${title}`]],
        signal: late.signal,
      });
      const id = asId(asObject(answer.json)?.['id']);
      if (id === null) throw this.#api.badAnswer('a torrent that was added has no id');
      return id;
    } finally {
      signal.removeEventListener('abort', leave);
      cancel();
    }
  }

  async #select(id: string, files: readonly number[], signal: AbortSignal): Promise<void> {
    const path = `/torrents/selectFiles/${encodeURIComponent(id)}`;
    const form = [['files', files.join(',')]] as const;
    try {
      await this.#api.call({ purpose: 'details', method: 'POST', path, form, signal });
    } catch (thrown) {
      // 31: it is done already. With which files, is seen when it is ready.
      if (!(thrown instanceof AppError) || thrown.context['serviceCode'] !== '31') throw thrown;
    }
  }

  /** Removes an item; one that is not there is removed. */
  async #remove(id: string, signal: AbortSignal): Promise<void> {
    const path = `/torrents/delete/${encodeURIComponent(id)}`;
    try {
      await this.#api.call({ purpose: 'details', method: 'DELETE', path, signal });
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'item-gone') throw thrown;
    }
  }
}

function givenUp(): AppError {
  return new AppError('aborted', 'The renewal was given up by its caller.');
}

/** Whether the same call may succeed a little later. */
function isPassing(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && thrown.retry === 'wait';
}

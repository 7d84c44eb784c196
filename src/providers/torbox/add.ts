/** Adds a torrent to a TorBox account. */
import type { AddedItem, ItemProgress, TorrentToAdd } from '../../core/adding.js';
import type { AddOptions, TorrentAdding } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asList, asNumber, asObject, asText, type JsonObject } from '../decode.js';
import { failure } from '../failure.js';
import { multipart } from '../multipart.js';
import { seeThrough } from '../see-through.js';
import type { ProviderSetup } from '../setup.js';
import { decodeDownload, downloadId } from './download.js';
import { torBoxFailures } from './errors.js';
import { removeQueued } from './remove.js';

/** So long an answer is waited for after it was given up, in milliseconds: a torrent that is there already takes 30 s (observed). */
const addingMs = 35_000;

const slotsFull =
  torBoxFailures['ACTIVE_LIMIT'] ?? failure('quota-used-up', 'other-source', 'TorBox is full.');

export class TorBoxAdder implements TorrentAdding {
  readonly #api: AccountApi;
  readonly #setup: Pick<ProviderSetup, 'clock'>;

  constructor(api: AccountApi, setup: Pick<ProviderSetup, 'clock'>) {
    this.#api = api;
    this.#setup = setup;
  }

  async isCached(hash: string, signal: AbortSignal): Promise<boolean> {
    return (await this.cachedOf([hash], signal)).has(hash);
  }

  /** One request; it takes a hundred at least (observed). */
  async cachedOf(hashes: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const query = { hash: hashes.join(','), format: 'object' };
    const path = '/torrents/checkcached';
    const answer = await this.#api.call({ purpose: 'details', method: 'GET', path, query, signal });
    // An object by hash; none are told as an empty one, an empty list, or null (observed).
    const cached = asObject(asObject(answer.json)?.['data']) ?? {};
    return new Set(Object.keys(cached).map((key) => key.toLowerCase()));
  }

  async add(
    { magnet, file }: TorrentToAdd,
    { files, known }: AddOptions,
    signal: AbortSignal,
  ): Promise<AddedItem> {
    const form = multipart([
      file === null
        ? { name: 'magnet', value: magnet }
        : { name: 'file', fileName: 'debridfs.torrent', bytes: file },
      // Where no slot is free, that is to be said; a queue that nobody sees helps nobody.
      { name: 'as_queued', value: 'false' },
      { name: 'allow_zip', value: 'false' },
    ]);
    const answer = await seeThrough(this.#setup.clock, addingMs, signal, (late) =>
      this.#api.call({
        purpose: 'details',
        method: 'POST',
        path: '/torrents/createtorrent',
        ...form,
        signal: late,
      }),
    );
    const data = asObject(asObject(answer.json)?.['data']);
    const id = asNumber(data?.['torrent_id']);
    const queued = asNumber(data?.['queued_id']);
    if (id === null && queued !== null) {
      // Also after it was given up.
      await removeQueued(this.#api, queued, new AbortController().signal);
      throw this.#api.error(slotsFull);
    }
    if (id === null || !Number.isSafeInteger(id))
      throw this.#api.badAnswer('a torrent that was added has no id');
    const itemId = String(id);
    const isOld = /already/i.test(asText(asObject(answer.json)?.['detail']) ?? '');
    const warning =
      files.kind === 'videos' ? null : 'TorBox has all files of a torrent: --files chooses none.';
    return { itemId, isNew: !isOld && !known.has(itemId), warning };
  }

  async progressOf(itemId: string, signal: AbortSignal): Promise<ItemProgress> {
    // Its cache of ten minutes would not know of what was just added.
    const query = { id: itemId, bypass_cache: 'true' };
    const path = '/torrents/mylist';
    const answer = await this.#api.call({ purpose: 'details', method: 'GET', path, query, signal });
    const data = asObject(answer.json)?.['data'];
    if (data === null) throw this.#api.error(gone);
    const raw = (Array.isArray(data) ? data : [data]).find(
      (entry) => downloadId(entry) === itemId,
    ) as unknown;
    const decoded = decodeDownload('torrents', raw, this.#setup.clock.now());
    const told = asObject(raw);
    if (told === null || decoded.kind !== 'item') throw this.#api.badAnswer('a download is not described');
    const { state, reason } = decoded.item;
    const share = asNumber(told['progress']);
    return {
      torrent: decoded.item.torrent,
      state,
      words: state === 'failed' ? (reason ?? '') : stateWords(told),
      share: share === null ? null : Math.min(1, Math.max(0, share)),
      bytesPerSecond: asNumber(told['download_speed']),
      isKnown: (asList(told['files'])?.length ?? 0) > 0 || (asNumber(told['size']) ?? -1) > 0,
    };
  }
}

const gone = torBoxFailures['ITEM_NOT_FOUND'] ?? failure('item-gone', 'never', 'TorBox does not hold this.');

function stateWords(download: JsonObject): string {
  const state = asText(download['download_state']) ?? '';
  return state === 'metaDL' ? 'looking for what it holds' : state.replace(/[^\w ()-]/g, '').slice(0, 40);
}

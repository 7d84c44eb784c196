/** Adds a torrent to an AllDebrid account, and removes one. */
import type { AddedItem, ItemProgress, TorrentToAdd } from '../../core/adding.js';
import { AppError } from '../../core/errors.js';
import type { AddOptions, TorrentAdding } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asId, asInfohash, asList, asNumber, asObject, asText, type JsonObject } from '../decode.js';
import { failure } from '../failure.js';
import type { HttpAnswer } from '../json-client.js';
import { multipart } from '../multipart.js';
import { seeThrough } from '../see-through.js';
import type { ProviderSetup } from '../setup.js';
import { allDebridDialect } from './errors.js';
import { decodeMagnet, magnetId, nameOf, readData, readMagnets } from './magnet.js';

/** So long an answer is waited for after it was given up, in milliseconds. */
const addingMs = 3_000;
/** An id may be missing right after the upload: careful clients look ten times, a second apart (observed). */
const looksForId = 10;
const lookPauseMs = 1_000;

const unknownReason = failure('invalid', 'never', 'AllDebrid refused this torrent without a known reason.');

export class MagnetAdder implements TorrentAdding {
  readonly #api: AccountApi;
  readonly #setup: Pick<ProviderSetup, 'clock'>;

  constructor(api: AccountApi, setup: Pick<ProviderSetup, 'clock'>) {
    this.#api = api;
    this.#setup = setup;
  }

  /** The call that told it is gone (observed, since 2024-12): an upload tells whether it is ready. */
  isCached(): Promise<null> {
    return Promise.resolve(null);
  }

  /** One request does all, so that nothing is half added: what it refuses, it does not add. */
  async add(torrent: TorrentToAdd, { files, known }: AddOptions, signal: AbortSignal): Promise<AddedItem> {
    const answer = await seeThrough(this.#setup.clock, addingMs, signal, (late) =>
      this.#upload(torrent, late),
    );
    const data = readData(this.#api, answer);
    const [raw] = asList(data['magnets'] ?? data['files']) ?? [];
    const told = asObject(raw);
    if (told === null) throw this.#api.badAnswer('an upload is not described');
    const error = asObject(told['error']);
    if (error !== null)
      throw this.#api.error(allDebridDialect.failureOf(asText(error['code']) ?? '') ?? unknownReason);
    const id = asId(told['id']);
    const itemId = id === null || id === '0' ? await this.#idOf(torrent.hash) : id;
    const warning =
      files.kind === 'videos' ? null : 'AllDebrid has all files of a torrent: --files chooses none.';
    return { itemId, isNew: !known.has(itemId), warning };
  }

  async progressOf(itemId: string, signal: AbortSignal): Promise<ItemProgress> {
    const magnet = (await this.#status([['id', itemId]], signal)).find((raw) => magnetId(raw) === itemId);
    const told = asObject(magnet);
    const decoded = decodeMagnet(magnet);
    if (told === null || decoded.kind !== 'item') throw this.#api.badAnswer('a magnet is not described');
    const { state, reason } = decoded.item;
    const size = asNumber(told['size']) ?? 0;
    const downloaded = asNumber(told['downloaded']);
    const share = downloaded === null || size <= 0 ? null : Math.min(1, Math.max(0, downloaded / size));
    return {
      torrent: decoded.item.torrent,
      state,
      words: reason === null || state === 'working' ? statusWords(told) : reason,
      share: state === 'ready' ? 1 : share,
      bytesPerSecond: asNumber(told['downloadSpeed']),
      isKnown: nameOf(told) !== '' && size > 0,
    };
  }

  /** Removes one magnet, by its id; one that is not there is removed. */
  async remove(itemId: string, signal: AbortSignal): Promise<void> {
    const form = [['id', itemId]] as const;
    try {
      await this.#api.call({ purpose: 'details', method: 'POST', path: '/v4/magnet/delete', form, signal });
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'item-gone') throw thrown;
    }
  }

  #upload({ magnet, file }: TorrentToAdd, signal: AbortSignal): Promise<HttpAnswer> {
    const call = { purpose: 'details', method: 'POST', signal } as const;
    if (file === null)
      return this.#api.call({ ...call, path: '/v4/magnet/upload', form: [['magnets[]', magnet]] });
    const form = multipart([{ name: 'files[0]', fileName: 'debridfs.torrent', bytes: file }]);
    return this.#api.call({ ...call, path: '/v4/magnet/upload/file', ...form });
  }

  /** Also after it was given up: only who knows the id can remove it again. */
  async #idOf(hash: string): Promise<string> {
    const { signal } = new AbortController();
    for (let looks = 1; looks <= looksForId; looks += 1) {
      await this.#setup.clock.sleep(lookPauseMs, signal);
      const found = (await this.#status([], signal)).find(
        (magnet) => asInfohash(asObject(magnet)?.['hash']) === hash,
      );
      const id = magnetId(found);
      if (id !== null) return id;
    }
    throw this.#api.badAnswer('it took the torrent, but does not list it; it may be there later');
  }

  async #status(
    form: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<readonly unknown[]> {
    const path = '/v4.1/magnet/status';
    const answer = await this.#api.call({ purpose: 'details', method: 'POST', path, form, signal });
    const magnets = readMagnets(readData(this.#api, answer));
    if (magnets === null) throw this.#api.badAnswer('the list of magnets is no list');
    return magnets;
  }
}

/** Documented codes of magnets that are worked on. */
function statusWords(magnet: JsonObject): string {
  switch (asNumber(magnet['statusCode'])) {
    case 0:
      return 'in the queue';
    case 1:
      return 'downloading';
    case 2:
      return 'compressing';
    case 3:
      return 'uploading';
    default:
      return '';
  }
}

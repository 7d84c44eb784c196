/** Adds a torrent to a Real-Debrid account and selects what of it is to be downloaded. */
import type { AddedItem, FileChoice, ItemProgress, TorrentToAdd } from '../../core/adding.js';
import { AppError } from '../../core/errors.js';
import { fitsPattern } from '../../core/file-choice.js';
import type { AddOptions, TorrentAdding } from '../../core/provider.js';
import type { AccountApi } from '../account-api.js';
import { asInfohash, asList, asNumber, asObject, asText, type JsonObject } from '../decode.js';
import { Discards, isPassing } from '../discard.js';
import { failure } from '../failure.js';
import type { ProviderSetup } from '../setup.js';
import { failureOf, isStreamable } from './torrent.js';
import type { TorrentWrites } from './torrent-writes.js';

/** So long a magnet may take until it is known what it holds, in milliseconds: the service gives up after about a minute (observed). */
const metadataMs = 90_000;
/** Pauses between two looks at it, in milliseconds, each twice as long as the one before. */
const pauses = { firstMs: 1_000, longestMs: 10_000 };

const noMetadata = failure(
  'not-ready',
  'never',
  'Real-Debrid did not find out within 90 s what this magnet holds: nobody shares it at present. Try its .torrent file.',
);
/** Of the streamable ones, those that are sound alone. */
const sound = /\.(?:mp3|flac|m4a)$/i;

interface ListedFile {
  readonly number: number;
  readonly path: string;
}

export class TorrentAdder implements TorrentAdding {
  readonly #api: AccountApi;
  readonly #setup: Pick<ProviderSetup, 'clock'>;
  readonly #writes: TorrentWrites;
  readonly #discards: Discards;

  constructor(api: AccountApi, setup: ProviderSetup, writes: TorrentWrites) {
    this.#api = api;
    this.#setup = setup;
    this.#writes = writes;
    this.#discards = new Discards(setup, (id, signal) => writes.remove(id, signal));
  }

  /** The service has switched off the call that told it (observed, since 2024-11). */
  isCached(): Promise<null> {
    return Promise.resolve(null);
  }

  async add(torrent: TorrentToAdd, { files, known }: AddOptions, signal: AbortSignal): Promise<AddedItem> {
    await this.#discards.discardRest();
    const itemId = await this.#writes.add(torrent, signal);
    try {
      const listed = await this.#files(itemId, signal);
      if (listed === null) return { itemId, isNew: !known.has(itemId), warning: null };
      const chosen = choose(listed, files);
      if (chosen.length === 0) throw nothingChosen(listed, files);
      await this.#select(itemId, chosen, signal);
      return { itemId, isNew: !known.has(itemId), warning: warningOf(chosen) };
    } catch (thrown) {
      throw await this.#discards.undo(itemId, known, thrown);
    }
  }

  async progressOf(itemId: string, signal: AbortSignal): Promise<ItemProgress> {
    const torrent = await this.#look(itemId, signal);
    const status = asText(torrent['status']) ?? '';
    const failed = failureOf(status);
    const percent = asNumber(torrent['progress']);
    return {
      torrent: asInfohash(torrent['hash']),
      state: status === 'downloaded' ? 'ready' : failed === null ? 'working' : 'failed',
      words: failed ?? status.replaceAll('_', ' ').replace(/[^a-z ]/g, ''),
      share: percent === null ? null : Math.min(1, Math.max(0, percent / 100)),
      bytesPerSecond: asNumber(torrent['speed']),
      isKnown: status !== 'magnet_conversion',
    };
  }

  /** The files of which some are to be selected; null where that is not asked for (any more). */
  async #files(id: string, signal: AbortSignal): Promise<readonly ListedFile[] | null> {
    const { clock } = this.#setup;
    const deadlineMs = clock.monotonic() + metadataMs;
    for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(2 * pauseMs, pauses.longestMs)) {
      let lastError = this.#api.error(noMetadata);
      try {
        const torrent = await this.#look(id, signal);
        const status = asText(torrent['status']) ?? '';
        const reason = failureOf(status);
        if (status === 'magnet_error') throw lastError;
        if (reason !== null) throw this.#api.error(failure('not-ready', 'never', reason));
        if (status === 'waiting_files_selection') return this.#listed(torrent);
        if (status !== 'magnet_conversion') return null;
      } catch (thrown) {
        if (!isPassing(thrown)) throw thrown;
        lastError = thrown;
      }
      if (clock.monotonic() + pauseMs > deadlineMs) throw lastError;
      await clock.sleep(pauseMs, signal);
    }
  }

  /** Once more where the service has trouble of its own for a moment (observed). */
  async #select(id: string, files: readonly ListedFile[], signal: AbortSignal): Promise<void> {
    const numbers = files.map(({ number }) => number);
    try {
      await this.#writes.select(id, numbers, signal);
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      await this.#setup.clock.sleep(pauses.firstMs, signal);
      await this.#writes.select(id, numbers, signal);
    }
  }

  #listed(torrent: JsonObject): readonly ListedFile[] {
    const files = asList(torrent['files'])?.map((raw) => {
      const file = asObject(raw);
      const number = asNumber(file?.['id']);
      const path = asText(file?.['path'])?.replace(/^\/+/, '');
      return number === null || path === undefined ? null : { number, path };
    });
    if (files?.every((file) => file !== null) !== true || files.length === 0)
      throw this.#api.badAnswer('the files of a torrent are not told');
    return files;
  }

  async #look(id: string, signal: AbortSignal): Promise<JsonObject> {
    const path = `/torrents/info/${encodeURIComponent(id)}`;
    const answer = await this.#api.call({ purpose: 'details', method: 'GET', path, signal });
    const torrent = asObject(answer.json);
    if (torrent === null) throw this.#api.badAnswer('a torrent is not described');
    return torrent;
  }
}

function choose(files: readonly ListedFile[], choice: FileChoice): readonly ListedFile[] {
  switch (choice.kind) {
    case 'videos':
      return files.filter(({ path }) => isStreamable(path) && !sound.test(path));
    case 'all':
      return files;
    case 'numbers': {
      const missing = choice.numbers.filter((number) => !files.some((file) => file.number === number));
      if (missing.length > 0)
        throw new AppError(
          'invalid',
          `This torrent has no file ${missing.slice(0, 5).join(', ')}: its files have the numbers 1 to ${files.length}.`,
        );
      return files.filter(({ number }) => choice.numbers.includes(number));
    }
    case 'pattern':
      return files.filter(({ path }) => fitsPattern(choice.pattern, path));
  }
}

function nothingChosen(files: readonly ListedFile[], choice: FileChoice): AppError {
  const what =
    choice.kind === 'pattern'
      ? `None of its ${files.length} files fits the pattern of --files.`
      : `None of its ${files.length} files is a video. Choose others with --files, such as --files all.`;
  return new AppError('invalid', what);
}

/** Observed: any file that is not streamable in a selection of several makes all of it one archive. */
function warningOf(chosen: readonly ListedFile[]): string | null {
  const others = chosen.filter(({ path }) => !isStreamable(path)).length;
  if (others === 0) return null;
  return `Real-Debrid packs this selection into one RAR archive, because ${others === 1 ? 'a file of it is' : `${others} files of it are`} neither video nor sound.`;
}

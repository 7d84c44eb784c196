/** The files of AllDebrid's magnets, many with one request. */
import type { Logger } from '../../core/logger.js';
import type { ItemDetails, ItemFile } from '../../core/torrent.js';
import type { AccountApi } from '../account-api.js';
import { mayConcernOneItem, type ItemFailures } from '../item-failures.js';
import { asObject, asText, type JsonObject } from '../decode.js';
import { flattenFiles } from './file-tree.js';
import { magnetId, nameOf, readData, readMagnets } from './magnet.js';

/** Ids of one request. The service's limit is unpublished; 50 is what clients get away with (folklore). */
export const batchSize = 50;

/** Asks for the files of one account's magnets. */
export class MagnetFiles {
  readonly #api: AccountApi;
  readonly #logger: Logger;
  /** A magnet as the list told it: the request for files tells neither name nor status. */
  readonly #known: (id: string) => JsonObject | undefined;

  constructor(api: AccountApi, logger: Logger, known: (id: string) => JsonObject | undefined) {
    this.#api = api;
    this.#logger = logger;
    this.#known = known;
  }

  /**
   * Details of up to `batchSize` magnets, in the order asked for. What the service does not know or cannot be
   * understood is left out with a warning. Where a request fails for what may be one magnet's sake, its halves are asked
   * for, until the failure is that of one magnet or clearly the service's.
   * @throws {AppError} when the account or the service fails; what came before stays good.
   */
  async *fetch(
    ids: readonly string[],
    failures: ItemFailures,
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    const answered = await this.#ask(ids, signal).catch((thrown: unknown) => {
      const [first = '', ...others] = ids;
      if (others.length === 0) return failures.passOver(first, thrown);
      if (!mayConcernOneItem(thrown)) throw thrown;
      return null;
    });
    if (answered !== null) {
      failures.succeeded();
      yield* this.#detailsOf(ids, answered, failures, signal);
    } else if (ids.length > 1) {
      const half = Math.ceil(ids.length / 2);
      yield* this.fetch(ids.slice(0, half), failures, signal);
      yield* this.fetch(ids.slice(half), failures, signal);
    }
  }

  async *#detailsOf(
    ids: readonly string[],
    answered: ReadonlyMap<string, JsonObject>,
    failures: ItemFailures,
    signal: AbortSignal,
  ): AsyncGenerator<ItemDetails, void, undefined> {
    for (const id of ids) {
      const files = this.#files(id, answered.get(id));
      if (files === null) continue;
      const magnet = this.#known(id) ?? (await this.#status(id, failures, signal));
      if (magnet !== null) yield { id, name: nameOf(magnet), files: files.length > 0 ? files : null };
    }
  }

  #files(id: string, answer: JsonObject | undefined): readonly ItemFile[] | null {
    const flat = flattenFiles(answer?.['files']);
    if (flat === null) {
      const serviceCode = asText(asObject(answer?.['error'])?.['code']);
      this.#logger.warn({ itemId: id, serviceCode }, 'AllDebrid does not tell the files of a torrent');
      return null;
    }
    if (flat.leftOut > 0) {
      this.#logger.warn(
        { itemId: id, files: flat.leftOut },
        'some files of a torrent could not be understood',
      );
    }
    return flat.files;
  }

  /** What is told of each magnet, by id. */
  async #ask(ids: readonly string[], signal: AbortSignal): Promise<Map<string, JsonObject>> {
    const form = ids.map((id): [string, string] => ['id[]', id]);
    const call = { purpose: 'details', method: 'POST', path: '/v4/magnet/files', form, signal } as const;
    const magnets = readMagnets(readData(this.#api, await this.#api.call(call)));
    if (magnets === null) throw this.#api.badAnswer('the files of magnets are no list');
    const answered = new Map<string, JsonObject>();
    for (const raw of magnets) {
      const id = magnetId(raw);
      const magnet = asObject(raw);
      if (id !== null && magnet !== null) answered.set(id, magnet);
    }
    return answered;
  }

  /** One magnet that no listing has told since the start; null where the service does not hold it, or fails with it. */
  async #status(id: string, failures: ItemFailures, signal: AbortSignal): Promise<JsonObject | null> {
    try {
      const call = { purpose: 'details', method: 'POST', path: '/v4.1/magnet/status', signal } as const;
      const data = readData(this.#api, await this.#api.call({ ...call, form: [['id', id]] }));
      failures.succeeded();
      return asObject(readMagnets(data)?.find((magnet) => magnetId(magnet) === id));
    } catch (thrown) {
      return failures.passOver(id, thrown);
    }
  }
}

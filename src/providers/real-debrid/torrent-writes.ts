/** The calls by which a torrent comes into a Real-Debrid account, and goes. */
import type { TorrentToAdd } from '../../core/adding.js';
import { AppError } from '../../core/errors.js';
import type { AccountApi } from '../account-api.js';
import { asId, asObject } from '../decode.js';
import { seeThrough } from '../see-through.js';
import type { ProviderSetup } from '../setup.js';

/** So long the answer to an addition is waited for after it was given up, in milliseconds. */
const addingMs = 3_000;

export class TorrentWrites {
  readonly #api: AccountApi;
  readonly #setup: Pick<ProviderSetup, 'clock'>;

  constructor(api: AccountApi, setup: Pick<ProviderSetup, 'clock'>) {
    this.#api = api;
    this.#setup = setup;
  }

  /** Adds a torrent, without selecting anything of it. @returns the id of the new item. */
  async add({ magnet, file }: Pick<TorrentToAdd, 'magnet' | 'file'>, signal: AbortSignal): Promise<string> {
    const answer = await seeThrough(this.#setup.clock, addingMs, signal, (late) =>
      file === null
        ? this.#api.call({
            purpose: 'details',
            method: 'POST',
            path: '/torrents/addMagnet',
            form: [['magnet', magnet]],
            signal: late,
          })
        : this.#api.call({
            purpose: 'details',
            method: 'PUT',
            path: '/torrents/addTorrent',
            body: file,
            contentType: 'application/x-bittorrent',
            signal: late,
          }),
    );
    const id = asId(asObject(answer.json)?.['id']);
    if (id === null) throw this.#api.badAnswer('a torrent that was added has no id');
    return id;
  }

  /** Selects files by their numbers. */
  async select(id: string, files: readonly number[], signal: AbortSignal): Promise<void> {
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
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const path = `/torrents/delete/${encodeURIComponent(id)}`;
    try {
      await this.#api.call({ purpose: 'details', method: 'DELETE', path, signal });
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.code !== 'item-gone') throw thrown;
    }
  }
}

import * as z from 'zod';
import { AppError } from '../core/errors.js';
import { basicLogin, below } from './address.js';
import { parsed } from './json.js';
import { ask } from './request.js';

/** A film, an episode or a music video in Kodi's library. */
export interface KodiItem {
  /** As Kodi calls it when it removes it: `{ movieid: 7 }`. */
  readonly id: Readonly<Record<string, number>>;
  readonly removeBy: string;
  /** Its file, or those of which it is made. */
  readonly files: readonly string[];
  /** The show that an episode is of; null for anything else. */
  readonly show: number | null;
}

const kinds = [
  { many: 'movies', id: 'movieid', list: 'GetMovies', remove: 'RemoveMovie', properties: ['file'] },
  {
    many: 'episodes',
    id: 'episodeid',
    list: 'GetEpisodes',
    remove: 'RemoveEpisode',
    properties: ['file', 'tvshowid'],
  },
  {
    many: 'musicvideos',
    id: 'musicvideoid',
    list: 'GetMusicVideos',
    remove: 'RemoveMusicVideo',
    properties: ['file'],
  },
] as const;
/** Items that are asked for at once: far below the longest answer that is read. */
const page = 2_000;

const listed = z.looseObject({ limits: z.looseObject({ total: z.number() }) });
const items = z.array(z.looseObject({ file: z.string(), tvshowid: z.number().nullable().default(null) }));
/** Left out where there are none. */
const sources = z.looseObject({ sources: z.array(z.looseObject({ file: z.string() })).default([]) });
const isScanning = 'Library.IsScanningVideo';
const booleans = z.looseObject({ [isScanning]: z.boolean() });

/** The library of videos of a Kodi, by JSON-RPC over HTTP. */
export class KodiLibrary {
  readonly #name: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  #id = 0;

  /**
   * @param name for messages.
   * @param url its user name and password are those of Kodi's web server.
   */
  constructor(name: string, url: URL) {
    this.#name = name;
    this.#url = below(url, '/jsonrpc');
    const authorization = basicLogin(url);
    this.#headers = authorization === null ? {} : { authorization };
  }

  /** @throws {AppError} where something else answers at its address, or nothing. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#call('JSONRPC.Ping', {}, z.literal('pong'), signal);
  }

  /** The folders of videos that its user gave it, as it tells them; several may be one `multipath://`. */
  async sources(signal: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#call('Files.GetSources', { media: 'video' }, sources, signal);
    return answer.sources.map(({ file }) => file);
  }

  /** All that it has below a folder, which ends with a slash. */
  async itemsBelow(folder: string, signal: AbortSignal): Promise<readonly KodiItem[]> {
    const found: KodiItem[] = [];
    const filter = { field: 'path', operator: 'startswith', value: folder };
    for (const { many, id, list, remove, properties } of kinds) {
      for (let start = 0, total = 1; start < total; start += page) {
        const params = { properties, filter, limits: { start, end: start + page } };
        const answer = await this.#ask(list, params, listed, signal);
        total = answer.limits.total;
        for (const { file, tvshowid, ...more } of this.#read(list, items, answer[many] ?? [])) {
          const number = this.#read(list, z.number(), more[id]);
          found.push({ id: { [id]: number }, removeBy: remove, files: filesOf(file), show: tvshowid });
        }
      }
    }
    // Its filter takes `_` for any letter, and A for a.
    return found.filter(({ files }) => files.every((file) => file.startsWith(folder)));
  }

  async remove({ id, removeBy }: KodiItem, signal: AbortSignal): Promise<void> {
    await this.#ask(removeBy, id, z.unknown(), signal);
  }

  /** Removes a show of which it has no episode. It would be listed for ever otherwise. */
  async removeIfEmpty(show: number, signal: AbortSignal): Promise<void> {
    const params = { tvshowid: show, limits: { start: 0, end: 1 } };
    const { limits } = await this.#ask('GetEpisodes', params, listed, signal);
    if (limits.total === 0) await this.#ask('RemoveTVShow', { tvshowid: show }, z.unknown(), signal);
  }

  /** Whether it scans or cleans now. */
  async isBusy(signal: AbortSignal): Promise<boolean> {
    const params = { booleans: [isScanning] };
    return (await this.#call('XBMC.GetInfoBooleans', params, booleans, signal))[isScanning];
  }

  /** Starts to scan a folder, which ends with a slash. */
  async scan(directory: string, signal: AbortSignal): Promise<void> {
    await this.#ask('Scan', { directory, showdialogs: false }, z.unknown(), signal);
  }

  #ask<Result>(
    method: string,
    params: object,
    schema: z.ZodType<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    return this.#call(`VideoLibrary.${method}`, params, schema, signal);
  }

  async #call<Result>(
    method: string,
    params: object,
    schema: z.ZodType<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    this.#id += 1;
    const json = { jsonrpc: '2.0', id: this.#id, method, params };
    const text = await ask(
      this.#name,
      { method: 'POST', url: this.#url, headers: this.#headers, json, login: 'url' },
      signal,
    );
    const answer = parsed(text);
    // It says what it does not understand with status 200.
    if (typeof answer !== 'object' || answer === null || !('result' in answer))
      throw new AppError('bad-answer', `${this.#name} refuses ${method}.`);
    return this.#read(method, schema, answer.result);
  }

  #read<Result>(method: string, schema: z.ZodType<Result>, value: unknown): Result {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    throw new AppError('bad-answer', `${this.#name} answered ${method} with what cannot be understood.`);
  }
}

/** A film in parts is `stack://a.cd1.mkv , a.cd2.mkv`, in which a comma of a name stands twice. */
function filesOf(file: string): readonly string[] {
  if (!file.startsWith('stack://')) return [file];
  const parts = file.slice('stack://'.length).split(' , ');
  return parts.map((part) => part.replaceAll(',,', ','));
}

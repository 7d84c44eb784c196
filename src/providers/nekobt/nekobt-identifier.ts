/** What a torrent is, by nekoBT. */
import { LRUCache } from 'lru-cache';
import { AppError } from '../../core/errors.js';
import type { Identification, Identifier, KnownEpisode } from '../../core/identification.js';
import { asId, asInfohash, asList, asNumber, asObject, asText, type JsonObject } from '../decode.js';
import type { NekobtApi } from './nekobt-api.js';

/** Series grow by an episode a week. */
const mediaKeptMs = 24 * 3_600_000;
const mostMedia = 500;
/** More than any series has. */
const mostEpisodes = 5_000;

/** A series or film as the catalogue has it, its episodes by id. */
interface Media extends Omit<Identification, 'episodes'> {
  readonly episodes: ReadonlyMap<string, KnownEpisode>;
}

/**
 * Finds a torrent by its infohash, then what it holds, then the series: three requests, the last one once a day for each series. The recipe and
 * the types of its answers were gathered from its documentation and public clients (2026-11).
 */
export class NekobtIdentifier implements Identifier {
  readonly #api: NekobtApi;
  readonly #media = new LRUCache<string, Media>({ max: mostMedia, ttl: mediaKeptMs });

  constructor(api: NekobtApi) {
    this.#api = api;
  }

  async identify(infohash: string, signal: AbortSignal): Promise<Identification | null> {
    const found = await this.#api.get('/torrents/search', { query: infohash, limit: '1' }, signal);
    if ((found['infohash_match'] ?? null) === null) return null;
    const id = asId(found['infohash_match']);
    if (id === null) throw this.#api.badAnswer('a torrent has no id');
    const torrent = await this.#known(`/torrents/${id}`, {}, signal);
    if (torrent === null || asInfohash(torrent['infohash']) !== infohash) return null;
    const mediaId = asId(torrent['media_id']);
    const media = mediaId === null ? null : await this.#mediaOf(mediaId, signal);
    if (media === null) return null;
    return { ...media, episodes: episodesOf(torrent, media) };
  }

  close(): Promise<void> {
    return this.#api.close();
  }

  async #mediaOf(id: string, signal: AbortSignal): Promise<Media | null> {
    const kept = this.#media.get(id);
    if (kept !== undefined) return kept;
    const kind = /^s\d/.test(id) ? 'show' : /^m\d/.test(id) ? 'movie' : null;
    const told = kind === null ? null : await this.#known(`/media/${id}`, { force: 'true' }, signal);
    const title = asText(told?.['title'])?.trim() ?? '';
    if (kind === null || told === null || title === '') return null;
    const media: Media = {
      kind,
      title,
      year: asNumber(told['year']),
      ids: {
        tvdb: digits(told['tvdbId']),
        tmdb: digits(told['tmdbId']),
        imdb: /^tt\d{1,12}$/.exec(asText(told['imdbId']) ?? '')?.[0] ?? null,
      },
      episodes: kind === 'show' ? decodeEpisodes(told['episodes']) : new Map(),
    };
    this.#media.set(id, media);
    return media;
  }

  /** Null where nekoBT does not know it, does not show it yet, or cannot make sense of it. */
  async #known(
    path: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<JsonObject | null> {
    try {
      return await this.#api.get(path, query, signal);
    } catch (thrown) {
      const code = thrown instanceof AppError ? thrown.code : null;
      if (code === 'not-found' || code === 'not-ready' || code === 'invalid') return null;
      throw thrown;
    }
  }
}

/** The torrent's episodes; none where one of them is not the series'. */
function episodesOf(torrent: JsonObject, { episodes }: Media): readonly KnownEpisode[] {
  const ids = (asList(torrent['media_episode_ids']) ?? []).map(asId);
  const known = ids.map((id) => (id === null ? undefined : episodes.get(id)));
  return known.every((episode) => episode !== undefined) ? known : [];
}

function decodeEpisodes(value: unknown): ReadonlyMap<string, KnownEpisode> {
  const episodes = new Map<string, KnownEpisode>();
  for (const each of (asList(value) ?? []).slice(0, mostEpisodes)) {
    const told = asObject(each);
    const id = asId(told?.['id']);
    const season = count(told?.['season']);
    const episode = count(told?.['episode']);
    if (id !== null && season !== null && episode !== null)
      episodes.set(id, { season, episode, absolute: count(told?.['absolute']) });
  }
  return episodes;
}

function count(value: unknown): number | null {
  const number = asNumber(value);
  return number !== null && Number.isInteger(number) && number >= 0 && number < 100_000 ? number : null;
}

function digits(value: unknown): string | null {
  return /^\d{1,12}$/.exec(asId(value) ?? '')?.[0] ?? null;
}

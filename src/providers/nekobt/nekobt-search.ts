/** Torrents by their titles, and one by its number. */
import { asFlag, asList } from '../decode.js';
import type { NekobtApi } from './nekobt-api.js';
import { decodeTorrent, type FoundTorrent } from './nekobt-torrent.js';

export interface SearchPage {
  readonly torrents: readonly FoundTorrent[];
  /** Whether there are more behind them. */
  readonly more: boolean;
}

/** A page of what is found for some words. @param limit 1 to 100. @throws {AppError} why nekoBT does not say. */
export async function searchTorrents(
  api: NekobtApi,
  words: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
  signal: AbortSignal,
): Promise<SearchPage> {
  const query = { query: words, limit: String(limit), offset: String(offset) };
  const found = await api.get('/torrents/search', query, signal);
  const results = asList(found['results']);
  if (results === null) throw api.badAnswer('what was found is no list');
  return {
    torrents: results.slice(0, limit).flatMap((each) => decodeTorrent(each) ?? []),
    more: asFlag(found['more']) === true,
  };
}

/** One torrent. @throws {AppError} `not-found`; `not-ready` while it waits for approval; why nekoBT does not say. */
export async function torrentOf(api: NekobtApi, id: string, signal: AbortSignal): Promise<FoundTorrent> {
  const torrent = decodeTorrent(await api.get(`/torrents/${id}`, {}, signal));
  if (torrent === null) throw api.badAnswer('the torrent is not described');
  return torrent;
}

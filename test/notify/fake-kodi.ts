import { fakeMediaServer, type Received } from './fake-media-server.js';

/** What a fake Kodi has in its library. */
export interface KodiShelf {
  movies: { readonly movieid: number; readonly file: string }[];
  episodes: { readonly episodeid: number; readonly file: string; readonly tvshowid: number }[];
  tvshows: number[];
}

export interface FakeKodi {
  readonly url: string;
  readonly shelf: KodiShelf;
  /** Folders of which a scan came to its end. */
  readonly scanned: readonly string[];
  readonly received: readonly Received[];
  /** Starts a scan that somebody else asked for. */
  readonly scan: (folder: string) => void;
}

interface Asked {
  readonly method: string;
  readonly params: {
    readonly directory?: string;
    readonly filter?: { readonly value: string };
    readonly limits?: { readonly start: number; readonly end: number };
    readonly tvshowid?: number;
    readonly movieid?: number;
    readonly episodeid?: number;
  };
}

/**
 * A Kodi that does what 20.1 was seen to do: an order to scan while it scans stops that scan and starts none; a clean of a folder does
 * nothing; a filter for a path is SQL's LIKE.
 * @param looks how often it is seen to scan before a scan ends.
 */
export async function fakeKodi(over: Partial<KodiShelf> = {}, looks = 2): Promise<FakeKodi> {
  const shelf: KodiShelf = { movies: [], episodes: [], tvshows: [], ...over };
  const scanned: string[] = [];
  let scanning: { readonly folder: string; left: number } | null = null;
  const scan = (folder: string): void => {
    scanning = scanning === null ? { folder, left: looks } : null;
  };
  const look = (): boolean => {
    if (scanning === null) return false;
    if (scanning.left > 0) {
      scanning.left -= 1;
      return true;
    }
    scanned.push(scanning.folder);
    scanning = null;
    return false;
  };
  const listing = (name: keyof KodiShelf, params: Asked['params']): object => {
    const { limits = { start: 0, end: 1 }, filter, tvshowid } = params;
    const all = (shelf[name] as readonly { readonly file: string; readonly tvshowid?: number }[])
      .filter(({ file }) => filter === undefined || like(filter.value).test(file))
      .filter((item) => tvshowid === undefined || item.tvshowid === tvshowid);
    return { limits: { ...limits, total: all.length }, [name]: all.slice(limits.start, limits.end) };
  };
  const answers: Readonly<Record<string, (params: Asked['params']) => unknown>> = {
    'XBMC.GetInfoBooleans': () => ({ 'Library.IsScanningVideo': look() }),
    'VideoLibrary.GetMovies': (params) => listing('movies', params),
    'VideoLibrary.GetEpisodes': (params) => listing('episodes', params),
    'VideoLibrary.GetMusicVideos': () => ({ limits: { start: 0, end: 0, total: 0 } }),
    'VideoLibrary.RemoveMovie': ({ movieid }) => {
      shelf.movies = shelf.movies.filter((movie) => movie.movieid !== movieid);
    },
    'VideoLibrary.RemoveEpisode': ({ episodeid }) => {
      shelf.episodes = shelf.episodes.filter((episode) => episode.episodeid !== episodeid);
    },
    'VideoLibrary.RemoveTVShow': ({ tvshowid }) => {
      shelf.tvshows = shelf.tvshows.filter((show) => show !== tvshowid);
    },
    'VideoLibrary.Scan': ({ directory = '' }) => scan(directory),
    'VideoLibrary.Clean': () => undefined,
  };
  const { url, received } = await fakeMediaServer(({ body }) => {
    const { method, params } = body as Asked;
    const answer = answers[method];
    if (answer === undefined) return { body: { error: { code: -32601, message: 'Method not found.' } } };
    return { body: { id: 1, jsonrpc: '2.0', result: answer(params) ?? 'OK' } };
  });
  return { url, shelf, scanned, received, scan };
}

function like(start: string): RegExp {
  const pattern = start.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('_', '.');
  return new RegExp(`^${pattern}`, 'i');
}

/** What nekoBT knows in the emulated world. */
import type { WorldTorrent } from '../world.js';

export interface CatalogueEpisode {
  readonly id: number;
  readonly season: number;
  readonly episode: number;
  readonly title: string;
  /** Absent where the catalogue has none. */
  readonly absolute?: number;
}

/** A series (`s` and a number) or a film (`m`). */
export interface CatalogueMedia {
  readonly id: string;
  readonly title: string;
  readonly year: number;
  readonly tvdbId: number | null;
  readonly tmdbId: number | null;
  readonly imdbId: string | null;
  readonly episodes: readonly CatalogueEpisode[];
}

/** A torrent as nekoBT lists it. */
export interface CatalogueTorrent {
  /** A number beyond 2^53, as text. */
  readonly id: string;
  readonly torrent: WorldTorrent;
  readonly title: string;
  /** Null where nobody has told what it is. */
  readonly mediaId: string | null;
  readonly episodeIds: readonly number[];
  readonly group: string;
  readonly seeders: number;
  readonly audio: string;
  readonly subtitles: string;
  readonly uploadedMs: number;
  /** Not shown to anybody yet. */
  readonly isWaiting?: boolean;
}

export interface Catalogue {
  readonly media: readonly CatalogueMedia[];
  readonly torrents: readonly CatalogueTorrent[];
  /** Keys that are known; a request with another is refused. */
  readonly keys?: readonly string[];
}

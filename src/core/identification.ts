/** What a catalogue says a torrent is. Ids are digits, or `tt` and digits (imdb). */
export interface Identification {
  readonly kind: 'show' | 'movie';
  /** As the catalogue has it, in the language that it is best known by. */
  readonly title: string;
  readonly year: number | null;
  readonly ids: CatalogueIds;
  /** The episodes that this torrent holds, in the catalogue's numbering; none for a movie, or where it does not tell. */
  readonly episodes: readonly KnownEpisode[];
}

export interface CatalogueIds {
  readonly tvdb: string | null;
  readonly tmdb: string | null;
  readonly imdb: string | null;
}

export interface KnownEpisode {
  readonly season: number;
  readonly episode: number;
  /** Counted through all seasons; null where that is not told. */
  readonly absolute: number | null;
}

/** Knows torrents by their infohash. Asking tells a third party what one holds. */
export interface Identifier {
  /**
   * What a torrent is; null where the catalogue does not know it.
   * @param infohash 40 hex digits, lower case.
   * @throws {AppError} `rate-limited`, `service-down`, … with when to ask again in `retry`: then nothing was learnt.
   */
  identify(infohash: string, signal: AbortSignal): Promise<Identification | null>;
  close(): Promise<void>;
}

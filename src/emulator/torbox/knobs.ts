/** Behaviours of the TorBox stand-in that a test may change, also while it runs. */
export interface TorBoxKnobs {
  /** Requests a minute, key and endpoint (TorBox support pages, read 2026-11). */
  requestsPerMinute: number;
  /** Seconds told in `Retry-After` with a 429; null: not told. */
  retryAfterSeconds: number | null;
  /** Requests that do not name their program get Cloudflare's page (observed: the service asks clients for a name). */
  requireUserAgent: boolean;
  /** Whether names of files begin with the root folder that all files of a torrent share. */
  rootFolder: 'kept' | 'dropped';
  /** How long the list without `bypass_cache` stays as it was (TorBox API documentation, read 2026-11: 600 s). */
  listCacheMs: number;
  /** What an empty list is. */
  emptyList: 'array' | 'null' | '404';
  /** After this an item is expired; it stays in the list. */
  itemLifetimeMs: number;
  /** A new download URL is refused for so long, in real or advanced time (observed: about a second). */
  settleMs: number;
  /** After this a download may no longer be started (documented: 3 hours). */
  downloadLifetimeMs: number;
  /** The next so many requests for links fail with `DATABASE_ERROR`. */
  databaseErrors: number;
  /** The next so many requests to the download hosts get Cloudflare's 403. */
  cloudflarePages: number;
  /** The next so many requests to the download hosts get a 502. */
  badGateways: number;
  /** Torrents that may be downloading at a time. */
  slots: number;
  /** Bytes that one download may have. */
  maxDownloadBytes: number;
}

export const torBoxDefaults: TorBoxKnobs = {
  requestsPerMinute: 300,
  retryAfterSeconds: null,
  requireUserAgent: false,
  rootFolder: 'kept',
  listCacheMs: 600_000,
  emptyList: 'array',
  itemLifetimeMs: 30 * 24 * 60 * 60 * 1000,
  settleMs: 1000,
  downloadLifetimeMs: 3 * 60 * 60 * 1000,
  databaseErrors: 0,
  cloudflarePages: 0,
  badGateways: 0,
  slots: 10,
  maxDownloadBytes: 536_870_912_000,
};

/** Behaviours of the Real-Debrid stand-in that a test may change, also while it runs. */
export interface RealDebridKnobs {
  /** Requests a minute and token; refused ones count (Real-Debrid API documentation, read 2026-11). */
  requestsPerMinute: number;
  /** Seconds told in `Retry-After` with a 429; null: not told. */
  retryAfterSeconds: number | null;
  /** So many refusals in a row ban the token for ten minutes, without an answer; null: never. */
  banAfterRefusals: number | null;
  /** Whether `info` tells the root folder that all files of a torrent share. */
  rootFolder: 'kept' | 'dropped';
  /** The list is `{}` under status 200 (observed in public clients). */
  listReturnsObject: boolean;
  /** The next page of the list that is not the last is followed by one new torrent, which moves all others by one. */
  overlapShift: boolean;
  /** The list carries a weak ETag and honours `If-None-Match`. */
  etag: boolean;
  /** `progress` may have a fraction. */
  floatProgress: boolean;
  /** After this a restricted link answers `hoster_unavailable` (observed: about three months). */
  linkLifetimeMs: number;
  /** After this a download row and its URL are gone (observed: about a week). */
  downloadLifetimeMs: number;
  /** This link, counting from 0, is missing from every torrent; null: none. */
  dropLink: number | null;
  /** Torrents that may be active at a time. */
  activeLimit: number;
  /** Bytes a day (Paris) before `fair_usage_limit`; null: no limit. */
  dailyQuotaBytes: number | null;
  /** Release names that are refused with 451 when added (observed since May 2026). */
  nameFilter: RegExp;
  /** Unrestricting from elsewhere is refused for these addresses. */
  blockedIps: readonly string[];
}

const dayMs = 24 * 60 * 60 * 1000;

export const realDebridDefaults: RealDebridKnobs = {
  requestsPerMinute: 250,
  retryAfterSeconds: null,
  banAfterRefusals: null,
  rootFolder: 'dropped',
  listReturnsObject: false,
  overlapShift: false,
  etag: false,
  floatProgress: false,
  linkLifetimeMs: 90 * dayMs,
  downloadLifetimeMs: 7 * dayMs,
  dropLink: null,
  activeLimit: 20,
  dailyQuotaBytes: null,
  nameFilter: /web-dl|webrip|bdrip|hdrip|dvdrip|bluray\.x264|hdtv\.(x264|xvid)|web\.(x264|h264)/i,
  blockedIps: [],
};

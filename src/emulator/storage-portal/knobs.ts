/** Behaviours of the storage portal's stand-in that a test may change, also while it runs. */
export interface StoragePortalKnobs {
  /** `trafficmax` where `trafficmax_daily` is documented, and `traffic24h_used` beside it (observed: JDownloader, 2026-04). */
  trafficmaxQuirk: boolean;
  /** Bytes that an account has bought. */
  trafficBytes: number;
  /** Bytes that an account may have from one host in 24 hours. */
  dailyBytes: number;
  /** Files that an account may have under way from one host. */
  maxDownloads: number;
  /** At this pace files come from their hosts. */
  fetchBytesPerSecond: number;
  /** After this a link and its URL are unknown (undocumented, a choice). */
  linkLifetimeMs: number;
  /** The next so many links that are paid for end in `error`. */
  failedFetches: number;
  /** Domains that are told as not working. */
  brokenHosts: readonly string[];
  /** What is unrestricted or polled is refused with this status; null: nothing is. */
  refusal: number | null;
}

export const storagePortalDefaults: StoragePortalKnobs = {
  trafficmaxQuirk: false,
  trafficBytes: 2 ** 40,
  dailyBytes: 200_000_000_000,
  maxDownloads: 3,
  fetchBytesPerSecond: 50_000_000,
  linkLifetimeMs: 24 * 3_600_000,
  failedFetches: 0,
  brokenHosts: [],
  refusal: null,
};

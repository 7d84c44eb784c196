/** Behaviours of the AllDebrid stand-in that a test may change, also while it runs. */
export interface AllDebridKnobs {
  /** Requests a second and key (AllDebrid API documentation, read 2026-11). */
  requestsPerSecond: number;
  /** Requests a minute and key (the same). */
  requestsPerMinute: number;
  /** Errors of authentication come with HTTP 401 instead of 200. */
  authHttp401: boolean;
  /** The client's address counts as a data centre's: uploads and unlocks are refused with `NO_SERVER`. */
  serverIp: boolean;
  /** Uploads are then refused with `MAGNET_NO_SERVER`. */
  magnetNoServerCode: boolean;
  /** `premiumUntil` is a string, as in the documentation's example. */
  premiumUntilString: boolean;
  /** The list of magnets is an object keyed `0`, `1`, … */
  asMap: boolean;
  /** The list tells files too. */
  listFiles: boolean;
  /** Every tree begins with an empty folder. */
  emptyFolder: boolean;
  /** Folders are told once for each file in them, so that siblings share a name. */
  duplicateSiblingNames: boolean;
  sizeAsString: boolean;
  /** The first so many uploads are answered without an id. */
  idMissing: number;
  /** Unlocks answer `delayed` first and are ready after so many seconds; null: at once. */
  delayedSeconds: number | null;
  /** After this a download URL is dead (unpublished; a guess). */
  downloadLifetimeMs: number;
  /** Downloads from another address than the unlock came from get a page. */
  bindAddress: boolean;
  /** Hosters with a quota, as `/user/hosts` and `/user` tell it: megabytes left and a day, by name. */
  limitedHosters: Readonly<
    Record<string, { readonly leftMegabytes: number; readonly dailyMegabytes: number }>
  >;
  /** Status code of a magnet without seeders. */
  noSeedersCode: 7 | 15;
}

export const allDebridDefaults: AllDebridKnobs = {
  requestsPerSecond: 12,
  requestsPerMinute: 600,
  authHttp401: false,
  serverIp: false,
  magnetNoServerCode: false,
  premiumUntilString: false,
  asMap: false,
  listFiles: false,
  emptyFolder: false,
  duplicateSiblingNames: false,
  sizeAsString: false,
  idMissing: 0,
  delayedSeconds: null,
  downloadLifetimeMs: 24 * 60 * 60 * 1000,
  bindAddress: false,
  limitedHosters: {},
  noSeedersCode: 7,
};

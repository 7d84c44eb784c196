export interface NekobtKnobs {
  /** The title's tags as before June 2026: `A-ja` and not `A=ja` (observed: its wiki). */
  oldTitles: boolean;
  /** `batch` is not told, as before June 2026. */
  batchAbsent: boolean;
  /** Nobody has told what any torrent is. */
  mediaUnknown: boolean;
  /** Episodes have no absolute number. */
  absoluteAbsent: boolean;
  /** Torrents hold an episode that their series does not know. */
  foreignEpisode: boolean;
}

export const nekobtDefaults: NekobtKnobs = {
  oldTitles: false,
  batchAbsent: false,
  mediaUnknown: false,
  absoluteAbsent: false,
  foreignEpisode: false,
};

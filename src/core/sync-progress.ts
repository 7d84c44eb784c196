/** How far it is known what an account holds, while its lists or the files of its items are still being asked for. Plain data. */
export type SyncProgress =
  /** Its lists are asked for, and taken over, for the first time since the start: `sinceMs` is wall clock milliseconds. */
  { readonly stage: 'lists'; readonly sinceMs: number } | FilesProgress;

/** Lists that do not tell files: each item is asked for by itself (Real-Debrid: 250 calls a minute). */
export interface FilesProgress {
  readonly stage: 'files';
  /** Items whose files are known, of all that its lists have. */
  readonly known: number;
  readonly items: number;
  /** Items that became known in a second, of late; null before there is anything to go by. */
  readonly perSecond: number | null;
  /** Until all are known, in milliseconds; null where that cannot be told. */
  readonly leftMs: number | null;
}

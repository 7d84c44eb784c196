/** How one target of `notify` is told, for people. */
export interface NotifyReport {
  /** Its kind and host, without a secret, numbered where several have the same. */
  readonly target: string;
  /** Folders that it has still to be told of. */
  readonly pending: number;
  /** Why it is not told of them now although it could be, as a sentence; null: it is, or there are none. */
  readonly waitsFor: string | null;
  /** When it was last told, wall clock milliseconds; null: not since the start. */
  readonly lastToldMs: number | null;
  /** Why it could not be told when that was last tried, or what is wrong although it could, as a sentence; null: nothing. */
  readonly trouble: string | null;
  /** How often it was told since the start, and how often it could not be. */
  readonly told: number;
  readonly failed: number;
}

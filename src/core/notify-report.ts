/** How one target of `notify` is told, for people. */
export interface NotifyReport {
  /** Its kind and host, without a secret. */
  readonly target: string;
  /** Folders that it has still to be told of. */
  readonly pending: number;
  /** When it was last told, wall clock milliseconds; null: not since the start. */
  readonly lastToldMs: number | null;
  /** Why it could not be told when that was last tried, as a sentence; null: it could. */
  readonly trouble: string | null;
  /** How often it was told since the start, and how often it could not be. */
  readonly told: number;
  readonly failed: number;
}

/** How long an operation may take, in milliseconds, before it is answered with EIO. */
export interface Deadlines {
  /** Longer than the patience of the reading half, whose own error says more. */
  readonly readMs: number;
  /** All else is answered from the tree, in microseconds. */
  readonly otherMs: number;
}

/** A reader's patience is 60 s unless configured; 30 s more let its own error come first. The tree answers in microseconds. */
export const defaultDeadlines: Deadlines = { readMs: 90_000, otherMs: 10_000 };

import type { KnownItem } from '../store/items.js';

/** A loss that is too large to be believed yet. */
export interface HeldLoss {
  readonly lost: number;
  readonly of: number;
  /** When a listing first lacked the oldest of them, wall clock milliseconds. */
  readonly sinceMs: number;
}

export interface Verdict {
  /** Gone: two complete listings agree, far enough apart where the loss is implausible. */
  readonly remove: readonly KnownItem[];
  /** Lacked for the first time: kept for now. */
  readonly mark: readonly KnownItem[];
  readonly held: HeldLoss | null;
}

/** A loss of more than this share (and number) of a list, or of all of it, is implausible. */
const implausibleShare = 0.2;
const implausibleCount = 3;

/**
 * Decides what a complete listing's gaps mean. A missing item is removed when an earlier complete listing lacked it
 * too; when the loss as a whole is implausible, only if that was at least `confirmAfterMs` ago.
 * @param known all items kept of the list. @param present ids that the listing has, readable or not.
 */
export function judgeAbsence(
  known: readonly KnownItem[],
  present: ReadonlySet<string>,
  nowMs: number,
  confirmAfterMs: number,
): Verdict {
  const lost = known.filter((item) => !present.has(item.id));
  const implausible =
    lost.length === known.length ||
    (lost.length > implausibleCount && lost.length > known.length * implausibleShare);
  const waitMs = implausible ? confirmAfterMs : 0;
  const remove = lost.filter((item) => item.missingSinceMs !== null && nowMs - item.missingSinceMs >= waitMs);
  const kept = lost.length - remove.length;
  return {
    remove,
    mark: lost.filter((item) => item.missingSinceMs === null),
    held:
      implausible && kept > 0
        ? {
            lost: kept,
            of: known.length,
            sinceMs: Math.min(...lost.map((item) => item.missingSinceMs ?? nowMs)),
          }
        : null,
  };
}

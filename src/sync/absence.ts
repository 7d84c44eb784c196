/** Since when complete listings lack an item. */
export interface Absence {
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  /** Whether one of these listings lacked implausibly much. */
  readonly doubted: boolean;
}

/** A loss that is too large to be believed yet. */
export interface HeldLoss {
  readonly lost: number;
  readonly of: number;
  /** When a listing first lacked the oldest of them, wall clock milliseconds. */
  readonly sinceMs: number;
}

export interface Judgement<Item> {
  /** Gone: two complete listings agree, far enough apart where the loss is implausible. */
  readonly remove: readonly Item[];
  /** What is lacked and stays for now, to be handed in with the next listing. */
  readonly absences: ReadonlyMap<number, Absence>;
  /** What stays although it was lacked twice, or at once in great number; since when in monotonic milliseconds. */
  readonly held: HeldLoss | null;
}

/** A loss of more than this share (and number) of a list, or of all of it, is implausible. */
const implausibleShare = 0.2;
const implausibleCount = 3;

/**
 * Decides what a complete listing's gaps mean. A missing item is removed when an earlier complete listing lacked it too;
 * when one of the two lacked implausibly much, only if the first was at least `confirmAfterMs` ago and the second agrees
 * with the one before it: one that lacks implausibly much of what that still had is itself to be doubted.
 * With no time between them, any second listing counts: somebody vouches for it.
 * @param known all items kept of the list. @param present ids that the listing has, readable or not.
 * @param before absences after the listing before. @param nowMs monotonic.
 */
export function judgeAbsence<Item extends { readonly row: number; readonly id: string }>(
  known: readonly Item[],
  present: ReadonlySet<string>,
  before: ReadonlyMap<number, Absence>,
  nowMs: number,
  confirmAfterMs: number,
): Judgement<Item> {
  const lost = known.filter((item) => !present.has(item.id));
  const newlyLost = lost.filter((item) => !before.has(item.row));
  const implausible = isImplausible(lost.length, known.length);
  const agrees =
    confirmAfterMs === 0 || !isImplausible(newlyLost.length, known.length - lost.length + newlyLost.length);
  const remove: Item[] = [];
  const absences = new Map<number, Absence>();
  for (const item of lost) {
    const earlier = before.get(item.row);
    const sinceMs = earlier?.sinceMs ?? nowMs;
    const doubted = implausible || earlier?.doubted === true;
    const isConfirmed = earlier !== undefined && (!doubted || (agrees && nowMs - sinceMs >= confirmAfterMs));
    if (isConfirmed) remove.push(item);
    else absences.set(item.row, { sinceMs, doubted });
  }
  return { remove, absences, held: heldOf(absences, known.length) };
}

/** The part of the absences that is too large to be believed, of so many items; since when in monotonic milliseconds. */
export function heldOf(absences: ReadonlyMap<number, Absence>, of: number): HeldLoss | null {
  const doubted = [...absences.values()].filter((absence) => absence.doubted);
  if (doubted.length === 0) return null;
  return { lost: doubted.length, of, sinceMs: Math.min(...doubted.map(({ sinceMs }) => sinceMs)) };
}

function isImplausible(lost: number, of: number): boolean {
  return lost > 0 && (lost === of || (lost > implausibleCount && lost > of * implausibleShare));
}

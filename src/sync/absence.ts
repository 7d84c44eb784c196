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
 * when one of the two lacked implausibly much, only if the first was at least `confirmAfterMs` ago.
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
  const implausible =
    lost.length === known.length ||
    (lost.length > implausibleCount && lost.length > known.length * implausibleShare);
  const remove: Item[] = [];
  const absences = new Map<number, Absence>();
  for (const item of lost) {
    const earlier = before.get(item.row);
    const sinceMs = earlier?.sinceMs ?? nowMs;
    const doubted = implausible || earlier?.doubted === true;
    const isConfirmed = earlier !== undefined && (!doubted || nowMs - sinceMs >= confirmAfterMs);
    if (isConfirmed) remove.push(item);
    else absences.set(item.row, { sinceMs, doubted });
  }
  const doubted = [...absences.values()].filter((absence) => absence.doubted);
  const sinceMs = Math.min(...doubted.map((absence) => absence.sinceMs));
  const held = doubted.length === 0 ? null : { lost: doubted.length, of: known.length, sinceMs };
  return { remove, absences, held };
}

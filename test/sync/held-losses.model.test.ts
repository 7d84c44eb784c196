import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ListName } from '../../src/core/torrent.js';
import { FakeClock } from '../support/fake-clock.js';
import { file, filesBelow, item, openLibrary, temporaryFolder } from '../support/library.js';

const confirmAfterMs = 60_000;
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const lists = ['torrents', 'usenet'] as const satisfies readonly ListName[];

/** A clock whose wall time somebody sets. */
class SteppedClock extends FakeClock {
  stepMs = 0;

  override now(): number {
    return super.now() + this.stepMs;
  }
}

const step = fc.record({
  list: fc.constantFrom(...lists),
  /** How many items, and from which on, the listing lacks. */
  lost: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(0, 1, 2, 3) },
    { weight: 3, arbitrary: fc.constantFrom(4, 5, 9, 10) },
  ),
  from: fc.constantFrom(0, 0, 0, 5),
  scope: fc.constantFrom('complete', 'complete', 'complete', 'changes'),
  unreadable: fc.boolean(),
  passedMs: fc.constantFrom(0, 1_000, confirmAfterMs / 2, confirmAfterMs),
  wallStepMs: fc.constantFrom(0, 0, 0, -86_400_000, 86_400_000),
  restart: fc.constantFrom(false, false, false, false, true),
  accept: fc.constantFrom(false, false, false, true),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** One complete listing, as the reference remembers it. */
interface Told {
  readonly atMs: number;
  readonly lacked: ReadonlySet<string>;
  readonly implausible: boolean;
}

/** What must be shown of one list, decided from all that was ever told of it. */
class Reference {
  shown = new Set<string>();
  /** Complete listings since the start of the process. */
  #told: Told[] = [];
  /** What was told by a listing of changes since a complete one lacked it. */
  readonly #back = new Map<string, number>();

  apply(present: ReadonlySet<string>, isComplete: boolean, atMs: number, waitMs: number): void {
    // What a listing brings along takes nothing of the weight of what it lacks.
    const had = this.shown.size;
    for (const id of present) {
      this.shown.add(id);
      this.#back.set(id, this.#told.length);
    }
    if (!isComplete) return;
    const lacked = new Set([...this.shown].filter((id) => !present.has(id)));
    const newly = [...lacked].filter((id) => this.#lackedBefore(id).length === 0).length;
    const isDoubtful = waitMs > 0 && isTooMuch(newly, had - lacked.size + newly);
    const now = { atMs, lacked, implausible: isTooMuch(lacked.size, had) };
    for (const id of lacked) {
      const before = this.#lackedBefore(id);
      const [first] = before;
      const doubted = [...before, now].some(({ implausible }) => implausible);
      if (first !== undefined && (!doubted || (!isDoubtful && atMs - first.atMs >= waitMs)))
        this.shown.delete(id);
    }
    this.#told.push(now);
  }

  get held(): number {
    return [...this.shown].filter((id) => this.#lackedBefore(id).some(({ implausible }) => implausible))
      .length;
  }

  restart(): void {
    this.#told = [];
    this.#back.clear();
  }

  /** The listings that lacked it since it was last told. */
  #lackedBefore(id: string): Told[] {
    const run: Told[] = [];
    for (let at = this.#told.length - 1; at >= (this.#back.get(id) ?? 0); at -= 1) {
      const told = this.#told[at];
      if (told?.lacked.has(id) !== true) break;
      run.unshift(told);
    }
    return run;
  }
}

/** Everything, or more than three and more than a fifth. */
function isTooMuch(lost: number, of: number): boolean {
  return lost > 0 && (lost === of || (lost > 3 && lost / of > 0.2));
}

const plain: Step = {
  list: 'torrents',
  lost: 0,
  from: 0,
  scope: 'complete',
  unreadable: false,
  passedMs: 0,
  wallStepMs: 0,
  restart: false,
  accept: false,
};
/** All but one went and are believed to be gone; then they come back, and that one is lacked: all that was there is gone. */
const lastOneGoneAmidNews: Step[] = [
  { ...plain, lost: 9 },
  { ...plain, lost: 9, passedMs: confirmAfterMs },
  { ...plain, lost: 5, from: 5 },
];

it('a loss is held, confirmed or forgotten as the rules say, whatever comes in between', () => {
  const outcomes = { held: 0, removed: 0, heldThenBack: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (steps: Step[]) => {
      const folder = temporaryFolder();
      const clock = new SteppedClock();
      let library = openLibrary(folder.path, clock);
      const references = { torrents: new Reference(), usenet: new Reference() };
      const all = (list: ListName): ReturnType<typeof item>[] =>
        ids.map((id) => {
          const name = `${list} ${id} 2001`;
          return item(id, name, [file(`${name}.mkv`)], { torrent: `${list} ${id}` });
        });
      let passedMs = 0;
      try {
        for (const list of lists) {
          const listing = { scope: 'complete', items: all(list), unreadable: [] } as const;
          library.librarian.applyListing('rd', list, listing, confirmAfterMs);
          references[list].apply(new Set(ids), true, 0, confirmAfterMs);
        }
        for (const { list, lost, from, scope, unreadable, wallStepMs, restart, accept, ...of } of steps) {
          clock.stepMs += wallStepMs;
          clock.skip(of.passedMs);
          passedMs += of.passedMs;
          if (restart) {
            library.close();
            library = openLibrary(folder.path, clock);
            for (const reference of Object.values(references)) reference.restart();
          }
          const reference = references[list];
          const before = { held: reference.held, shown: reference.shown.size };
          const present = ids.filter((_, index) => index < from || index >= from + lost);
          const odd = unreadable ? present.slice(0, 1) : [];
          const items = all(list).filter(({ id }) => present.includes(id) && !odd.includes(id));
          const waitMs = accept ? 0 : confirmAfterMs;
          const told = odd.filter((id) => reference.shown.has(id));
          const applied = library.librarian.applyListing(
            'rd',
            list,
            { scope, items, unreadable: odd },
            waitMs,
          );
          reference.apply(
            new Set([...items.map(({ id }) => id), ...told]),
            scope === 'complete',
            passedMs,
            waitMs,
          );

          const shown = filesBelow(library.tree, 'accounts/rd/');
          const expected = lists.flatMap((each) =>
            [...references[each].shown].map((id) => `accounts/rd/${each} ${id} 2001/${each} ${id} 2001.mkv`),
          );
          expect(shown).toEqual(expected.sort());
          expect(applied.held?.lost ?? 0).toBe(reference.held);
          if (reference.held > 0) outcomes.held += 1;
          if (reference.shown.size < before.shown) outcomes.removed += 1;
          if (before.held > 0 && reference.held === 0 && reference.shown.size >= before.shown)
            outcomes.heldThenBack += 1;
        }
      } finally {
        library.close();
        folder.remove();
      }
    }),
    { numRuns: 80, examples: [[lastOneGoneAmidNews]] },
  );
  // The paths were taken.
  expect(Object.values(outcomes)).not.toContain(0);
});

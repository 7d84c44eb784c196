import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../src/core/torrent.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  complete,
  file,
  item,
  openLibrary,
  temporaryFolder,
  walk,
  type TestLibrary,
} from '../support/library.js';

/** One of a few torrents with colliding names, as an account may tell it. */
const torrents = [
  (told: boolean) => item('a', 'Pack', told ? [file('Pack/1.mkv'), file('Pack/sub/2.mkv')] : null),
  () => item('b', 'Pack', [file('1.mkv', { size: 7 })], { addedMs: 5 }),
  () =>
    item('c', 'Show.S01', [file('Show.S01/Show.S01E01.mkv'), file('Show.S01/Show.S01E02.mkv', { size: 3 })]),
  () => item('d', 'Show.S01', [file('Show.S01E01.mkv', { size: 9 })], { addedMs: 3 }),
  () =>
    item('e', 'Sintel.2010', [
      file('Sintel.2010/Sintel.2010.mkv'),
      file('Sintel.2010/Sintel.2010.en.srt', { size: 1 }),
    ]),
  () => item('f', 'sintel 2010 720p', [file('sintel 2010 720p.mkv')], { state: 'working' }),
];

const listing = fc.record({
  account: fc.constantFrom('rd', 'ad', 'tb'),
  held: fc.subarray(torrents.map((_, index) => index)),
  told: fc.boolean(),
  failing: fc.boolean(),
  complete: fc.boolean(),
  restart: fc.boolean(),
});
type Step = typeof listing extends fc.Arbitrary<infer S> ? S : never;

/** What each account holds, kept naively: item by item, with the number of complete listings that lacked it. */
class Reference {
  readonly #held = new Map<string, Map<string, { item: Item; lacked: number }>>();

  apply(account: string, items: readonly Item[], isComplete: boolean): void {
    const held = this.#held.get(account) ?? new Map<string, { item: Item; lacked: number }>();
    this.#held.set(account, held);
    for (const one of items) {
      const shown = held.get(one.id)?.item;
      const keeps = one.state !== 'ready' || one.files === null;
      held.set(one.id, {
        item: keeps && shown !== undefined && shown.files !== null && shown.state === 'ready' ? shown : one,
        lacked: 0,
      });
    }
    if (!isComplete) return;
    for (const [id, entry] of held) {
      if (items.some((one) => one.id === id)) continue;
      entry.lacked += 1;
      if (entry.lacked === 2) held.delete(id);
    }
  }

  /** Every (account, infohash, base name, size) that must be in the tree. */
  expected(): Set<string> {
    const all = new Set<string>();
    for (const [account, held] of this.#held) {
      for (const { item: one } of held.values()) {
        if (one.state !== 'ready') continue;
        for (const { path, size } of one.files ?? [])
          all.add(`${account} ${one.torrent} ${path.split('/').at(-1) ?? ''} ${size}`);
      }
    }
    return all;
  }
}

function shown({ tree }: TestLibrary): { pinned: Set<string>; any: Set<string>; placed: string[] } {
  const pinned = new Set<string>();
  const any = new Set<string>();
  const placed: string[] = [];
  for (const [path, node] of walk(tree)) {
    if (node.kind !== 'file') continue;
    const content = tree.content(node.content);
    if (content === undefined) throw new Error(`${path} has no content`);
    const text = `${content.torrent} ${content.baseName} ${content.size}`;
    if (path.startsWith('all/')) any.add(text);
    else if (node.pinnedTo !== null) pinned.add(`${node.pinnedTo} ${text}`);
    else placed.push(text);
  }
  return { pinned, any, placed };
}

describe('the library, against a naive reference', () => {
  it('shows exactly what is held, renames nothing, and survives restarts', () => {
    fc.assert(
      fc.property(fc.array(listing, { minLength: 1, maxLength: 12 }), (steps: Step[]) => {
        const folder = temporaryFolder();
        const clock = new FakeClock();
        let library = openLibrary(folder.path, clock);
        try {
          const reference = new Reference();
          let before = walk(library.tree);
          for (const step of steps) {
            const items = step.held.flatMap((index) => torrents[index]?.(step.told) ?? []);
            const told = items.map((one) =>
              step.failing ? { ...one, state: 'failed' as const, reason: 'gone' } : one,
            );
            const scope = step.complete ? 'complete' : 'changes';
            library.librarian.applyListing(step.account, 'torrents', { ...complete(...told), scope }, 0);
            reference.apply(step.account, told, step.complete);
            if (step.restart) {
              library.close();
              library = openLibrary(folder.path, clock);
            }

            const { pinned, any, placed } = shown(library);
            expect(pinned).toEqual(reference.expected());
            expect(any).toEqual(new Set([...pinned].map((text) => text.slice(text.indexOf(' ') + 1))));
            expect(new Set(placed).size).toBe(placed.length);
            for (const text of placed) expect(any.has(text)).toBe(true);

            const after = walk(library.tree);
            for (const [path, node] of after) {
              const old = before.get(path);
              if (node.kind === 'file' && old?.kind === 'file' && old.content === node.content)
                expect(node).toEqual(old);
              if (path.split('/').length > 3 && path.endsWith('/')) {
                expect(
                  [...after.keys()].some((other) => other !== path && other.startsWith(path)),
                  path,
                ).toBe(true);
              }
            }
            before = after;
          }
        } finally {
          library.close();
          folder.remove();
        }
      }),
      { numRuns: 60 },
    );
  });
});

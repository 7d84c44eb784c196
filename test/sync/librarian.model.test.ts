import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item, ItemFile } from '../../src/core/torrent.js';
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

/** Items with colliding names, as an account may tell them: without files, with fewer than before, under another hash. */
const tellings: readonly (readonly Item[])[] = [
  [item('a', 'Pack', [file('Pack/1.mkv'), file('Pack/sub/2.mkv')]), item('a', 'Pack', null)],
  [item('b', 'Pack', [file('1.mkv', { size: 7 })], { addedMs: 5 })],
  [
    item('c', 'Show.S01', [file('Show.S01/Show.S01E01.mkv'), file('Show.S01/Show.S01E02.mkv', { size: 3 })]),
    item('c', 'Show.S01', [file('Show.S01/Show.S01E01.mkv')], { revision: '2' }),
    item('c', 'Show.S01', [file('Show.S01/Show.S01E03.mkv'), file('Show.S01/Show.S01E02.mkv', { size: 3 })], {
      revision: '3',
    }),
    item('c', 'Other', [file('Other.mkv', { size: 2 })], { torrent: 'other' }),
    item('c', 'Other', null, { torrent: 'other' }),
  ],
  [
    item('d', 'Show.S01', [file('Show.S01E01.mkv', { size: 9 })], { addedMs: 3 }),
    item('d2', 'Show.S01', null, { addedMs: 4, torrent: 'd'.repeat(40) }),
  ],
  [
    item('e', 'Sintel.2010', [
      file('Sintel.2010/Sintel.2010.mkv'),
      file('Sintel.2010/Sintel.2010.en.srt', { size: 1 }),
    ]),
  ],
  [item('f', 'sintel 2010 720p', [file('sintel 2010 720p.mkv')], { state: 'working' })],
];

const listing = fc.record({
  account: fc.constantFrom('rd', 'ad', 'tb'),
  held: fc.tuple(...tellings.map((told) => fc.option(fc.nat({ max: told.length - 1 }), { freq: 2 }))),
  failing: fc.boolean(),
  complete: fc.boolean(),
  restart: fc.boolean(),
});
type Step = typeof listing extends fc.Arbitrary<infer S> ? S : never;

/** What is kept of one item: the files last told, and before that, what was told then and is not known to be gone. */
interface Kept {
  readonly id: string;
  readonly torrent: string;
  readonly state: Item['state'];
  files: readonly ItemFile[] | null;
  revision: string;
  /** Complete listings that lacked it. */
  lacked: number;
}

/** What each account holds, kept naively. An id that stands for another torrent is another item. */
class Reference {
  readonly #held = new Map<string, Map<string, Kept>>();

  apply(account: string, items: readonly Item[], isComplete: boolean): void {
    const held = this.#held.get(account) ?? new Map<string, Kept>();
    this.#held.set(account, held);
    for (const { id, torrent, state, files, revision } of items) {
      const key = `${id} ${torrent}`;
      for (const [other, entry] of held) {
        if (entry.id === id && other !== key && entry.files === null) held.delete(other);
      }
      const before = held.get(key);
      const kept: Kept = { files: null, revision: '', ...before, id, torrent, state, lacked: 0 };
      held.set(key, kept);
      if (state !== 'ready' || files === null || kept.revision === revision) continue;
      const told = new Set(files.map(nameOf));
      const stays = (kept.files ?? []).filter((one) => !told.has(nameOf(one)));
      kept.files = files.length < (kept.files?.length ?? 0) ? [...files, ...stays] : files;
      kept.revision = revision;
    }
    if (!isComplete) return;
    const gone = [...held].filter(([key, entry]) => {
      if (items.some(({ id, torrent }) => key === `${id} ${torrent}`)) return false;
      entry.lacked += 1;
      return entry.lacked >= 2;
    });
    for (const [key, entry] of gone) if (entry.files === null) held.delete(key);
    for (const [key, entry] of gone) {
      if (entry.files === null) continue;
      if (this.#comesBack(entry)) entry.lacked = 0;
      else held.delete(key);
    }
  }

  #comesBack(entry: Kept): boolean {
    const all = [...this.#held.values()].flatMap((held) => [...held.values()]);
    return all.some(
      (other) =>
        other !== entry &&
        other.torrent === entry.torrent &&
        other.files === null &&
        other.state !== 'failed',
    );
  }

  /** After a restart two listings must agree anew. */
  restart(): void {
    for (const held of this.#held.values()) for (const entry of held.values()) entry.lacked = 0;
  }

  /** Every (account, infohash, base name, size) that must be in the tree. */
  expected(): Set<string> {
    const all = new Set<string>();
    for (const [account, held] of this.#held) {
      for (const { torrent, files } of held.values()) {
        for (const one of files ?? []) all.add(`${account} ${torrent} ${nameOf(one)}`);
      }
    }
    return all;
  }
}

function nameOf({ path, size }: ItemFile): string {
  return `${path.split('/').at(-1) ?? ''} ${size}`;
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
      fc.property(fc.array(listing, { minLength: 1, maxLength: 14 }), (steps: Step[]) => {
        const folder = temporaryFolder();
        const clock = new FakeClock();
        let library = openLibrary(folder.path, clock);
        try {
          const reference = new Reference();
          let before = walk(library.tree);
          for (const step of steps) {
            const items = step.held.flatMap((telling, index) =>
              telling === null ? [] : (tellings[index]?.[telling] ?? []),
            );
            const told = items.map((one) =>
              step.failing ? { ...one, state: 'failed' as const, reason: 'gone' } : one,
            );
            const scope = step.complete ? 'complete' : 'changes';
            library.librarian.applyListing(step.account, 'torrents', { ...complete(...told), scope }, 0);
            reference.apply(step.account, told, step.complete);
            if (step.restart) {
              library.close();
              library = openLibrary(folder.path, clock);
              reference.restart();
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
      { numRuns: 150 },
    );
  });
});

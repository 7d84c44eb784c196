import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rootInode } from '../../../src/core/tree.js';
import { opcode } from '../../../src/fuse/protocol/numbers.js';
import { readBody, readListing, type Listed } from '../../support/kernel-messages.js';
import { kernelWorld } from '../../support/kernel-world.js';

/** A folder with files and folders of these names in it, and a kernel that lists it. */
function folderOf(names: readonly string[]) {
  const world = kernelWorld();
  const { tree } = world;
  tree.addDirectory('above/folder');
  const path = (name: string): string => `above/folder/${name}`;
  const add = (name: string): unknown =>
    name.length % 3 === 0
      ? tree.addDirectory(path(name))
      : tree.addFile(path(name), { content: 1, size: 2 ** 33 + name.length });
  names.forEach(add);
  const folder = tree.find('above/folder')?.inode ?? 0n;
  const above = tree.find('above')?.inode ?? 0n;
  const list = (cookie: bigint, size: number, plus: boolean): Listed[] => {
    const code = plus ? opcode.readdirplus : opcode.readdir;
    const bytes = world.ask({ opcode: code, node: folder, body: readBody(0, cookie, size) });
    expect(bytes.length).toBeLessThanOrEqual(Math.min(size, 64 * 1024));
    return readListing(bytes, plus);
  };
  const remove = (name: string): void => tree.remove(path(name));
  const find = (name: string) => tree.find(path(name));
  return { ...world, folder, above, list, add, remove, find };
}

/** Names of 1 to 255 bytes, of characters of 1 to 4 bytes, none twice. */
const name = fc
  .tuple(fc.constantFrom('x', 'é', '漢', '🎬'), fc.integer({ min: 1, max: 255 }), fc.nat(9999))
  .map(([character, bytes, n]) => {
    const end = String(n).slice(0, bytes);
    const full = character.repeat(Math.floor((bytes - end.length) / Buffer.byteLength(character))) + end;
    return 'a'.repeat(bytes - Buffer.byteLength(full)) + full;
  });

const bufferBytes = fc.oneof(
  fc.constant(4096),
  fc.integer({ min: 4096, max: 65_536 }),
  // Later kernels ask for as much as the program does.
  fc.constant(2 ** 20),
);

test('a listing has every entry once, over pages of any size, while others come and go', () => {
  const longest = ['y'.repeat(255), '🎬'.repeat(63) + 'abc', '漢'.repeat(85), 'z'];
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 400, size: 'max' }),
      fc.array(fc.tuple(fc.boolean(), name, fc.nat()), { maxLength: 120, size: 'max' }),
      fc.array(bufferBytes, { minLength: 1, maxLength: 10 }),
      fc.boolean(),
      (some, edits, sizes, plus) => {
        const names = [...new Set([...some, ...longest])];
        const { folder, above, list, add, remove, find, nodes } = folderOf(names);
        const nodeOf = new Map(names.map((each) => [each, find(each)]));
        const steady = new Set(names);
        const told: Listed[] = [];
        let cookie = 0n;
        for (let page = 0; ; page += 1) {
          const entries = list(cookie, sizes[page % sizes.length] ?? 4096, plus);
          if (entries.length === 0) break;
          // Each page has an entry at least.
          expect(page).toBeLessThan(600);
          told.push(...entries);
          cookie = entries.at(-1)?.cookie ?? 0n;
          for (const [adding, fresh, at] of edits.slice(page * 10, page * 10 + 10)) {
            const old = names[at % names.length] ?? '';
            steady.delete(old);
            if (!adding) remove(old);
            else if (find(fresh) === undefined) {
              add(fresh);
              nodeOf.set(fresh, find(fresh));
            }
          }
        }
        expect(told.slice(0, 2)).toMatchObject([
          { name: '.', inode: folder, type: 4 },
          { name: '..', inode: above, type: 4 },
        ]);
        const children = told.slice(2);
        const seen = new Set(children.map((entry) => entry.name));
        expect(seen.size).toBe(children.length);
        for (const each of steady) expect(seen).toContain(each);
        for (const entry of children) {
          const node = nodeOf.get(entry.name);
          expect(entry.inode).toBe(node?.inode);
          expect(entry.type).toBe(node?.kind === 'directory' ? 4 : 8);
          if (!plus) continue;
          const size = node?.kind === 'file' ? BigInt(node.size) : 0n;
          expect(entry.entry).toMatchObject({ nodeid: node?.inode, attr: { ino: node?.inode, size } });
        }
        // The kernel does not look up the first two, and forgets only what it was told.
        if (plus) for (const { entry } of told.slice(0, 2)) expect(entry?.nodeid).toBe(0n);
        expect(nodes.size).toBe(plus ? children.length : 0);
      },
    ),
    { numRuns: 40 },
  );
});

test.each([
  [false, 4096],
  [false, 20_000],
  [true, 4096],
  [true, 65_536],
])('a page (with attributes: %s) of %d bytes is as full as it can be', (plus, size) => {
  const { list } = folderOf(Array.from({ length: 500 }, (_, n) => `a name of some length ${n}`));
  const bytesOf = (entry: Listed): number =>
    (plus ? 128 : 0) + 24 + Math.ceil(Buffer.byteLength(entry.name) / 8) * 8;
  const page = list(2n, size, plus);
  const [next] = list(page.at(-1)?.cookie ?? 0n, size, plus);
  if (next === undefined) throw new Error('Everything was in the first page.');
  expect([...page, next].reduce((sum, entry) => sum + bytesOf(entry), 0)).toBeGreaterThan(size);
});

test('a listing goes on after any of its entries', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60, size: 'max' }), fc.boolean(), (names, plus) => {
      const { list } = folderOf(names);
      const all = list(0n, 65_536, plus);
      expect(all).toHaveLength(names.length + 2);
      all.forEach(({ cookie }, n) => {
        expect(list(cookie, 65_536, plus)).toEqual(all.slice(n + 1));
      });
    }),
    { numRuns: 30 },
  );
});

test('the root is in itself, and a folder that left the tree cannot be listed', () => {
  const { tree, folder, list, ask } = folderOf(['a']);
  const root = readListing(
    ask({ opcode: opcode.readdir, node: rootInode, body: readBody(0, 0, 4096) }),
    false,
  );
  expect(root.map((entry) => [entry.name, entry.inode])).toEqual([
    ['.', rootInode],
    ['..', rootInode],
    ['above', tree.find('above')?.inode],
  ]);
  tree.remove('above/folder');
  for (const cookie of [0n, 1n, 2n, folder]) {
    expect(() => list(cookie, 4096, false)).toThrow(expect.objectContaining({ code: 'not-found' }));
  }
});

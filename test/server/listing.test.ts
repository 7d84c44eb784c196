import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootInode, type Inode, type Tree } from '../../src/core/tree.js';
import { explainFromTree } from '../../src/server/explain-tree.js';
import { listFolder } from '../../src/server/listing.js';
import { openForWriting } from '../../src/store/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { openLibrary, temporaryFolder, type TestLibrary } from '../support/library.js';

const folders = 12_000;
let folder: ReturnType<typeof temporaryFolder>;
let library: TestLibrary;

/** `all/` with a folder for each torrent, each with a film. */
beforeEach(() => {
  folder = temporaryFolder();
  library = openLibrary(folder.path, new FakeClock());
  const all = library.tree.child(rootInode, 'all')?.inode ?? 0n;
  const db = openForWriting(folder.path);
  const content = db.prepare<[number, string]>(
    "INSERT INTO content (id, torrent, size, base_name, ordinal, packed) VALUES (?, ?, 1, 'x.mkv', 0, 0)",
  );
  const node = db.prepare<[Inode, Inode, string, string, number | null, string | null]>(
    'INSERT INTO node (inode, parent, name, kind, mtime_ms, content, view) VALUES (?, ?, ?, ?, 0, ?, ?)',
  );
  db.transaction(() => {
    for (let number = 1; number <= folders; number += 1) {
      const torrent = String(number).padStart(40, '0');
      content.run(number, torrent);
      // Numbers in an order that is not that of the names.
      const inode = BigInt(1_000_000 + ((number * 7919) % folders));
      node.run(inode, all, `Film ${String(number).padStart(6, '0')}`, 'directory', null, null);
      node.run(inode + 1_000_000n, inode, 'film.mkv', 'file', number, 'all');
    }
  })();
  db.close();
});
afterEach(() => {
  library.close();
  folder.remove();
});

/** The tree, and how many places it was asked to tell. */
function counted(): { readonly tree: Tree; readonly told: () => number } {
  let told = 0;
  const real = library.tree;
  const tree: Tree = {
    node: (inode) => real.node(inode),
    child: (parent, name) => real.child(parent, name),
    children: (...asked) => {
      const found = real.children(...asked);
      told += found.length;
      return found;
    },
    childrenFrom: (...asked) => {
      const found = real.childrenFrom(...asked);
      told += found.length;
      return found;
    },
    childCount: (parent) => real.childCount(parent),
    folders: () => real.folders(),
    counts: () => real.counts(),
    content: (id) => real.content(id),
    sealed: (id) => real.sealed(id),
    places: (id) => real.places(id),
    sources: (id) => real.sources(id),
  };
  return { tree, told: () => told };
}

describe('a folder of thousands of torrents', () => {
  it('holds up no reader while somebody walks through it on the status page', () => {
    const { tree, told } = counted();
    const page = listFolder(tree, '/all', 7_500);
    expect(page.total).toBe(folders);
    expect(page.entries.map(({ name }) => name)).toEqual(
      Array.from({ length: 500 }, (_, at) => `Film ${String(7_501 + at).padStart(6, '0')}`),
    );
    expect(told()).toBe(500);
    expect(listFolder(tree, '/all', folders - 1).entries).toHaveLength(1);
    expect(listFolder(tree, '/all', folders).entries).toEqual([]);
  });

  it('holds up no reader while somebody asks what it is, and says that it has more than it tells', () => {
    const { tree, told } = counted();
    const { reasons } = explainFromTree(tree, '/', () => null);
    expect(told()).toBeLessThan(1_600);
    expect(reasons[0]).toMatch(/^It has at least 1 file of torrent \d{40}\.$/);
    expect(reasons.at(-1)).toBe('It has more than was looked at.');
    expect(explainFromTree(tree, '/all/Film 000007', () => null).reasons).toEqual([
      `It has 1 file of torrent ${'7'.padStart(40, '0')}.`,
    ]);
  });
});

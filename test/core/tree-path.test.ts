import { describe, expect, it } from 'vitest';
import { rootInode, type Inode, type TreeChange } from '../../src/core/tree.js';
import { pathOf, pathsAfter, type Placed } from '../../src/core/tree-path.js';

/** Folders by number, and which of them were looked up. */
function nodes(known: Readonly<Record<string, readonly [parent: Inode, name: string]>>): {
  readonly looked: Inode[];
  readonly nodeAt: (inode: Inode) => Placed | undefined;
} {
  const looked: Inode[] = [];
  const nodeAt = (inode: Inode): Placed | undefined => {
    looked.push(inode);
    const [parent, name] = known[String(inode)] ?? [];
    return parent === undefined || name === undefined ? undefined : { parent, name };
  };
  return { looked, nodeAt };
}

const folder = (kind: TreeChange['kind'], inode: Inode, parent: Inode, name: string): TreeChange => ({
  kind,
  inode,
  parent,
  name,
  directory: true,
});

describe('the path of a node', () => {
  it('is looked up once for each folder, however many files are in it', () => {
    const { looked, nodeAt } = nodes({ 10: [rootInode, 'movies'], 11: [10n, 'A'], 12: [10n, 'B'] });
    const pathTo = pathsAfter([], nodeAt);
    for (let file = 0; file < 100; file += 1) {
      expect(pathTo(11n)).toBe('/movies/A');
      expect(pathTo(12n)).toBe('/movies/B');
      expect(pathTo(99n)).toBeNull();
    }
    expect(pathTo(rootInode)).toBe('');
    expect(looked.sort()).toEqual([10n, 11n, 12n, 99n]);
  });

  it('is known without a look at the store for what came or went just now', () => {
    const { looked, nodeAt } = nodes({ 10: [rootInode, 'movies'] });
    const changes = [folder('added', 11n, 10n, 'New'), folder('removed', 12n, 10n, 'Gone')];
    const pathTo = pathsAfter(changes, nodeAt);
    expect([pathTo(11n), pathTo(12n)]).toEqual(['/movies/New', '/movies/Gone']);
    expect(looked).toEqual([10n]);
  });

  it('is none in a damaged store where a folder lies in itself', () => {
    const { nodeAt } = nodes({ 10: [11n, 'a'], 11: [10n, 'b'] });
    const pathTo = pathsAfter([], nodeAt);
    expect([pathTo(10n), pathTo(11n)]).toEqual([null, null]);
    const directory = { kind: 'directory', inode: 10n, parent: 10n, name: 'a', mtimeMs: 0 } as const;
    expect(pathOf({ node: () => directory }, 10n)).toBeNull();
    expect(pathOf({ node: () => directory }, rootInode)).toBe('/');
  });
});

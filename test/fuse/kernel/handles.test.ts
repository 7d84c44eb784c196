import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContentReader } from '../../../src/core/reading.js';
import { Handles } from '../../../src/fuse/kernel/handles.js';
import type { OperationContext } from '../../../src/vfs/file-system.js';
import { createFileSystem } from '../../../src/vfs/tree-file-system.js';
import { MemoryTree, rampReader } from '../../support/mount-tree.mjs';

const context: OperationContext = { signal: new AbortController().signal, pid: 42 };

/** One life after another of a process that serves the same tree. */
function livesOf(tree: MemoryTree) {
  return (life: number, reader: ContentReader = rampReader) => {
    const fileSystem = createFileSystem({ tree, reader });
    return { fileSystem, handles: new Handles(fileSystem, life) };
  };
}

test('a number that an earlier life gave out opens its file again, once, and closes it', () => {
  const tree = new MemoryTree();
  const inode = tree.addFile('f', { content: 1, size: 1000 });
  const live = livesOf(tree);
  const number = live(0).handles.open(inode, context);

  const { fileSystem, handles } = live(1);
  const again = handles.get(number, inode, context);
  expect(again).toMatchObject({ inode, size: 1000 });
  expect(fileSystem.openHandles()).toMatchObject([{ inode, handle: again.handle, pid: 42 }]);
  // Once open it stays so, also when the file leaves the tree.
  tree.remove('f');
  expect(handles.get(number, inode, context)).toEqual(again);
  expect(fileSystem.openHandles()).toHaveLength(1);
  handles.release(number);
  expect(fileSystem.openHandles()).toEqual([]);
});

test('a file that left the tree between two lives is gone for its readers', () => {
  const tree = new MemoryTree();
  const inode = tree.addFile('f', { content: 1, size: 1000 });
  const live = livesOf(tree);
  const number = live(0).handles.open(inode, context);
  tree.remove('f');
  const { fileSystem, handles } = live(1);
  const gone: unknown = expect.objectContaining({ code: 'item-gone' });
  expect(() => handles.get(number, inode, context)).toThrow(gone);
  expect(handles.someInode()).toBeNull();
  // The same file comes back.
  tree.addFile('f', { content: 1, size: 1000 });
  expect(handles.get(number, inode, context)).toMatchObject({ inode });
  expect(handles.someInode()).toBe(inode);
  handles.release(number);
  expect(fileSystem.openHandles()).toEqual([]);
});

test('no number is given out twice, in whichever life, and each is exact in 64 bits', () => {
  const tree = new MemoryTree();
  const inode = tree.addFile('f', { content: 1, size: 1000 });
  const live = livesOf(tree);
  const life = fc.oneof(fc.nat(3), fc.constant(2 ** 21 - 1), fc.nat(2 ** 21 - 1));
  fc.assert(
    fc.property(fc.uniqueArray(life, { minLength: 2, maxLength: 5 }), (lives) => {
      const numbers = lives.flatMap((number) => {
        const { handles } = live(number);
        return Array.from({ length: 3 }, () => handles.open(inode, context));
      });
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const number of numbers) expect(Number.isSafeInteger(number) && number > 0).toBe(true);
    }),
  );
  // Not even four billion files reach into the numbers of the next life.
  const [first, next] = [live(5), live(6)].map(({ handles }) => handles.open(inode, context));
  expect((next ?? 0) - (first ?? 0)).toBe(2 ** 32);
});

test('a number that nobody knows is released without harm, and one that could not be opened is not open', () => {
  const tree = new MemoryTree();
  const inode = tree.addFile('f', { content: 1, size: 1000 });
  const { fileSystem, handles } = livesOf(tree)(2);
  const open = handles.open(inode, context);
  for (const number of [0, 1, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) handles.release(number);
  expect(fileSystem.openHandles()).toHaveLength(1);
  expect(handles.someInode()).toBe(inode);
  handles.release(open);
  handles.release(open);
  expect(fileSystem.openHandles()).toEqual([]);
  expect(handles.someInode()).toBeNull();
  expect(() => handles.open(999n, context)).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(handles.open(inode, context)).toBeGreaterThan(open);
});

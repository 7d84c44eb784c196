import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldInode, kernelStat } from '../../src/fuse/stat.js';

test('an inode in 32 bits is the same each time, never 0, and both its halves count', () => {
  expect(foldInode(1n)).toBe(1);
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), fc.nat(62), (inode, bit) => {
      const folded = foldInode(inode);
      expect(Number.isInteger(folded) && folded > 0 && folded < 2 ** 32).toBe(true);
      const other = inode ^ (1n << BigInt(bit));
      if (folded !== 2 ** 32 - 1) expect(foldInode(other)).not.toBe(folded);
    }),
  );
});

test('times before 1970 and in fractions of a millisecond are told as ones that the kernel knows', () => {
  const attributes = { inode: 1n, parent: 1n, name: '', kind: 'file', size: 1, links: 1 } as const;
  const ownership = { uid: 0, gid: 0, umask: 0 };
  expect(kernelStat({ ...attributes, mtimeMs: -5 }, ownership).mtime).toBe(0);
  expect(kernelStat({ ...attributes, mtimeMs: 1.9 }, ownership).mtime).toBe(1);
});

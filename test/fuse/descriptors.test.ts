import { expect, test } from 'vitest';
import { Descriptors } from '../../src/fuse/native/descriptors.js';

test('a descriptor is not used again while others are unused, and an open one never', () => {
  const descriptors = new Descriptors();
  const file = { path: '/f', inode: 2n, handle: 1, size: 1 };
  const first = descriptors.add(file);
  descriptors.remove(first);
  expect(descriptors.add(file)).not.toBe(first);
  expect(first).toBeGreaterThan(0);
});

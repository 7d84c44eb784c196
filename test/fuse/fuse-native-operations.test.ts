import { constants as flagsOfOpen } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/core/logger.js';
import type { ContentReader } from '../../src/core/reading.js';
import { fuseNativeOperations } from '../../src/fuse/native/fuse-native-operations.js';
import { createFileSystem } from '../../src/vfs/tree-file-system.js';
import { FakeClock, settle } from '../support/fake-clock.js';
import { MemoryTree, ramp, rampReader } from '../support/mount-tree.mjs';

const { EIO, EROFS, EISDIR, ENOENT, EBADF } = constants.errno;

/** The operations over a tree, with every reply kept. */
function setUp(reader: ContentReader = rampReader) {
  const tree = new MemoryTree();
  const clock = new FakeClock();
  const fileSystem = createFileSystem({ tree, reader, clock });
  const operations = fuseNativeOperations({
    fileSystem,
    ownership: { uid: 1000, gid: 1001, umask: 0o022 },
    deadlines: { readMs: 1000, otherMs: 100 },
    clock,
    logger: silentLogger,
  });
  const replies: unknown[][] = [];
  const reply = (...values: unknown[]): void => void replies.push(values);
  const open = (path: string): number => {
    operations.open(path, flagsOfOpen.O_RDONLY, reply);
    return replies.pop()?.[1] as number;
  };
  return { tree, clock, fileSystem, operations, replies, reply, open };
}

test('a path is walked name by name, and its attributes are told in the terms of the kernel', () => {
  const { tree, operations, replies, reply } = setUp();
  tree.addFile('movies/Film.mkv', { content: 1, size: 2 ** 40 + 1, mtimeMs: 1_700_000_000_123.4 });
  operations.getattr('/movies/Film.mkv', reply);
  expect(replies).toMatchObject([
    [
      0,
      {
        mode: 0o100644,
        uid: 1000,
        gid: 1001,
        size: 2 ** 40 + 1,
        blocks: 2 ** 31 + 1,
        blksize: 4096,
        nlink: 1,
        mtime: 1_700_000_000_123,
      },
    ],
  ]);
  operations.getattr('/', reply);
  expect(replies[1]).toMatchObject([0, { mode: 0o040755, ino: 1 }]);
  operations.getattr('/movies/none', reply);
  expect(replies[2]).toEqual([-ENOENT]);
});

test('opening to write is EROFS, whatever way', () => {
  const { tree, operations, replies, reply } = setUp();
  tree.addFile('f', { content: 1, size: 10 });
  const { O_WRONLY, O_RDWR, O_TRUNC, O_CREAT, O_APPEND } = flagsOfOpen;
  for (const flags of [O_WRONLY, O_RDWR, O_TRUNC, O_CREAT, O_APPEND]) operations.open('/f', flags, reply);
  expect(replies).toEqual(Array.from({ length: 5 }, () => [-EROFS]));
  operations.open('/', flagsOfOpen.O_RDONLY, reply);
  expect(replies.at(-1)).toEqual([-EISDIR]);
});

describe('a read', () => {
  test('fills the buffer with the whole range, or up to the end of the file', () => {
    const { tree, operations, replies, reply, open } = setUp();
    tree.addFile('f', { content: 4, size: 1000 });
    const fd = open('/f');
    const buffer = Buffer.alloc(300);
    operations.read('/f', fd, buffer, 300, 100, reply);
    expect(replies).toEqual([[300]]);
    expect(buffer.equals(ramp(4, 100, 300))).toBe(true);
    operations.read('/f', fd, buffer, 300, 900, reply);
    expect(replies[1]).toEqual([100]);
    expect(buffer.subarray(0, 100).equals(ramp(4, 900, 100))).toBe(true);
    operations.read('/f', fd, buffer, 300, 1000, reply);
    expect(replies[2]).toEqual([0]);
  });

  test.each([99, 101, 0])('of 100 bytes that gives %d is EIO and leaves the buffer alone', (given) => {
    const { tree, operations, replies, reply, open } = setUp({
      open: () => ({ read: () => [Buffer.alloc(given, 1)], bufferedFrom: () => 0, close: () => undefined }),
    });
    tree.addFile('f', { content: 4, size: 1000 });
    const buffer = Buffer.alloc(100);
    operations.read('/f', open('/f'), buffer, 100, 0, reply);
    expect(replies).toEqual([[-EIO]]);
    expect(buffer.equals(Buffer.alloc(100))).toBe(true);
  });

  test('that ends after its deadline is answered once and never touches the buffer', async () => {
    let answer: (slices: Uint8Array[]) => void = () => undefined;
    const { tree, clock, operations, replies, reply, open } = setUp({
      open: () => ({
        read: () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
        bufferedFrom: () => 0,
        close: () => undefined,
      }),
    });
    tree.addFile('f', { content: 4, size: 1000 });
    const buffer = Buffer.alloc(100);
    operations.read('/f', open('/f'), buffer, 100, 0, reply);
    await clock.advance(1000);
    expect(replies).toEqual([[-EIO]]);
    answer([Buffer.alloc(100, 1)]);
    await settle();
    expect(replies).toHaveLength(1);
    expect(buffer.equals(Buffer.alloc(100))).toBe(true);
  });

  test('of a file that was closed is EBADF', () => {
    const { tree, fileSystem, operations, replies, reply, open } = setUp();
    tree.addFile('f', { content: 4, size: 1000 });
    const fd = open('/f');
    operations.release('/f', fd, reply);
    expect(fileSystem.openHandles()).toEqual([]);
    operations.read('/f', fd, Buffer.alloc(10), 10, 0, reply);
    operations.release('/f', fd, reply);
    expect(replies).toEqual([[0], [-EBADF], [-EBADF]]);
  });
});

test('a listing of several pages has every name with its attributes, and lets others in between', async () => {
  const { tree, operations, replies, reply } = setUp();
  for (let n = 0; n < 1300; n += 1) tree.addFile(`many/${n}`, { content: 1, size: n });
  operations.readdir('/many', reply);
  operations.getattr('/many/7', reply);
  await settle();
  expect(replies).toHaveLength(2);
  expect(replies[0]).toMatchObject([0, { size: 7 }]);
  const [result, names, stats] = replies[1] as [number, string[], { size: number; mode: number }[]];
  expect(result).toBe(0);
  expect(names.slice(0, 2)).toEqual(['.', '..']);
  expect(new Set(names).size).toBe(1302);
  expect(stats).toHaveLength(1302);
  expect(stats[names.indexOf('1234')]).toMatchObject({ size: 1234, mode: 0o100644 });
});

test('a library of petabytes fits into the 32 bits of the statistics', () => {
  const { tree, operations, replies, reply } = setUp();
  tree.addFile('f', { content: 1, size: 5e15 });
  operations.statfs('/', reply);
  const [, { bsize, frsize, blocks, bfree }] = replies[0] as [
    number,
    { bsize: number; frsize: number; blocks: number; bfree: number },
  ];
  expect(blocks).toBeLessThan(2 ** 32);
  expect(frsize).toBe(bsize);
  expect((blocks - bfree) * bsize).toBeGreaterThanOrEqual(5e15);
  expect(bfree * bsize).toBe(2 ** 50);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContentReader } from '../../src/core/reading.js';
import { rootInode } from '../../src/core/tree.js';
import { clientOf } from '../../src/vfs/client.js';
import type { OperationContext } from '../../src/vfs/file-system.js';
import { createFileSystem } from '../../src/vfs/tree-file-system.js';
import { FakeClock } from '../support/fake-clock.js';
import { MemoryTree, ramp, rampReader } from '../support/mount-tree.mjs';

const context: OperationContext = { signal: new AbortController().signal, pid: process.pid };

function setUp(reader: ContentReader = rampReader) {
  const tree = new MemoryTree();
  const clock = new FakeClock();
  return { tree, clock, fileSystem: createFileSystem({ tree, reader, clock }) };
}

function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'no error';
}

describe('names and attributes', () => {
  test('a file is found by its name, a missing name is not-found, and a file has no names in it', () => {
    const { tree, fileSystem } = setUp();
    const film = tree.addFile('movies/Film.mkv', { content: 1, size: 6e10, mtimeMs: 1234 });
    const movies = fileSystem.lookup(rootInode, 'movies', context);
    expect(movies).toMatchObject({ kind: 'directory', size: 0, links: 1 });
    expect(fileSystem.lookup(movies.inode, 'Film.mkv', context)).toEqual({
      inode: film,
      parent: movies.inode,
      name: 'Film.mkv',
      kind: 'file',
      size: 6e10,
      mtimeMs: 1234,
      links: 1,
    });
    expect(codeOf(() => fileSystem.lookup(movies.inode, 'film.mkv', context))).toBe('not-found');
    expect(codeOf(() => fileSystem.lookup(film, 'x', context))).toBe('not-a-directory');
    expect(codeOf(() => fileSystem.lookup(999n, 'x', context))).toBe('not-found');
    expect(codeOf(() => fileSystem.getattr(999n, context))).toBe('not-found');
    expect(codeOf(() => fileSystem.readdir(film, 0n, context))).toBe('not-a-directory');
    expect(codeOf(() => fileSystem.readdir(999n, 0n, context))).toBe('not-found');
  });

  test('the disk is larger than the library and never full', () => {
    const { tree, fileSystem } = setUp();
    tree.addFile('a', { content: 1, size: 9e15 });
    const { blockSize, blocks, freeBlocks, files, freeFiles, maxNameBytes } = fileSystem.statfs();
    expect((blocks - freeBlocks) * blockSize).toBeGreaterThanOrEqual(9e15);
    expect(freeBlocks).toBeGreaterThan(0);
    expect(files).toBe(freeFiles + 2);
    expect(maxNameBytes).toBe(255);
  });
});

test('a listing in pages tells every name that stays exactly once, whatever comes and goes meanwhile', () => {
  const name = fc.integer({ min: 0, max: 1999 }).map((n) => `name-${n}`);
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 1500, size: 'max' }),
      fc.array(fc.array(fc.tuple(fc.boolean(), name), { maxLength: 20 }), { minLength: 3, maxLength: 4 }),
      (names, edits) => {
        const { tree, fileSystem } = setUp();
        const add = (path: string): unknown => tree.addFile(`dir/${path}`, { content: 1, size: 1 });
        names.forEach(add);
        const steady = new Set(names);
        const everThere = new Set(names);
        const directory = fileSystem.lookup(rootInode, 'dir', context).inode;
        const told: string[] = [];
        let cookie = 0n;
        for (let page = 0; ; page += 1) {
          const entries = fileSystem.readdir(directory, cookie, context);
          if (entries.length === 0) break;
          told.push(...entries.map((entry) => entry.name));
          cookie = entries.at(-1)?.cookie ?? cookie;
          for (const [adding, changed] of edits[page] ?? []) {
            if (adding) add(changed);
            else tree.remove(`dir/${changed}`);
            if (!adding || !steady.has(changed)) steady.delete(changed);
            if (adding) everThere.add(changed);
          }
        }
        expect(new Set(told).size).toBe(told.length);
        for (const stays of steady) expect(told).toContain(stays);
        for (const one of told) expect(everThere).toContain(one);
      },
    ),
    { numRuns: 25 },
  );
});

describe('reading', () => {
  const read = async (
    { fileSystem }: ReturnType<typeof setUp>,
    inode: bigint,
    handle: number,
    offset: number,
    length: number,
  ): Promise<Buffer> => Buffer.concat(await fileSystem.read(inode, handle, offset, length, context));

  test('every range gives exactly the bytes that lie inside the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 1, 4095, 100_000, 2 ** 32 + 13, 6e10),
        fc.boolean(),
        fc.nat(70_000),
        fc.nat(3),
        fc.nat(70_000),
        async (size, late, nearby, quarter, length) => {
          const reader: ContentReader = late
            ? {
                open: (...of) => {
                  const open = rampReader.open(...of);
                  return { ...open, read: async (request) => Promise.resolve(open.read(request)) };
                },
              }
            : rampReader;
          const world = setUp(reader);
          const inode = world.tree.addFile('f', { content: 7, size });
          const handle = world.fileSystem.open(inode, context);
          const offset = Math.max(0, Math.floor((size * quarter) / 3) - 35_000) + nearby;
          const expected = ramp(7, offset, Math.max(0, Math.min(length, size - offset)));
          const bytes = await read(world, inode, handle, offset, length);
          expect(bytes.equals(expected)).toBe(true);
          expect(world.fileSystem.openHandles()[0]?.bytesRead).toBe(expected.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  test.each([
    [-1, 1],
    [0, -1],
    [0.5, 1],
    [2 ** 53, 1],
    [Number.NaN, 1],
    [0, Number.POSITIVE_INFINITY],
  ])('a range no file can have (offset %d, length %d) is invalid', (offset, length) => {
    const { tree, fileSystem } = setUp();
    const inode = tree.addStatic('s', Buffer.from('bytes'));
    const handle = fileSystem.open(inode, context);
    expect(codeOf(() => fileSystem.read(inode, handle, offset, length, context))).toBe('invalid');
  });

  test('the sentinel reads from memory, without asking anybody', async () => {
    const world = setUp({
      open: () => {
        throw new Error('nobody is asked');
      },
    });
    const inode = world.tree.addStatic('.debridfs-mounted', Buffer.from('mounted\n'));
    const handle = world.fileSystem.open(inode, context);
    expect((await read(world, inode, handle, 0, 4096)).toString()).toBe('mounted\n');
    expect((await read(world, inode, handle, 3, 2)).toString()).toBe('nt');
    expect(await read(world, inode, handle, 8, 4096)).toHaveLength(0);
  });

  test('a file that leaves the tree while it is open goes on being readable until it is closed', async () => {
    const world = setUp();
    const { tree, fileSystem } = world;
    const inode = tree.addFile('movies/Film.mkv', { content: 3, size: 1000 });
    const handle = fileSystem.open(inode, context);
    tree.remove('movies');
    expect((await read(world, inode, handle, 990, 100)).equals(ramp(3, 990, 10))).toBe(true);
    expect(fileSystem.getattr(inode, context)).toMatchObject({ inode, size: 1000 });
    expect(codeOf(() => fileSystem.open(inode, context))).toBe('not-found');
    fileSystem.release(inode, handle);
    expect(codeOf(() => fileSystem.getattr(inode, context))).toBe('not-found');
  });

  test('a failed read says why and counts nothing', async () => {
    const world = setUp({
      open: () => ({
        read: () => Promise.reject(new Error('the host is gone')),
        bufferedFrom: () => 0,
        close: () => undefined,
      }),
    });
    const inode = world.tree.addFile('f', { content: 1, size: 10 });
    const handle = world.fileSystem.open(inode, context);
    await expect(read(world, inode, handle, 0, 10)).rejects.toThrow('the host is gone');
    expect(world.fileSystem.openHandles()[0]?.bytesRead).toBe(0);
  });
});

describe('handles', () => {
  test('are listed with who opened them and when, are never reused, and close their content once', () => {
    const closed: number[] = [];
    const { tree, clock, fileSystem } = setUp({
      open: (content) => ({ read: () => [], bufferedFrom: () => 7, close: () => closed.push(content) }),
    });
    const inode = tree.addFile('f', { content: 5, size: 10 });
    const first = fileSystem.open(inode, context);
    expect(fileSystem.openHandles()).toEqual([
      {
        handle: first,
        inode,
        name: 'f',
        content: 5,
        size: 10,
        pid: process.pid,
        client: clientOf(process.pid).name,
        openedMs: clock.now(),
        bytesRead: 0,
        position: expect.any(Number) as number,
        buffered: 7,
      },
    ]);
    fileSystem.release(inode, first);
    fileSystem.release(inode, first);
    expect(closed).toEqual([5]);
    expect(fileSystem.open(inode, context)).not.toBe(first);
    expect(codeOf(() => fileSystem.read(inode, first, 0, 1, context))).toBe('bad-handle');
  });

  test('stand for one file only', () => {
    const { tree, fileSystem } = setUp();
    const one = tree.addFile('one', { content: 1, size: 10 });
    const other = tree.addFile('other', { content: 2, size: 10 });
    const handle = fileSystem.open(one, context);
    expect(codeOf(() => fileSystem.read(other, handle, 0, 1, context))).toBe('bad-handle');
    fileSystem.release(other, handle);
    expect(fileSystem.openHandles()).toHaveLength(1);
    expect(codeOf(() => fileSystem.open(rootInode, context))).toBe('is-a-directory');
    expect(codeOf(() => fileSystem.open(999n, context))).toBe('not-found');
  });
});

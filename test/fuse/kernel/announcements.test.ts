import { constants } from 'node:os';
import type * as fs from 'node:fs';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { rootInode } from '../../../src/core/tree.js';
import { Announcements, type Announced } from '../../../src/fuse/kernel/announcements.js';
import { opcode } from '../../../src/fuse/protocol/numbers.js';
import { attr, attrOut, createIn, entryOut, mkdirIn } from '../../../src/fuse/protocol/structures.js';
import { nameBody, readEntry, readOpened, unpack } from '../../support/kernel-messages.js';
import { kernelWorld } from '../../support/kernel-world.js';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof fs>()),
  ...(await import('../../support/fake-device.js')).deviceWrites,
}));

const ownPid = 7;
const strangerPid = 8;
const isOwnThread = (pid: number): boolean => pid === ownPid;

const attributesOf = (inode: bigint, name: string): Announced['attributes'] => ({
  inode,
  parent: rootInode,
  name,
  kind: 'file',
  size: 10,
  mtimeMs: 0,
  links: 1,
});

/** What a call gives, or the code of what it throws. */
function outcome(call: () => unknown): unknown {
  try {
    return call() ?? 'done';
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}

test('only what was begun may be done, once, under its name in its folder, and only by this process', () => {
  const kind = fc.constantFrom('added' as const, 'removed' as const);
  const parent = fc.constantFrom(1n, 11n);
  // Together with the folder's number some of them read the same.
  const name = fc.constantFrom('a', '1a', 'A');
  const act = fc.record({
    does: fc.constantFrom('begin', 'end', 'create', 'remove', 'look', 'getattr'),
    kind,
    parent,
    name,
    pid: fc.constantFrom(ownPid, ownPid, strangerPid, 0),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40, size: 'max' }), (acts) => {
      const announcements = new Announcements(isOwnThread);
      const begun = new Map<string, Announced>();
      const ever: Announced[] = [];
      for (const { does, pid, ...place } of acts) {
        const key = `${place.name} in ${place.parent}`;
        const own = pid === ownPid ? begun.get(key) : undefined;
        const what = own?.attributes;
        if (does === 'begin') {
          const inode = 100n + BigInt(ever.length);
          const announced: Announced = { ...place, attributes: attributesOf(inode, place.name) };
          ever.push(announced);
          announcements.begin(announced);
          begun.set(key, announced);
        } else if (does === 'end') {
          announcements.end(place);
          begun.delete(key);
        } else if (does === 'create') {
          const made = outcome(() => announcements.create(place.parent, place.name, pid));
          expect(made).toEqual(own?.kind === 'added' ? what : 'read-only');
          if (own?.kind === 'added') begun.delete(key);
        } else if (does === 'remove') {
          const removed = outcome(() => announcements.remove(place.parent, place.name, pid));
          expect(removed).toBe(own?.kind === 'removed' ? 'done' : 'read-only');
          if (own?.kind === 'removed') begun.delete(key);
        } else if (does === 'look') {
          // To be created it must not be there yet; to be removed it must still be.
          const seen = outcome(() => announcements.lookup(place.parent, place.name, pid));
          expect(seen).toEqual(own === undefined ? 'done' : own.kind === 'added' ? 'not-found' : what);
        } else {
          const shownNow = new Set(pid === ownPid ? begun.values() : []);
          for (const announced of ever) {
            const seen = announcements.getattr(announced.attributes.inode, pid);
            const shown = shownNow.has(announced) && announced.kind === 'removed';
            expect(seen).toEqual(shown ? announced.attributes : null);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the threads of this process are told from others, and from those of other namespaces', () => {
  const announcements = new Announcements();
  for (const [pid, expected] of [
    [process.pid, 'done'],
    [process.ppid, 'read-only'],
    [0, 'read-only'],
    [1, 'read-only'],
  ] as const) {
    announcements.begin({ kind: 'removed', parent: 1n, name: 'a', attributes: attributesOf(5n, 'a') });
    expect(outcome(() => announcements.remove(1n, 'a', pid))).toBe(expected);
  }
});

/** Creates, makes or removes a name in the root through the protocol. */
function rootOf(world: ReturnType<typeof kernelWorld>) {
  const { device, send } = world;
  let unique = 0n;
  return (code: number, name: string, pid: number) => {
    const before = { [opcode.create]: createIn.bytes, [opcode.mkdir]: mkdirIn.bytes }[code] ?? 0;
    unique += 2n;
    send({ opcode: code, unique, node: rootInode, pid, body: nameBody(name, before) });
    const [answer, ...more] = device.take();
    if (answer === undefined || more.length > 0) throw new Error(`${more.length} answers`);
    return answer;
  };
}

test('a program that watches is woken by what this process does, and others go on hearing EROFS', () => {
  const world = kernelWorld({ isOwnThread });
  const { tree, announcements, fileSystem, handles, nodes, ask } = world;
  const file = tree.addFile('new.mkv', { content: 1, size: 2 ** 33 });
  const folder = tree.addDirectory('new');
  const inRoot = rootOf(world);
  const context = { signal: new AbortController().signal, pid: 0 };
  const announce = (kind: Announced['kind'], inode: bigint): void => {
    const attributes = fileSystem.getattr(inode, context);
    announcements.begin({ kind, parent: rootInode, name: attributes.name, attributes });
  };
  const { ENOENT, EROFS } = constants.errno;
  const mayNothing = (pid: number): void => {
    for (const name of ['new.mkv', 'new', 'none']) {
      for (const code of [opcode.create, opcode.mkdir, opcode.unlink, opcode.rmdir]) {
        expect(inRoot(code, name, pid).error).toBe(-EROFS);
      }
    }
  };

  mayNothing(ownPid);
  announce('added', file);
  announce('added', folder);
  mayNothing(strangerPid);
  // The one that creates finds nothing, and the kernel must not keep that it is missing: others see the file.
  expect(inRoot(opcode.lookup, 'new.mkv', ownPid).error).toBe(-ENOENT);
  expect(readEntry(inRoot(opcode.lookup, 'new.mkv', strangerPid).body).nodeid).toBe(file);
  expect(inRoot(opcode.unlink, 'new.mkv', ownPid).error).toBe(-EROFS);
  const created = inRoot(opcode.create, 'new.mkv', ownPid);
  expect(created.error).toBe(0);
  expect(readEntry(created.body)).toMatchObject({ nodeid: file, attr: { ino: file, size: 2n ** 33n } });
  const { fh, flags } = readOpened(created.body, entryOut.bytes);
  expect([handles.get(fh, file, context).inode, flags]).toEqual([file, 2]);
  expect(fileSystem.openHandles()).toHaveLength(1);
  expect(readEntry(inRoot(opcode.mkdir, 'new', ownPid).body).nodeid).toBe(folder);
  mayNothing(ownPid);

  announce('removed', file);
  announce('removed', folder);
  tree.remove('new.mkv');
  tree.remove('new');
  mayNothing(strangerPid);
  // For this process it is still there, for no longer than it takes.
  const ghost = readEntry(inRoot(opcode.lookup, 'new.mkv', ownPid).body);
  expect(ghost).toMatchObject({ nodeid: file, entry_valid: 0n, attr_valid: 0n, attr: { size: 2n ** 33n } });
  expect([ghost.entry_valid_nsec, ghost.attr_valid_nsec]).toEqual([0n, 0n]);
  expect(readEntry(inRoot(opcode.lookup, 'new.mkv', strangerPid).body).nodeid).toBe(0n);
  const attributes = ask({ opcode: opcode.getattr, node: folder, pid: ownPid });
  expect(unpack(attrOut, attributes)).toMatchObject({ attr_valid: 0n, attr_valid_nsec: 0n });
  expect(unpack(attr, attributes, attrOut.at.attr)).toMatchObject({ ino: folder, mode: 0o040755n });
  expect(inRoot(opcode.create, 'new.mkv', ownPid).error).toBe(-EROFS);
  expect(inRoot(opcode.unlink, 'new.mkv', ownPid).error).toBe(0);
  expect(inRoot(opcode.rmdir, 'new', ownPid).error).toBe(0);
  mayNothing(ownPid);
  // Told to the kernel: the file to the stranger, by CREATE and as a ghost, and the folder by MKDIR.
  nodes.forgot(file, 2n);
  expect(nodes.size).toBe(2);
  nodes.forgot(file, 1n);
  nodes.forgot(folder, 1n);
  expect(nodes.size).toBe(0);
});

test('a file that left the library before it was announced is not there, and nothing of it stays', () => {
  const world = kernelWorld({ isOwnThread });
  const { tree, announcements, fileSystem, nodes } = world;
  const file = tree.addFile('new.mkv', { content: 1, size: 10 });
  const attributes = fileSystem.getattr(file, { signal: new AbortController().signal, pid: 0 });
  announcements.begin({ kind: 'added', parent: rootInode, name: 'new.mkv', attributes });
  tree.remove('new.mkv');
  expect(rootOf(world)(opcode.create, 'new.mkv', ownPid).error).toBe(-constants.errno.ENOENT);
  expect(nodes.size).toBe(0);
  expect(fileSystem.openHandles()).toEqual([]);
});

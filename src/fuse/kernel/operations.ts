import { toAppError } from '../../core/errors.js';
import type { Attributes, FileSystem, OperationContext } from '../../vfs/file-system.js';
import { readOnly, refuseWriting } from '../open-mode.js';
import { opcode, openFlag } from '../protocol/numbers.js';
import { createIn, dirent, direntPlus, mkdirIn, openIn, readIn, releaseIn } from '../protocol/structures.js';
import type { Announcements } from './announcements.js';
import type { Encoder } from './encode.js';
import type { Handles } from './handles.js';
import type { KnownNodes } from './known-nodes.js';
import type { KernelRequest } from './request.js';

/** An operation that is answered from the tree, at once. */
export interface TreeOperation {
  /** For the log. */
  readonly name: string;
  /**
   * Writes the body of the answer.
   * @returns its bytes.
   * @throws {AppError} what the kernel is to hear instead.
   */
  answer(request: KernelRequest, context: OperationContext, out: DataView): number;
}

export interface OperationParts {
  readonly fileSystem: FileSystem;
  readonly encoder: Encoder;
  readonly handles: Handles;
  readonly nodes: KnownNodes;
  readonly announcements: Announcements;
}

/** Cookies of a listing's first two entries: no child's, whose cookie is its inode (`lastReservedInode`). */
const cookieOfDot = 1n;
const cookieOfDots = 2n;

/** What a file system that can be written to would do: refused, unless this process announces a change by it. */
const writing = {
  setattr: opcode.setattr,
  symlink: opcode.symlink,
  mknod: opcode.mknod,
  rename: opcode.rename,
  link: opcode.link,
  write: opcode.write,
  setxattr: opcode.setxattr,
  removexattr: opcode.removexattr,
  fallocate: opcode.fallocate,
  rename2: opcode.rename2,
  copy_file_range: opcode.copyFileRange,
  tmpfile: opcode.tmpfile,
} as const;

/**
 * What is answered from the tree, by opcode. READ is not among it: it may wait. What is missing here is answered with
 * ENOSYS, and the kernel does without: extended attributes, flush, locks, seeking for data.
 */
export function treeOperations(parts: OperationParts): ReadonlyMap<number, TreeOperation> {
  const { fileSystem, encoder, handles, nodes, announcements } = parts;
  const operations = new Map<number, TreeOperation>();
  const add = (code: number, name: string, answer: TreeOperation['answer']): void => {
    operations.set(code, { name, answer });
  };

  const entry = (attributes: Attributes, out: DataView): number => {
    nodes.told(attributes.inode);
    return encoder.entry(out, 0, attributes);
  };

  add(opcode.lookup, 'lookup', (request, context, out) => {
    const name = request.name(0);
    if (name === null) return encoder.missing(out);
    const ghost = announcements.lookup(request.node, name, request.pid);
    if (ghost !== null) {
      nodes.told(ghost.inode);
      return encoder.fleetingEntry(out, 0, ghost);
    }
    let found;
    try {
      found = fileSystem.lookup(request.node, name, context);
    } catch (thrown) {
      if (toAppError(thrown).code !== 'not-found') throw thrown;
      return encoder.missing(out);
    }
    return entry(found, out);
  });

  add(opcode.getattr, 'getattr', (request, context, out) => {
    const ghost = announcements.getattr(request.node, request.pid);
    if (ghost !== null) return encoder.fleetingAttributes(out, ghost);
    return encoder.attributes(out, fileSystem.getattr(request.node, context));
  });

  add(opcode.open, 'open', (request, context, out) => {
    refuseWriting(request.u32(openIn.at.flags));
    // A number stands for one content for ever, so what the kernel has of its bytes stays right.
    return encoder.open(out, 0, handles.open(request.node, context), openFlag.keepCache);
  });

  add(opcode.release, 'release', (request) => {
    handles.release(request.size(releaseIn.at.fh));
    return 0;
  });

  const list = (request: KernelRequest, context: OperationContext, out: DataView, plus: boolean): number => {
    const end = Math.min(request.u32(readIn.at.size), out.byteLength);
    const cookie = request.u64(readIn.at.offset);
    let at = 0;
    if (cookie < cookieOfDots) {
      const { inode, parent } = fileSystem.getattr(request.node, context);
      if (cookie < cookieOfDot) at += encoder.listedDots(out, at, '.', inode, cookieOfDot, plus);
      at += encoder.listedDots(out, at, '..', parent, cookieOfDots, plus);
    }
    const from = cookie <= cookieOfDots ? 0n : cookie;
    const leastBytes = (plus ? direntPlus.bytes : dirent.bytes) + 8;
    const atMost = Math.ceil((end - at) / leastBytes);
    for (const child of fileSystem.readdir(request.node, from, context, atMost)) {
      const bytes = encoder.listed(out, at, end, child, plus);
      if (bytes === 0) break;
      if (plus) nodes.told(child.attributes.inode);
      at += bytes;
    }
    return at;
  };
  add(opcode.readdir, 'readdir', (request, context, out) => list(request, context, out, false));
  add(opcode.readdirplus, 'readdirplus', (request, context, out) => list(request, context, out, true));

  add(opcode.statfs, 'statfs', (_, __, out) => encoder.statistics(out, fileSystem.statfs()));
  add(opcode.destroy, 'destroy', () => 0);

  add(opcode.create, 'create', (request, context, out) => {
    const made = announcements.create(request.node, request.name(createIn.bytes) ?? '', request.pid);
    // First: where it fails the kernel is not told of the node either.
    const handle = handles.open(made.inode, context);
    const bytes = entry(made, out);
    return bytes + encoder.open(out, bytes, handle, openFlag.keepCache);
  });
  add(opcode.mkdir, 'mkdir', (request, _, out) =>
    entry(announcements.create(request.node, request.name(mkdirIn.bytes) ?? '', request.pid), out),
  );
  for (const [name, code] of [
    ['unlink', opcode.unlink],
    ['rmdir', opcode.rmdir],
  ] as const) {
    add(code, name, (request) => {
      announcements.remove(request.node, request.name(0) ?? '', request.pid);
      return 0;
    });
  }
  for (const [name, code] of Object.entries(writing)) {
    add(code, name, () => {
      throw readOnly();
    });
  }
  return operations;
}

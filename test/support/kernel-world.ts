import { silentLogger } from '../../src/core/logger.js';
import type { ContentReader } from '../../src/core/reading.js';
import { Announcements } from '../../src/fuse/kernel/announcements.js';
import { Encoder } from '../../src/fuse/kernel/encode.js';
import { Handles } from '../../src/fuse/kernel/handles.js';
import { KernelSession } from '../../src/fuse/kernel/kernel-session.js';
import { KnownNodes } from '../../src/fuse/kernel/known-nodes.js';
import { OpenDevice } from '../../src/fuse/kernel/open-device.js';
import { treeOperations } from '../../src/fuse/kernel/operations.js';
import { ReplyWriter } from '../../src/fuse/kernel/reply-writer.js';
import { KernelRequest } from '../../src/fuse/kernel/request.js';
import { createFileSystem } from '../../src/vfs/tree-file-system.js';
import { FakeClock } from './fake-clock.js';
import { FakeDevice } from './fake-device.js';
import { requestOf, type RequestFacts } from './kernel-messages.js';
import { MemoryTree, rampReader } from './mount-tree.mjs';

/** How long the kernel may keep what it is told, in milliseconds. */
export const validMs = 61_250;

export const readDeadlineMs = 1_000;

/** The signal of requests that are answered at once. */
const { signal } = new AbortController();

/** All that serves one mount, but for the mount: its kernel is a fake device. */
export function kernelWorld(
  facts: {
    readonly reader?: ContentReader;
    readonly isOwnThread?: (pid: number) => boolean;
    readonly life?: number;
    readonly tree?: MemoryTree;
  } = {},
) {
  const { reader = rampReader, life = 0, tree = new MemoryTree() } = facts;
  const clock = new FakeClock();
  const device = new FakeDevice();
  const fileSystem = createFileSystem({ tree, reader, clock });
  const handles = new Handles(fileSystem, life);
  const nodes = new KnownNodes();
  const announcements = new Announcements(facts.isOwnThread);
  const encoder = new Encoder({ ownership: { uid: 1000, gid: 1001, umask: 0o022 }, validMs });
  const operations = treeOperations({ fileSystem, encoder, handles, nodes, announcements });
  const session = new KernelSession({
    fileSystem,
    operations,
    handles,
    nodes,
    writer: new ReplyWriter(new OpenDevice(device.descriptor), silentLogger),
    deadlines: { readMs: readDeadlineMs, otherMs: 100 },
    clock,
    logger: silentLogger,
  });

  /** Sends a request; its answer comes out of the device. Wants `deviceWrites` in `node:fs`. */
  const send = (request: RequestFacts): void => device.send(requestOf(request), session);

  /**
   * The body of the answer of the tree, without a device, in a buffer that is full of other things.
   * @throws {AppError} what the kernel would hear as an errno.
   */
  const ask = (request: RequestFacts): Buffer => {
    const operation = operations.get(request.opcode);
    if (operation === undefined) throw new Error(`${request.opcode} is not answered from the tree.`);
    const buffer = Buffer.alloc(80 * 1024, 0xee);
    const out = new DataView(buffer.buffer, buffer.byteOffset, 64 * 1024);
    const context = { signal, pid: request.pid ?? 0 };
    const bytes = operation.answer(new KernelRequest(requestOf(request)), context, out);
    return buffer.subarray(0, bytes);
  };

  return { tree, clock, device, fileSystem, handles, nodes, announcements, session, send, ask };
}

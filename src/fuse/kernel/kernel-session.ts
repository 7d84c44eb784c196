import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { Meter } from '../../core/meter.js';
import type { FileSystem, OperationContext } from '../../vfs/file-system.js';
import { answerOnce, type Answerable, type Unanswered } from '../answer-once.js';
import { checkLength } from '../check-length.js';
import type { Deadlines } from '../deadlines.js';
import { ENOSYS, EPROTO } from '../errno.js';
import { opcode } from '../protocol/numbers.js';
import { batchForgetIn, forgetIn, forgetOne, initIn, interruptIn, readIn } from '../protocol/structures.js';
import { isDying, isGone } from './dying-reader.js';
import type { Handles } from './handles.js';
import { isSpoken, negotiate, type Session } from './init.js';
import type { KnownNodes } from './known-nodes.js';
import type { TreeOperation } from './operations.js';
import type { ReplyWriter } from './reply-writer.js';
import { KernelRequest } from './request.js';
import { requestBytes, type Inbox } from './transport.js';

export interface SessionParts {
  readonly fileSystem: FileSystem;
  readonly operations: ReadonlyMap<number, TreeOperation>;
  readonly handles: Handles;
  readonly nodes: KnownNodes;
  readonly writer: ReplyWriter;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter?: Meter | undefined;
}

/** A read without an answer, and who asked. */
interface WaitingRead {
  readonly pid: number;
  readonly read: Unanswered;
}

/** How often a reader that got a signal is looked at, in milliseconds: it is let go that long after it was killed. */
const lookAgainMs = 100;

/** How often it is looked whether those for whom reads wait are still there, in milliseconds. */
const sweepMs = 500;

/** Serves the requests of one mount: each is answered once, whatever the file system does. */
export class KernelSession implements Inbox {
  readonly bytes = Buffer.alloc(requestBytes);
  /** What was agreed on with the kernel; rejects when it speaks another protocol. */
  readonly begun: Promise<Session>;
  readonly #parts: SessionParts;
  readonly #request = new KernelRequest(this.bytes);
  // INVARIANT: holds exactly the reads that have no answer yet.
  readonly #waiting = new Map<bigint, WaitingRead>();
  #isSweeping = false;
  #begin: (session: Session) => void = () => undefined;
  #refuse: (error: AppError) => void = () => undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.begun = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#refuse = reject;
    });
    this.begun.catch(() => undefined);
  }

  /** Reads that have no answer yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Nobody can be answered any more: what was worked on for readers stops. */
  abandon(): void {
    for (const { read } of this.#waiting.values()) read.interrupt();
  }

  arrived(): void {
    const request = this.#request;
    switch (request.opcode) {
      case opcode.read:
        this.#read(request);
        break;
      case opcode.forget:
        this.#parts.nodes.forgot(request.node, request.u64(forgetIn.at.nlookup));
        break;
      case opcode.batchForget:
        this.#forgetAll(request);
        break;
      case opcode.interrupt:
        this.#interrupt(request.u64(interruptIn.at.unique));
        break;
      case opcode.notifyReply:
        // Asked for only to wake the thread that reads the device.
        break;
      case opcode.init:
        this.#init(request);
        break;
      default:
        this.#answerFromTree(request);
    }
  }

  #answerFromTree(request: KernelRequest): void {
    const { operations, writer } = this.#parts;
    const operation = operations.get(request.opcode);
    if (operation === undefined) writer.fail(request.unique, ENOSYS);
    else answerOnce(new TreeAnswer(request, operation, this.#parts), this.#parts);
  }

  #read(request: KernelRequest): void {
    const answer = new ReadAnswer(request, this.#parts, this.#waiting);
    const { unique, pid } = answer;
    const read = answerOnce(answer, this.#parts);
    if (read === null) return;
    this.#waiting.set(unique, { pid, read });
    if (!this.#isSweeping) void this.#sweep();
  }

  /**
   * Lets the reads of readers go that are gone. The kernel does not interrupt what it reads ahead for one that is killed, and keeps
   * the file open until that is answered (observed 2026-11, Linux 6.18).
   */
  async #sweep(): Promise<void> {
    this.#isSweeping = true;
    while (this.#waiting.size > 0) {
      const before = [...this.#waiting];
      await this.#parts.clock.sleep(sweepMs);
      for (const [unique, { pid, read }] of before) {
        const isStill = (): boolean => this.#waiting.get(unique)?.read === read;
        if (isStill() && (await isGone(pid)) && isStill()) read.interrupt();
      }
    }
    this.#isSweeping = false;
  }

  /** The request that it is about was read before: one thread reads the device. Unknown ones were answered meanwhile. */
  #interrupt(unique: bigint): void {
    const waiting = this.#waiting.get(unique);
    if (waiting === undefined) return;
    void this.#interruptOnceDying(unique, waiting);
  }

  /** The kernel tells of a reader's first signal only, which it may handle: so it is looked at again until it is answered. */
  async #interruptOnceDying(unique: bigint, { pid, read }: WaitingRead): Promise<void> {
    const { clock } = this.#parts;
    while (this.#waiting.get(unique)?.read === read) {
      if (await isDying(pid)) {
        read.interrupt();
        return;
      }
      await clock.sleep(lookAgainMs);
    }
  }

  #forgetAll(request: KernelRequest): void {
    const count = request.u32(batchForgetIn.at.count);
    for (let n = 0; n < count; n += 1) {
      const at = batchForgetIn.bytes + n * forgetOne.bytes;
      const nodeid = request.u64(at + forgetOne.at.nodeid);
      this.#parts.nodes.forgot(nodeid, request.u64(at + forgetOne.at.nlookup));
    }
  }

  #init(request: KernelRequest): void {
    const { writer } = this.#parts;
    if (!isSpoken(request)) {
      writer.fail(request.unique, EPROTO);
      const version = `${request.u32(initIn.at.major)}.${request.u32(initIn.at.minor)}`;
      this.#refuse(
        new AppError('config', `This kernel speaks FUSE ${version}; Linux 5.1 or newer is needed.`),
      );
      return;
    }
    const { bytes, session } = negotiate(request, writer.body);
    writer.send(request.unique, bytes);
    this.#begin(session);
  }
}

/** One request that the tree answers. */
class TreeAnswer implements Answerable<number, number> {
  readonly operation: string;
  readonly pid: number;
  readonly deadlineMs: number;
  readonly #request: KernelRequest;
  readonly #operation: TreeOperation;
  readonly #writer: ReplyWriter;

  constructor(request: KernelRequest, operation: TreeOperation, { writer, deadlines }: SessionParts) {
    this.operation = operation.name;
    this.pid = request.pid;
    this.deadlineMs = deadlines.otherMs;
    this.#request = request;
    this.#operation = operation;
    this.#writer = writer;
  }

  subject(): string {
    return `inode ${this.#request.node}`;
  }

  work(context: OperationContext): number {
    return this.#operation.answer(this.#request, context, this.#writer.body);
  }

  encode(bytes: number): number {
    return bytes;
  }

  succeed(bytes: number): void {
    this.#writer.send(this.#request.unique, bytes);
  }

  fail(errno: number): void {
    this.#writer.fail(this.#request.unique, errno);
  }
}

type Slices = readonly Uint8Array[];

/** One READ: what it asks for is taken out of the request, whose bytes do not last until it is answered. */
class ReadAnswer implements Answerable<Slices, Slices> {
  readonly operation = 'read';
  readonly pid: number;
  readonly deadlineMs: number;
  readonly unique: bigint;
  readonly #node: bigint;
  readonly #number: number;
  readonly #offset: number;
  readonly #length: number;
  readonly #parts: SessionParts;
  readonly #waiting: Map<bigint, WaitingRead>;
  #bytesInside = 0;

  constructor(request: KernelRequest, parts: SessionParts, waiting: Map<bigint, WaitingRead>) {
    this.pid = request.pid;
    this.deadlineMs = parts.deadlines.readMs;
    this.unique = request.unique;
    this.#node = request.node;
    this.#number = request.size(readIn.at.fh);
    this.#offset = request.size(readIn.at.offset);
    this.#length = request.u32(readIn.at.size);
    this.#parts = parts;
    this.#waiting = waiting;
  }

  subject(): string {
    return `inode ${this.#node}`;
  }

  work(context: OperationContext): Slices | Promise<Slices> {
    const { fileSystem, handles } = this.#parts;
    const { handle, size } = handles.get(this.#number, this.#node, context);
    this.#bytesInside = Math.max(0, Math.min(this.#length, size - this.#offset));
    return fileSystem.read(this.#node, handle, this.#offset, this.#length, context);
  }

  encode(slices: Slices): Slices {
    checkLength(slices, this.#bytesInside);
    return slices;
  }

  succeed(slices: Slices): void {
    this.#waiting.delete(this.unique);
    this.#parts.writer.sendSlices(this.unique, slices, this.#bytesInside);
  }

  fail(errno: number): void {
    this.#waiting.delete(this.unique);
    this.#parts.writer.fail(this.unique, errno);
  }
}

import type { Inbox } from '../../src/fuse/kernel/transport.js';
import { opcode } from '../../src/fuse/protocol/numbers.js';
import {
  attrOut,
  entryOut,
  inHeader,
  initOut,
  openOut,
  outHeader,
  readIn,
  statfsOut,
} from '../../src/fuse/protocol/structures.js';

/** What the kernel took as the answer to a request. */
export interface Answer {
  readonly unique: bigint;
  /** 0, or a negative errno. */
  readonly error: number;
  readonly body: Buffer;
}

/** Bytes that the body of an answer must have; `upTo`: at most so many. */
type BodySize = number | { readonly upTo: number };

const bodySizes: Partial<Record<number, BodySize>> = {
  [opcode.lookup]: entryOut.bytes,
  [opcode.getattr]: attrOut.bytes,
  [opcode.open]: openOut.bytes,
  [opcode.release]: 0,
  [opcode.statfs]: statfsOut.bytes,
  [opcode.destroy]: 0,
  [opcode.create]: entryOut.bytes + openOut.bytes,
  [opcode.mkdir]: entryOut.bytes,
  [opcode.init]: { upTo: initOut.bytes },
};

const listsOrReads: readonly number[] = [opcode.read, opcode.readdir, opcode.readdirplus];

/** What the kernel sends without waiting for an answer. */
const unanswered: readonly number[] = [
  opcode.forget,
  opcode.batchForget,
  opcode.interrupt,
  opcode.notifyReply,
];

const devices = new Map<number, FakeDevice>();

/**
 * The kernel's end of /dev/fuse: takes answers by the kernel's rules (Linux, fs/fuse/dev.c, fuse_dev_do_write): one write is
 * one answer to one request that waits, whole and of the right size, or it is refused with the kernel's errno.
 *
 * A test that uses it puts `deviceWrites` into `node:fs`.
 */
export class FakeDevice {
  /** Stands for the device; no file of this process has it. */
  readonly descriptor = 1_000_000 + devices.size;
  /** Writes that were refused. */
  readonly refused: { readonly unique: bigint; readonly code: string }[] = [];
  readonly #waiting = new Map<bigint, BodySize>();
  #answers: Answer[] = [];
  #refuseNext: string | null = null;

  constructor() {
    devices.set(this.descriptor, this);
  }

  /** Hands a request to the one who serves, and spoils its bytes after that, as the next request would. */
  send(request: Buffer, inbox: Inbox): void {
    const code = request.readUInt32LE(inHeader.at.opcode);
    if (!unanswered.includes(code)) {
      const size: BodySize = listsOrReads.includes(code)
        ? { upTo: request.readUInt32LE(inHeader.bytes + readIn.at.size) }
        : (bodySizes[code] ?? 0);
      this.#waiting.set(request.readBigUInt64LE(inHeader.at.unique), size);
    }
    request.copy(inbox.bytes);
    inbox.arrived(request.length);
    inbox.bytes.fill(0xee);
  }

  /** The answers since the last call. */
  take(): Answer[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  /** Refuses the next write, whatever it is. */
  refuseNext(code: string): void {
    this.#refuseNext = code;
  }

  /** @throws what write(2) of the kernel's device does. */
  written(parts: readonly Uint8Array[]): number {
    const bytes = Buffer.concat(parts);
    const unique = bytes.readBigUInt64LE(outHeader.at.unique);
    const code = this.#refusal(bytes, unique, parts.length);
    this.#refuseNext = null;
    if (code !== null) {
      this.refused.push({ unique, code });
      throw Object.assign(new Error(`${code}: write`), { code });
    }
    this.#waiting.delete(unique);
    const error = bytes.readInt32LE(outHeader.at.error);
    this.#answers.push({ unique, error, body: bytes.subarray(outHeader.bytes) });
    return bytes.length;
  }

  #refusal(bytes: Buffer, unique: bigint, parts: number): string | null {
    if (this.#refuseNext !== null) return this.#refuseNext;
    const error = bytes.readInt32LE(outHeader.at.error);
    // IOV_MAX; an errno of the kernel's own.
    if (parts > 1024 || bytes.readUInt32LE(outHeader.at.len) !== bytes.length) return 'EINVAL';
    if (error > 0 || error <= -512) return 'EINVAL';
    const size = this.#waiting.get(unique);
    if (size === undefined) return 'ENOENT';
    const body = bytes.length - outHeader.bytes;
    const fits = error !== 0 ? body === 0 : typeof size === 'number' ? body === size : body <= size.upTo;
    return fits ? null : 'EINVAL';
  }
}

function deviceOf(descriptor: number): FakeDevice {
  const device = devices.get(descriptor);
  if (device === undefined) throw Object.assign(new Error('EBADF: write'), { code: 'EBADF' });
  return device;
}

/** `writeSync` and `writevSync` of `node:fs` for fake devices alone. */
export const deviceWrites = {
  writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number): number =>
    deviceOf(descriptor).written([bytes.subarray(offset, offset + length)]),
  writevSync: (descriptor: number, parts: readonly Uint8Array[]): number =>
    deviceOf(descriptor).written(parts),
};

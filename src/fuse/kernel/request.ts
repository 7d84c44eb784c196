import type { Inode } from '../../core/tree.js';
import { getU64 } from '../protocol/layout.js';
import { inHeader } from '../protocol/structures.js';

const { at } = inHeader;

/**
 * One request as the kernel wrote it. Its body is a view of the transport's buffer and holds only until the request was
 * handed on: who answers later keeps what it read.
 */
export class KernelRequest {
  readonly opcode: number;
  /** By which its answer is told from others; exact, since the kernel uses all 64 bits. */
  readonly unique: bigint;
  readonly node: Inode;
  /** The asking thread; 0 where it lives in another namespace. */
  readonly pid: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;

  /** @param bytes exactly one request. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.opcode = this.#view.getUint32(at.opcode, true);
    this.unique = this.#view.getBigUint64(at.unique, true);
    this.node = this.#view.getBigUint64(at.nodeid, true);
    this.pid = this.#view.getUint32(at.pid, true);
  }

  /** @param offset from the start of the body, as all below. */
  u32(offset: number): number {
    return this.#view.getUint32(inHeader.bytes + offset, true);
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(inHeader.bytes + offset, true);
  }

  /** A number of 64 bits that counts bytes or that was made here, so that a `number` holds it. */
  size(offset: number): number {
    return getU64(this.#view, inHeader.bytes + offset);
  }

  /** Bytes of the body. */
  get length(): number {
    return this.#bytes.length - inHeader.bytes;
  }

  /** The name at the end of the body, without its NUL. Bytes that are not UTF-8 become U+FFFD. */
  name(offset: number): string {
    return this.#bytes.toString('utf8', inHeader.bytes + offset, this.#bytes.length - 1);
  }
}

import type { Inode } from '../../core/tree.js';
import { getU64 } from '../protocol/layout.js';
import { inHeader } from '../protocol/structures.js';

const { at } = inHeader;

/**
 * The request that lies in a buffer, as the kernel wrote it: one object for all that come, each in the place of the one
 * before. Who answers later keeps what it read.
 */
export class KernelRequest {
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get opcode(): number {
    return this.#view.getUint32(at.opcode, true);
  }

  /** By which its answer is told from others; exact, since the kernel uses all 64 bits. */
  get unique(): bigint {
    return this.#view.getBigUint64(at.unique, true);
  }

  get node(): Inode {
    return this.#view.getBigUint64(at.nodeid, true);
  }

  /** The asking thread; 0 where it lives in another namespace. */
  get pid(): number {
    return this.#view.getUint32(at.pid, true);
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

  /** The name at the end of the body, without its NUL; null where it is not UTF-8, as no name in the tree is. */
  name(offset: number): string | null {
    const start = inHeader.bytes + offset;
    const end = this.#view.getUint32(at.len, true) - 1;
    const name = this.#bytes.toString('utf8', start, end);
    // What cannot be decoded becomes U+FFFD, which may be part of a name itself.
    if (!name.includes('\uFFFD')) return name;
    return Buffer.from(name).equals(this.#bytes.subarray(start, end)) ? name : null;
  }
}

import { AppError } from '../../core/errors.js';
import type { Inode } from '../../core/tree.js';
import type { Handle } from '../../vfs/file-system.js';

/** What a descriptor stands for. */
export interface Descriptor {
  readonly path: string;
  readonly inode: Inode;
  readonly handle: Handle;
  /** Bytes, as at open. */
  readonly size: number;
}

/** Largest int32: the room that fuse-native has for a descriptor. */
const maxNumber = 2 ** 31 - 1;

/**
 * The handles of the file system under numbers from 1 to 2³¹ − 1, which is the room that fuse-native has. A number is
 * used again only after all others were, and never while it is open.
 */
export class Descriptors {
  #last = 0;
  // INVARIANT: holds exactly the descriptors that were given out and not removed.
  readonly #open = new Map<number, Descriptor>();

  add(descriptor: Descriptor): number {
    do this.#last = this.#last === maxNumber ? 1 : this.#last + 1;
    while (this.#open.has(this.#last));
    this.#open.set(this.#last, descriptor);
    return this.#last;
  }

  /** @throws {AppError} `bad-handle`. */
  get(number: number): Descriptor {
    const descriptor = this.#open.get(number);
    if (descriptor === undefined) throw new AppError('bad-handle', 'The file is not open.');
    return descriptor;
  }

  /** @throws {AppError} `bad-handle`. */
  remove(number: number): Descriptor {
    const descriptor = this.get(number);
    this.#open.delete(number);
    return descriptor;
  }

  /** An open file that was opened under this path. */
  openedAs(path: string): Descriptor | undefined {
    for (const descriptor of this.#open.values()) if (descriptor.path === path) return descriptor;
    return undefined;
  }
}

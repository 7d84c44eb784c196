import { AppError } from '../../core/errors.js';
import type { Inode } from '../../core/tree.js';
import type { FileSystem, Handle, OperationContext } from '../../vfs/file-system.js';

/** An open file of the kernel's. */
export interface OpenHandle {
  readonly inode: Inode;
  readonly handle: Handle;
  /** Bytes, as at open. */
  readonly size: number;
}

/** Room for the files that one life of the process opens. */
const numbersPerLife = 2 ** 32;

/** So many lives have numbers of their own within the 53 bits of a `number`. */
const lives = 2 ** 21;

/**
 * The file system's handles under numbers that outlive the process: a number that an earlier life gave out opens its
 * inode again, so that a reader does not notice the restart.
 */
export class Handles {
  readonly #fileSystem: FileSystem;
  readonly #open = new Map<number, OpenHandle>();
  // INVARIANT: greater than every number that this life gave out.
  #next: number;

  /** @param life counts the processes that served this mount, from 0. */
  constructor(fileSystem: FileSystem, life: number) {
    this.#fileSystem = fileSystem;
    this.#next = (life % lives) * numbersPerLife + 1;
  }

  /** @throws {AppError} what the file system throws. */
  open(inode: Inode, context: OperationContext): number {
    const number = this.#next;
    this.#next += 1;
    this.#open.set(number, this.#opened(inode, context));
    return number;
  }

  /** @throws {AppError} `item-gone` when it was opened in an earlier life and its file has left the tree. */
  get(number: number, inode: Inode, context: OperationContext): OpenHandle {
    const known = this.#open.get(number);
    if (known !== undefined) return known;
    const again = this.#reopened(inode, context);
    this.#open.set(number, again);
    return again;
  }

  /** Nothing happens with a number that this life does not know. */
  release(number: number): void {
    const known = this.#open.get(number);
    if (known === undefined) return;
    this.#open.delete(number);
    this.#fileSystem.release(known.inode, known.handle);
  }

  /** The inode of some open file; null where none is open. */
  someInode(): Inode | null {
    for (const { inode } of this.#open.values()) return inode;
    return null;
  }

  #opened(inode: Inode, context: OperationContext): OpenHandle {
    const { size } = this.#fileSystem.getattr(inode, context);
    return { inode, size, handle: this.#fileSystem.open(inode, context) };
  }

  #reopened(inode: Inode, context: OperationContext): OpenHandle {
    try {
      return this.#opened(inode, context);
    } catch (cause) {
      throw new AppError(
        'item-gone',
        'The file left the library, and debridfs was restarted since it was opened.',
        {
          cause,
        },
      );
    }
  }
}

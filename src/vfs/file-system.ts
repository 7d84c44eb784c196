import type { Inode } from '../core/tree.js';

/** Who asks, and until when an answer is wanted. */
export interface OperationContext {
  /** Fires when the asking process was killed or gave up, or the binding's deadline passed. */
  readonly signal: AbortSignal;
  /** The asking process (thread) id; 0 where unknown. */
  readonly pid: number;
}

export interface Attributes {
  readonly inode: Inode;
  /** The folder it is in; the root is in itself. */
  readonly parent: Inode;
  /** In its folder; empty for the root. */
  readonly name: string;
  readonly kind: 'directory' | 'file';
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly mtimeMs: number;
  /**
   * Always 1, for directories too: the value by which a file system says that it does not count links, so that `find`
   * does not conclude from it how many sub-directories there are (GNU findutils manual, "leaf optimisation").
   */
  readonly links: 1;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly attributes: Attributes;
  /** Hand this back as `cookie` to go on after this entry. */
  readonly cookie: bigint;
}

export interface FileSystemStatistics {
  /** Bytes per block of the counts below. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly freeBlocks: number;
  readonly files: number;
  readonly freeFiles: number;
  /** Longest name, in bytes. */
  readonly maxNameBytes: number;
}

/** A number that stands for an open file; never reused while the process lives. */
export type Handle = number;

/**
 * The file system as a kernel wants it, without FUSE and errno: inode-based, read-only, answering values or promises
 * and throwing `AppError`. Lookup, listing and attributes come from the published tree and never wait for an account.
 */
export interface FileSystem {
  /** @throws {AppError} `not-found`, `not-a-directory`. */
  lookup(parent: Inode, name: string, context: OperationContext): Attributes;
  /**
   * Also of a file that left the tree, while it is open.
   * @throws {AppError} `not-found`.
   */
  getattr(inode: Inode, context: OperationContext): Attributes;
  /**
   * Some entries after `cookie` (0n: from the start), without `.` and `..`; an empty array at the end. Entries that are
   * neither added nor removed meanwhile appear exactly once over all pages.
   * @param atMost no more entries than this are of use.
   * @throws {AppError} `not-found`, `not-a-directory`.
   */
  readdir(
    inode: Inode,
    cookie: bigint,
    context: OperationContext,
    atMost?: number,
  ): readonly DirectoryEntry[];
  /** Every folder, those that changed last first. */
  folders(): readonly Inode[];
  /** @throws {AppError} `not-found`, `is-a-directory`. */
  open(inode: Inode, context: OperationContext): Handle;
  /**
   * Exactly the bytes of the range that lie inside the file, as slices not to be written to; also of a file that left
   * the tree after it was opened.
   * @throws {AppError} `bad-handle`, `invalid` for a range that no file can have, or why the bytes cannot be had.
   */
  read(
    inode: Inode,
    handle: Handle,
    offset: number,
    length: number,
    context: OperationContext,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Unknown handles are ignored: there is nobody to tell. */
  release(inode: Inode, handle: Handle): void;
  statfs(): FileSystemStatistics;
}

import type { ContentId } from '../core/content.js';
import { AppError } from '../core/errors.js';
import type { OpenContent } from '../core/reading.js';
import type { FileNode, Inode, StaticNode } from '../core/tree.js';
import type { Handle } from './file-system.js';

/** An open file, as the status page tells it. */
export interface OpenFile {
  readonly handle: Handle;
  readonly inode: Inode;
  readonly name: string;
  /** Null for a file whose bytes are in the tree itself. */
  readonly content: ContentId | null;
  /** Bytes. */
  readonly size: number;
  /** The thread that opened it; 0 where unknown. */
  readonly pid: number;
  /** Name of the process that opened it; null where unknown. */
  readonly client: string | null;
  /** Wall clock milliseconds. */
  readonly openedMs: number;
  /** Bytes given to the reader so far, repeated ones counted again. */
  readonly bytesRead: number;
  /** Where its last read ended, in bytes from its start. */
  readonly position: number;
  /** Bytes behind that position that are here already: as `OpenContent.bufferedFrom`. */
  readonly buffered: number;
}

/** What the table keeps for one handle: the node as it was at open, so that it stays readable when it leaves the tree. */
export interface OpenEntry {
  readonly node: FileNode | StaticNode;
  readonly content: OpenContent;
  readonly pid: number;
  readonly client: string | null;
  readonly openedMs: number;
  bytesRead: number;
  position: number;
}

/** Handles and what they stand for. */
export class OpenFiles {
  // INVARIANT: greater than every handle ever given out.
  #next: Handle = 1;
  // INVARIANT: holds exactly the handles that were given out and not released.
  readonly #entries = new Map<Handle, OpenEntry>();

  add(entry: OpenEntry): Handle {
    const handle = this.#next;
    this.#next += 1;
    this.#entries.set(handle, entry);
    return handle;
  }

  /** @throws {AppError} `bad-handle` when it is not an open handle of this inode. */
  get(inode: Inode, handle: Handle): OpenEntry {
    const entry = this.#entries.get(handle);
    if (entry?.node.inode !== inode) {
      throw new AppError('bad-handle', 'The file is not open.', { context: { handle } });
    }
    return entry;
  }

  /** Some open node with this inode. A walk over all: dozens are open, and only a file that left the tree is looked for. */
  nodeOf(inode: Inode): FileNode | StaticNode | undefined {
    for (const { node } of this.#entries.values()) if (node.inode === inode) return node;
    return undefined;
  }

  remove(inode: Inode, handle: Handle): OpenEntry | undefined {
    const entry = this.#entries.get(handle);
    if (entry?.node.inode !== inode) return undefined;
    this.#entries.delete(handle);
    return entry;
  }

  list(): OpenFile[] {
    return [...this.#entries].map(
      ([handle, { node, content, pid, client, openedMs, bytesRead, position }]) => ({
        handle,
        inode: node.inode,
        name: node.name,
        content: node.kind === 'file' ? node.content : null,
        size: sizeOf(node),
        pid,
        client,
        openedMs,
        bytesRead,
        position,
        buffered: content.bufferedFrom(position),
      }),
    );
  }
}

/** Bytes of a file, wherever they come from. */
export function sizeOf(node: FileNode | StaticNode): number {
  return node.kind === 'file' ? node.size : node.bytes.length;
}

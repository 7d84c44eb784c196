import type { AccountName } from './account.js';
import type { ContentId, Content, Source } from './content.js';

/**
 * Number of a place in the tree: 63 bits from SHA-256 over what it is and where it is, so the same after a restart and
 * never reused for something else. The root is 1.
 */
export type Inode = bigint;

export const rootInode: Inode = 1n;

/** Numbers up to this one are given to nothing but the root, so that a listing may use them for `.` and `..`. */
export const lastReservedInode: Inode = 2n;

interface NodeBase {
  readonly inode: Inode;
  readonly parent: Inode;
  readonly name: string;
  /** Modification time, wall clock milliseconds. */
  readonly mtimeMs: number;
}

export interface DirectoryNode extends NodeBase {
  readonly kind: 'directory';
}

/** A file whose bytes come from an account. */
export interface FileNode extends NodeBase {
  readonly kind: 'file';
  readonly content: ContentId;
  /** Bytes. */
  readonly size: number;
  /** Only this account's sources are read (`accounts/`); null: any. */
  readonly pinnedTo: AccountName | null;
}

/** A small file whose bytes are known here, such as the sentinel. */
export interface StaticNode extends NodeBase {
  readonly kind: 'static';
  readonly bytes: Uint8Array;
}

export type TreeNode = DirectoryNode | FileNode | StaticNode;

/** The published tree, as the file system reads it: always complete, never waiting for anybody. */
export interface Tree {
  node(inode: Inode): TreeNode | undefined;
  child(parent: Inode, name: string): TreeNode | undefined;
  /** Children with an inode greater than `after`, in order of inode, at most `limit`: a listing may go on after changes. */
  children(parent: Inode, after: Inode, limit: number): TreeNode[];
  /** Children in order of name, from number `from` on, at most `limit`. */
  childrenFrom(parent: Inode, from: number, limit: number): TreeNode[];
  childCount(parent: Inode): number;
  /** Every folder, those that changed last first. */
  folders(): Inode[];
  /** How many nodes there are, and how many bytes their contents have, each counted once. */
  counts(): { readonly nodes: number; readonly bytes: number };
  content(id: ContentId): Content | undefined;
  /** Every place of a content, those for people first, then `all/`, then the accounts'. */
  places(id: ContentId): TreeNode[];
  /** Why nothing is shown of what a content holds as an archive, as a sentence; null where something is, or it is none. */
  sealed(id: ContentId): string | null;
  /** Who holds a content, readable ones first, then in order of account as configured. */
  sources(id: ContentId): Source[];
}

/** One published change of the tree. */
export interface TreeChange {
  readonly kind: 'added' | 'removed';
  readonly parent: Inode;
  readonly name: string;
  readonly inode: Inode;
  readonly directory: boolean;
}

import type { ContentReader } from '../../src/core/reading.js';
import type { Inode, Tree, TreeNode } from '../../src/core/tree.js';

export declare class MemoryTree implements Tree {
  node(inode: Inode): TreeNode | undefined;
  child(parent: Inode, name: string): TreeNode | undefined;
  children(parent: Inode, after: Inode, limit: number): TreeNode[];
  childrenFrom(parent: Inode, from: number, limit: number): TreeNode[];
  childCount(parent: Inode): number;
  folders(): Inode[];
  counts(): { readonly nodes: number; readonly bytes: number };
  content(): undefined;
  sealed(): null;
  places(): [];
  sources(): [];
  addDirectory(path: string, facts?: { readonly mtimeMs?: number }): Inode;
  addFile(
    path: string,
    facts: { readonly content: number; readonly size: number; readonly mtimeMs?: number },
  ): Inode;
  addStatic(path: string, bytes: Uint8Array, facts?: { readonly mtimeMs?: number }): Inode;
  remove(path: string): void;
  touch(inode: Inode, mtimeMs: number): void;
  find(path: string): TreeNode | undefined;
}

export declare function ramp(content: number, offset: number, length: number): Uint8Array;

export declare const rampReader: ContentReader;

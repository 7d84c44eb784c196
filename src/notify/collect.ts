import { rootInode, type Inode, type Tree, type TreeChange } from '../core/tree.js';
import { pathsAfter } from '../core/tree-path.js';
import type { FileNews } from './news.js';

export interface FileChange {
  /** From the mount's root, with a slash at its start. */
  readonly path: string;
  readonly news: Exclude<FileNews, 'changed'>;
}

/**
 * Which files changes of the tree concern, in order, the sentinel at its top aside. The thread that answers the kernel does this for
 * hundreds of thousands of files at a first sync.
 * @param tree as it is after them. @param isWanted whether anybody is told of what lies in a folder.
 */
export function fileChanges(
  changes: readonly TreeChange[],
  tree: Pick<Tree, 'node'>,
  isWanted: (folder: string) => boolean,
): readonly FileChange[] {
  const pathTo = pathsAfter(changes, (inode) => tree.node(inode));
  /** Null for those that nobody is told of. */
  const folders = new Map<Inode, string | null>();
  const files: FileChange[] = [];
  for (const { kind, parent, name, directory } of changes) {
    if (directory || parent === rootInode) continue;
    let folder = folders.get(parent);
    if (folder === undefined) {
      const path = pathTo(parent);
      folder = path !== null && isWanted(path) ? path : null;
      folders.set(parent, folder);
    }
    if (folder !== null) files.push({ path: `${folder}/${name}`, news: kind });
  }
  return files;
}

import { rootInode, type Inode, type Tree, type TreeChange } from '../core/tree.js';
import type { FileNews } from './news.js';

export interface FileChange {
  /** From the mount's root, with a slash at its start. */
  readonly path: string;
  readonly news: FileNews;
}

/** Which files changes of the tree concern, the sentinel at its top aside. `tree` is the tree as it is after them. */
export function fileChanges(changes: readonly TreeChange[], tree: Pick<Tree, 'node'>): readonly FileChange[] {
  /** Folders that went with these changes, so that what was in them can be named. */
  const gone = new Map<Inode, TreeChange>();
  for (const change of changes)
    if (change.directory && change.kind === 'removed') gone.set(change.inode, change);
  const folderPath = (inode: Inode): string | null => {
    const names: string[] = [];
    for (let at = inode; at !== rootInode;) {
      const folder = tree.node(at) ?? gone.get(at);
      // A cycle or a depth that no tree has: the store would be damaged.
      if (folder === undefined || names.length > 64) return null;
      names.unshift(folder.name);
      at = folder.parent;
    }
    return names.map((name) => `/${name}`).join('');
  };
  const byPath = new Map<string, FileNews>();
  for (const { kind, parent, name, directory } of changes) {
    if (directory || parent === rootInode) continue;
    const folder = folderPath(parent);
    if (folder === null) continue;
    const path = `${folder}/${name}`;
    const before = byPath.get(path);
    byPath.set(
      path,
      before === undefined || before === kind ? kind : kind === 'added' ? 'changed' : 'removed',
    );
  }
  return [...byPath].map(([path, news]) => ({ path, news }));
}

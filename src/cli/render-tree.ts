import { rootInode, type Inode, type Tree } from '../core/tree.js';
import { childrenByName } from '../core/tree-path.js';

/** A tree of more lines is no picture any more. */
const maxLines = 400;

/** The whole tree as indented lines, `/` after directories. */
export function renderTree(tree: Tree): string {
  const lines: string[] = [];
  let left = 0;
  const visit = (inode: Inode, depth: number): void => {
    const directory = tree.node(inode);
    if (directory === undefined) return;
    for (const node of childrenByName(tree, directory)) {
      if (lines.length < maxLines) {
        lines.push(`${'  '.repeat(depth)}${node.name}${node.kind === 'directory' ? '/' : ''}`);
        if (node.kind === 'directory') visit(node.inode, depth + 1);
      } else {
        left += 1;
      }
    }
  };
  visit(rootInode, 0);
  if (left > 0) lines.push('…');
  return lines.map((line) => `${line}\n`).join('');
}

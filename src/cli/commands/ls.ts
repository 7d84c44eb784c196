import { AppError } from '../../core/errors.js';
import type { TreeNode } from '../../core/tree.js';
import { readRunFile } from '../../server/run-file.js';
import { childrenByName, nodeAtPath } from '../../core/tree-path.js';
import { configFor, type CommandSetup } from '../command.js';
import { formatTime } from '../format.js';
import { pathInTree } from '../mount-path.js';

/** `debridfs ls`: the tree as it is in the store, without a mount and without a running process. */
export function addLs(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('ls')
    .argument('[path]', 'from the root of the mount', '/')
    .option('-l', 'with size and date')
    .description('list a folder of the tree, also while nothing is mounted')
    .action(
      setup.run((path: string, options: { readonly l?: true }) => {
        const { stateDir, mountpoint } = configFor(setup, 'places');
        const asked = pathInTree(path, readRunFile(stateDir)?.mountpoint ?? mountpoint, dependencies.cwd);
        const opened = dependencies.app.openTree(stateDir);
        try {
          const node = nodeAtPath(opened.tree, asked);
          if (node === undefined) throw new AppError('not-found', `There is no ${asked} in the tree.`);
          const shown = node.kind === 'directory' ? childrenByName(opened.tree, node) : [node];
          dependencies.stdout.write(shown.map((entry) => line(entry, options.l === true)).join(''));
        } finally {
          opened.close();
        }
        return Promise.resolve(0);
      }),
    );
}

function line(node: TreeNode, long: boolean): string {
  const name = node.kind === 'directory' ? `${node.name}/` : node.name;
  return long ? `${sizeOf(node).padStart(14)} ${formatTime(node.mtimeMs)} ${name}\n` : `${name}\n`;
}

/** Bytes; a directory has none worth telling. */
function sizeOf(node: TreeNode): string {
  switch (node.kind) {
    case 'directory':
      return '-';
    case 'file':
      return String(node.size);
    case 'static':
      return String(node.bytes.byteLength);
  }
}

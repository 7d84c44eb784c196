import { join } from 'node:path';
import { absolutePath } from '../../config/places.js';
import { createScrubber } from '../../config/scrub.js';
import { rootInode, type Inode, type Tree } from '../../core/tree.js';
import { childrenByName } from '../../core/tree-path.js';
import { helpWithoutPlaces, logConfigFor, type CommandSetup } from '../command.js';
import { quoteForShell } from '../format.js';
import { createLogger } from '../logger.js';
import { renderTree } from '../render-tree.js';
import { runUntilSignal } from '../run-until-signal.js';

/** `debridfs demo`: the whole program on embedded services, without an account and without a network. */
export function addDemo(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  const { stdout, stderr, cwd, home, self, version, app } = dependencies;
  program
    .command('demo')
    .configureHelp(helpWithoutPlaces)
    .argument('[mountpoint]', 'where to mount', './demo-mount')
    .option('--allow-other', 'let other users see the mount')
    .description('mount a sample library, served by embedded services')
    .action(
      setup.run(async (mountpoint: string, options: { readonly allowOther?: true }) => {
        const scrub = createScrubber([]);
        const logger = await createLogger(logConfigFor(setup, true), stderr, scrub);
        const demo = {
          mountpoint: absolutePath(mountpoint, cwd, home),
          allowOther: options.allowOther === true,
        };
        let started = null as string | null;
        const exitCode = await runUntilSignal(
          dependencies,
          (signal) => app.startDemo(demo, { logger, scrub, version, signal }),
          ({ tree, mountpoint: path, configuration, offer }) => {
            started = path;
            stdout.write(renderTree(tree));
            stdout.write(`ready: ${path}\n`);
            const call = `${self} --config ${quoteForShell(configuration)}`;
            stdout.write(hint(tree, path, self, `${call} add --buy ${offer}`, `${call} search pepper`));
          },
        );
        if (exitCode === 0 && started !== null) stdout.write(`unmounted: ${started}\n`);
        return exitCode;
      }),
    );
}

/** What to type in another terminal. */
function hint(tree: Tree, mountpoint: string, self: string, buying: string, searching: string): string {
  const movies = tree.child(rootInode, 'movies');
  const movie = movies === undefined ? null : largestFile(tree, movies.inode, ['movies']);
  const lines = [
    'Open it in another terminal:',
    `  ls ${quoteForShell(mountpoint)}`,
    ...(movie === null ? [] : [`  ffprobe ${quoteForShell(join(mountpoint, ...movie.names))}`]),
    'One film, Charge, costs traffic of a portal, so it is not read before it is bought, here for nothing:',
    `  ${buying}`,
    'The stand-in for nekoBT has an episode that no account holds yet:',
    `  ${searching}`,
    'Ctrl-C unmounts; so does, there:',
    `  ${self} unmount ${quoteForShell(mountpoint)}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** The largest file below a folder, which is a video, with the names on its way; null where there is none. */
function largestFile(
  tree: Tree,
  folder: Inode,
  names: readonly string[],
): { readonly names: readonly string[]; readonly size: number } | null {
  const directory = tree.node(folder);
  const found = (directory === undefined ? [] : childrenByName(tree, directory)).flatMap((node) => {
    const here = [...names, node.name];
    if (node.kind === 'file') return [{ names: here, size: node.size }];
    return node.kind === 'directory' ? (largestFile(tree, node.inode, here) ?? []) : [];
  });
  return found.sort((a, b) => b.size - a.size)[0] ?? null;
}

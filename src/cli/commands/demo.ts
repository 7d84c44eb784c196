import { absolutePath } from '../../config/places.js';
import { createScrubber } from '../../config/scrub.js';
import { logConfigFor, type CommandSetup } from '../command.js';
import { createLogger } from '../logger.js';
import { renderTree } from '../render-tree.js';
import { runUntilSignal } from '../run-until-signal.js';

/** `debridfs demo`: the whole program on embedded services, without an account and without a network. */
export function addDemo(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  const { stdout, stderr, cwd, home, version, app } = dependencies;
  program
    .command('demo')
    .argument('[mountpoint]', 'where to mount', './demo-mount')
    .option('--allow-other', 'let other users see the mount')
    .description('mount a sample library, served by embedded services')
    .action(
      setup.run(async (mountpoint: string, options: { readonly allowOther?: true }) => {
        const scrub = createScrubber([]);
        const logger = createLogger(logConfigFor(setup, true), stderr, scrub);
        const demo = {
          mountpoint: absolutePath(mountpoint, cwd, home),
          allowOther: options.allowOther === true,
        };
        return runUntilSignal(
          dependencies,
          (signal) => app.startDemo(demo, { logger, scrub, version, signal }),
          (running) => {
            stdout.write(renderTree(running.tree));
            stdout.write(`ready: ${running.mountpoint}\n`);
            stdout.write('Open it in another terminal, with ls, ffprobe or a player. Ctrl-C unmounts.\n');
          },
        );
      }),
    );
}

import type { RetagReport } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';
import { formatCount } from '../format.js';

/** `debridfs retag`: puts titles and ids that were learnt later into the names of the running process's tree. */
export function addRetag(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('retag')
    .argument('[path]', "from the mount's root, such as shows/Title; everything where it is left out")
    .option('--dry-run', 'only say what would be renamed')
    .description('put titles and ids that were learnt later into folder names')
    .action(
      setup.run(async (path: string | undefined, { dryRun }: { readonly dryRun?: true }) => {
        const { stateDir } = configFor(setup, 'places');
        const below = (path ?? '').replace(/^\/+|\/+$/g, '');
        const { renamed } = await askRunning<RetagReport>(stateDir, {
          method: 'POST',
          path: `/retag?path=${encodeURIComponent(below)}${dryRun === true ? '&dry=1' : ''}`,
          timeoutMs: null,
        });
        for (const { from, to } of renamed) dependencies.stdout.write(`${from}\n  -> ${to}\n`);
        const done = dryRun === true ? 'would be renamed' : 'renamed';
        dependencies.stdout.write(`${formatCount(renamed.length, 'file')} ${done}\n`);
        return 0;
      }),
    );
}

import type { SyncReport } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';

/** `debridfs sync`: asks the running process to ask every account now. */
export function addSync(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('sync')
    .option('--accept', 'accept a held change (not yet)')
    .description('let the running debridfs ask every account now')
    .action(
      setup.run(async (options: { readonly accept?: true }) => {
        if (options.accept === true) {
          dependencies.stderr.write('not yet: sync --accept\n');
          return 1;
        }
        const { stateDir } = configFor(setup, 'places');
        const { accounts } = await askRunning<SyncReport>(stateDir, {
          method: 'POST',
          path: '/sync',
          // A large library takes as long as its services let it; Ctrl-C ends the waiting.
          timeoutMs: null,
        });
        for (const { account, added, removed, failure } of accounts) {
          dependencies.stdout.write(`${account}: ${failure ?? `${added} added, ${removed} removed`}\n`);
        }
        return accounts.every(({ complete }) => complete) ? 0 : 1;
      }),
    );
}

import type { SyncReport } from '../../server/surface.js';
import { stateDirFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';

/** `debridfs sync`: asks the running process to ask every account now. */
export function addSync(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('sync')
    .option(
      '--accept [ACCOUNT]',
      'believe a loss that an account holds, since it is meant: you removed much, or everything',
    )
    .description('let the running debridfs ask every account now')
    .action(
      setup.run(async (options: { readonly accept?: string | true }) => {
        const stateDir = stateDirFor(setup);
        const { accounts } = await askRunning<SyncReport>(stateDir, {
          method: 'POST',
          path: syncPath(options.accept),
          // The process answers within minutes, whatever its services do.
          timeoutMs: null,
        });
        for (const { account, added, removed, held, accepted, failure } of accounts) {
          const remedy = accepted
            ? 'two listings did not agree on them, so try again later'
            : `"debridfs sync --accept ${account}" lets them go`;
          const kept = held === 0 ? '' : `, ${held} missing and kept: ${remedy}`;
          dependencies.stdout.write(
            `${account}: ${failure ?? `${added} added, ${removed} removed${kept}`}\n`,
          );
        }
        return accounts.every(({ complete }) => complete) ? 0 : 1;
      }),
    );
}

/** Another name for one account's: an older process, which would vouch for all of them, does not know it, and only syncs. */
function syncPath(accept: string | true | undefined): string {
  if (accept === undefined) return '/sync';
  return accept === true ? '/sync?accept=true' : `/sync?acceptOf=${encodeURIComponent(accept)}`;
}

import type { SyncReport } from '../../server/surface.js';
import { configFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';

/** `debridfs sync`: asks the running process to ask every account now. */
export function addSync(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('sync')
    .option(
      '--accept [account]',
      'believe a loss that an account holds, since it is meant: you removed much, or everything',
    )
    .description('let the running debridfs ask every account now')
    .action(
      setup.run(async ({ accept }: { readonly accept?: true | string }) => {
        const { stateDir } = configFor(setup, 'places');
        const { accounts } = await askRunning<SyncReport>(stateDir, {
          method: 'POST',
          path:
            accept === undefined
              ? '/sync'
              : `/sync?accept=${accept === true ? '' : encodeURIComponent(accept)}`,
          // The process answers within minutes, whatever its services do.
          timeoutMs: null,
        });
        const remedy =
          accept !== undefined
            ? 'two listings did not agree on them, so try again later'
            : '"debridfs sync --accept" lets them go';
        for (const { account, added, removed, held, failure } of accounts) {
          const kept = held === 0 ? '' : `, ${held} missing and kept: ${remedy}`;
          dependencies.stdout.write(
            `${account}: ${failure ?? `${added} added, ${removed} removed${kept}`}\n`,
          );
        }
        return accounts.every(({ complete }) => complete) ? 0 : 1;
      }),
    );
}

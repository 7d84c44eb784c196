import { readRunFile } from '../../server/run-file.js';
import type { StatusReport } from '../../server/surface.js';
import { stateDirFor, type CommandSetup } from '../command.js';
import { askRunning } from '../control-client.js';
import { renderStatus, type LocatedStatus } from '../render-status.js';

/** The process answers from memory; what is silent for longer is stuck. */
const patienceMs = 10_000;

/** `debridfs status`: what the running process is doing. */
export function addStatus(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('status')
    .option('--json', 'for programs')
    .description('say what the running debridfs is doing')
    .action(
      setup.run(async (options: { readonly json?: true }) => {
        const stateDir = stateDirFor(setup);
        const answer = await askRunning<StatusReport>(stateDir, {
          method: 'GET',
          path: '/status',
          timeoutMs: patienceMs,
        });
        const running = readRunFile(stateDir);
        const status: LocatedStatus = {
          ...answer,
          server: running?.server ?? null,
          ...(typeof running?.serverTrouble === 'string' ? { serverTrouble: running.serverTrouble } : {}),
        };
        const text =
          options.json === true
            ? `${JSON.stringify(status, null, 2)}\n`
            : renderStatus(status, dependencies.clock.now());
        dependencies.stdout.write(text);
        return 0;
      }),
    );
}

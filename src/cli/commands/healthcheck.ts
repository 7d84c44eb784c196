import { join } from 'node:path';
import { readRunFile } from '../../server/run-file.js';
import { stateDirFor, type CommandSetup } from '../command.js';

/** `debridfs healthcheck`: whether the mount answers, looked at from outside, for containers and monitors. */
export function addHealthcheck(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('healthcheck')
    .description('end with 0 where the mount answers, else with 1')
    .action(
      setup.run(async () => {
        const { stdout, machine } = dependencies;
        const stateDir = stateDirFor(setup);
        const running = readRunFile(stateDir);
        if (running === null) {
          stdout.write('debridfs is not running\n');
          return 1;
        }
        const { mountpoint } = running;
        // In another process, which a mount that hangs cannot keep from being killed.
        const found = await machine.lookAt(join(mountpoint, '.debridfs-mounted'));
        const isGood = found.kind === 'other';
        stdout.write(
          isGood
            ? `${mountpoint} answers\n`
            : `${mountpoint} is not mounted, or does not answer (${found.kind})\n`,
        );
        return isGood ? 0 : 1;
      }),
    );
}

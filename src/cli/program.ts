import { Command, CommanderError } from 'commander';
import { toAppError } from '../core/errors.js';
import { commonFlags, type CommandSetup } from './command.js';
import { addAdd } from './commands/add.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEmulate } from './commands/emulate.js';
import { addExplain } from './commands/explain.js';
import { addHealthcheck } from './commands/healthcheck.js';
import { addLogin } from './commands/login.js';
import { addLs } from './commands/ls.js';
import { addMount } from './commands/mount.js';
import { addRemove } from './commands/remove.js';
import { addSearch } from './commands/search.js';
import { addSetup } from './commands/setup.js';
import { addStatus } from './commands/status.js';
import { addRetag } from './commands/retag.js';
import { addSync } from './commands/sync.js';
import { addUnmount } from './commands/unmount.js';
import type { CliDependencies } from './dependencies.js';

/** Order in which `--help` lists the commands. */
const commands = [
  addMount,
  addDemo,
  addEmulate,
  addSetup,
  addLogin,
  addAdd,
  addSearch,
  addRemove,
  addRetag,
  addSync,
  addStatus,
  addLs,
  addExplain,
  addDoctor,
  addUnmount,
  addHealthcheck,
];

/**
 * Runs one command line. Never throws.
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration.
 */
export async function runCli(argv: readonly string[], dependencies: CliDependencies): Promise<number> {
  let exitCode = 0;
  const program = new Command('debridfs')
    .description('Shows the libraries of debrid accounts as one folder tree of movies and shows.')
    .version(dependencies.version, '--version')
    .option('--config <file>', 'configuration to use instead of the usual places')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('See --help.')
    .configureOutput({
      writeOut: (text) => dependencies.stdout.write(text),
      writeErr: (text) => dependencies.stderr.write(text),
    })
    .exitOverride();
  for (const { flags, description } of commonFlags) program.option(flags, description);
  const setup: CommandSetup = {
    program,
    dependencies,
    run:
      (action) =>
      async (...args) => {
        exitCode = await action(...args);
      },
  };
  for (const add of commands) add(setup);
  try {
    await program.parseAsync(argv);
    return exitCode;
  } catch (thrown) {
    // Commander has already written what is wrong, or the help that was asked for.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = toAppError(thrown);
    dependencies.stderr.write(`debridfs: ${error.message}\n`);
    return error.code === 'config' ? 2 : 1;
  }
}

import { createScrubber } from '../../config/scrub.js';
import { describeFaultRules } from '../../emulator/fault-text.js';
import { helpWithoutPlaces, logConfigFor, type CommandSetup } from '../command.js';
import { createLogger } from '../logger.js';
import { runUntilSignal } from '../run-until-signal.js';

/** `debridfs emulate`: the embedded services alone, to try a configuration or to reproduce an outage. */
export function addEmulate(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  const { stdout, stderr, version, app } = dependencies;
  program
    .command('emulate')
    .configureHelp(helpWithoutPlaces)
    .option('--fault <rule...>', 'faults to begin with, each in quotes (see below)')
    .option(
      '--login',
      'leave out of the configuration what `debridfs login` gets, and approve each login after 5 s',
    )
    .description('run stand-ins of all services, and print a configuration that uses them')
    .addHelpText('after', `\n${describeFaultRules()}`)
    .action(
      setup.run(async (options: { readonly fault?: readonly string[]; readonly login?: true }) => {
        const scrub = createScrubber([]);
        const logger = await createLogger(logConfigFor(setup, false), stderr, scrub);
        return runUntilSignal(
          dependencies,
          (signal) =>
            app.startEmulator(
              { faults: options.fault ?? [], logins: options.login === true },
              { logger, scrub, version, signal },
            ),
          (running) => stdout.write(running.configuration),
        );
      }),
    );
}

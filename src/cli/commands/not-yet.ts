import type { CommandSetup } from '../command.js';

/** Commands that have a name but no work yet. */
const names = {
  setup: 'write a first configuration',
} as const;

/** Adds the commands of later versions: each says so and ends with exit code 1. */
export function addNotYet(setup: CommandSetup): void {
  for (const [name, purpose] of Object.entries(names)) {
    setup.program
      .command(name)
      .argument('[words...]')
      .allowUnknownOption()
      .description(`${purpose} (not yet)`)
      .action(
        setup.run(() => {
          setup.dependencies.stderr.write(`not yet: ${name}\n`);
          return Promise.resolve(1);
        }),
      );
  }
}

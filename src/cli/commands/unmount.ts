import type { Config } from '../../config/config.js';
import { absolutePath } from '../../config/places.js';
import { AppError, toAppError } from '../../core/errors.js';
import { isAlive, readRunFile } from '../../server/run-file.js';
import { configFor, configWithoutFile, type CommandSetup } from '../command.js';
import { askRunning, isNotRunning } from '../control-client.js';
import { findDemo } from '../demo-folders.js';
import type { CliDependencies } from '../dependencies.js';

/** The process ends within ten seconds of being asked. */
const stopLimitMs = 12_000;
const pollMs = 50;

/** `debridfs unmount`: ends the running process, or clears what a dead one left. */
export function addUnmount(setup: CommandSetup): void {
  const { program, dependencies } = setup;
  program
    .command('unmount')
    .alias('umount')
    .argument('[mountpoint]', 'where it is mounted')
    .description('unmount, also a mount whose process is dead')
    .option('--if-mounted', 'end well, and say nothing, where nothing is mounted')
    .action(
      setup.run(async (given: string | undefined, options: { readonly ifMounted?: true }) => {
        const { cwd, home, temporary, self, app, stdout } = dependencies;
        const { stateDir, mountpoint: configured } = placesFor(setup, given !== undefined);
        const running = readRunFile(stateDir);
        const named = given === undefined ? null : absolutePath(given, cwd, home);
        const mountpoint = named ?? running?.mountpoint ?? configured;
        if (mountpoint === null) {
          throw new AppError(
            'config',
            `It is not known what to unmount. Say where: ${self} unmount MOUNTPOINT`,
          );
        }
        const found =
          running?.mountpoint === mountpoint ? { stateDir, running } : findDemo(temporary, mountpoint);
        const stopped =
          found !== null && (await stopRunning(found.stateDir, found.running.pid, dependencies));
        const cleared = await app.unmountAt(mountpoint);
        if (!stopped && cleared === 0) {
          if (options.ifMounted === true) return 0;
          throw new AppError('not-found', `debridfs is not mounted on ${mountpoint}.`);
        }
        stdout.write(`unmounted: ${mountpoint}\n`);
        return 0;
      }),
    );
}

/** Where things are. Who names the mountpoint needs no configuration: one that is wrong is told and passed over. */
function placesFor(setup: CommandSetup, isNamed: boolean): Config {
  try {
    return configFor(setup, 'places');
  } catch (thrown) {
    if (!isNamed) throw thrown;
    setup.dependencies.stderr.write(`debridfs: It goes on without the file. ${toAppError(thrown).message}\n`);
    return configWithoutFile(setup);
  }
}

/** Asks the process to end and waits for it; false when it does not end: then its mount is taken away under it. */
async function stopRunning(stateDir: string, pid: number, { clock }: CliDependencies): Promise<boolean> {
  try {
    await askRunning(stateDir, { method: 'POST', path: '/unmount', timeoutMs: stopLimitMs });
  } catch (thrown) {
    const { code } = toAppError(thrown);
    if (isNotRunning(thrown) || code === 'timeout') return false;
    // It may end before its answer is out.
    if (code !== 'bad-answer') throw thrown;
  }
  const deadline = clock.monotonic() + stopLimitMs;
  while (isAlive(pid) && clock.monotonic() < deadline) await clock.sleep(pollMs);
  return !isAlive(pid);
}

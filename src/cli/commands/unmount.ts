import { absolutePath } from '../../config/places.js';
import { AppError, toAppError } from '../../core/errors.js';
import { isAlive, readRunFile } from '../../server/run-file.js';
import { placesFor, type CommandSetup } from '../command.js';
import { askRunning, isNotRunning } from '../control-client.js';
import { findDemo } from '../demo-folders.js';
import type { CliDependencies } from '../dependencies.js';
import { quoteForShell } from '../format.js';

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
        const { cwd, home, temporary, self, app, stdout, stderr } = dependencies;
        const { stateDir, mountpoint: configured, isSure, trouble } = placesFor(setup);
        if (!isSure) stderr.write(`debridfs: It goes on without the file. ${trouble}\n`);
        const running = readRunFile(stateDir);
        const named = given === undefined ? null : absolutePath(given, cwd, home);
        const mountpoint = named ?? running?.mountpoint ?? configured;
        if (mountpoint === null) {
          throw new AppError(
            'config',
            `It is not known what to unmount. Say where: ${self} unmount MOUNTPOINT`,
          );
        }
        // Where it is not known which state folder is meant, the process may be that of another configuration.
        if (named === null && !isSure && running !== null && isAlive(running.pid)) {
          throw new AppError(
            'config',
            `It is not known whether the debridfs on ${mountpoint} is meant, which is running. Say so: ${self} unmount ${quoteForShell(mountpoint)}`,
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

/** The programs that the benchmark runs: how those in C are built, and how any of them is run with a time limit. */
import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const flags = ['-O2', '-Wall', '-Wextra', '-pthread'];

/** Compiles `name`.c of this folder. @returns the path of the program. */
export async function compileProgram(name, outputFolder, { cflags = [], libs = [] } = {}) {
  const output = join(outputFolder, basename(name));
  await run('gcc', [...flags, ...cflags, '-o', output, join(import.meta.dirname, `${name}.c`), ...libs]);
  return output;
}

const words = ({ stdout }) => stdout.split(/\s+/).filter((word) => word !== '');

/**
 * Compiles the load generator and, where libfuse3's headers are, the limit.
 * @returns their paths; `limit` is null where it cannot be compiled.
 */
export async function compilePrograms(outputFolder) {
  const load = await compileProgram('load', outputFolder);
  let cflags, libs;
  try {
    await run('pkg-config', ['--exists', 'fuse3 >= 3.12']);
    cflags = words(await run('pkg-config', ['--cflags', 'fuse3']));
    libs = words(await run('pkg-config', ['--libs', 'fuse3']));
  } catch {
    return { load, limit: null };
  }
  return { load, limit: await compileProgram('limit', outputFolder, { cflags, libs }) };
}

/** Whether a program can be found. */
export function isInstalled(program) {
  return run('sh', ['-c', 'command -v "$0"', program]).then(
    () => true,
    () => false,
  );
}

/**
 * Runs a program that uses a mount, so never in the process that serves it. At its time limit it is killed, and not waited
 * for: where it waits for a server that does not answer, it ends only with that.
 * @returns what it wrote to stdout.
 */
export async function runLimited(command, args, { limitSeconds, signal }) {
  const running = run(command, args, { killSignal: 'SIGKILL', maxBuffer: 2 ** 26, signal });
  const late = sleep(limitSeconds * 1000, null, { ref: false });
  const call = `${command} ${args[0]}`;
  try {
    const result = await Promise.race([running, late]);
    if (result !== null) return result.stdout;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`${call}: ${error.stderr.trim() || error.message}`, { cause: error });
  }
  running.child.kill('SIGKILL');
  running.catch(() => {});
  throw new Error(`${call} did not end within ${limitSeconds} s`);
}

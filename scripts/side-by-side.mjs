/** Runs programs beside each other that do not need one another, and tells what each wrote in one piece. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runForCode } from './run.mjs';

/**
 * Runs each line of programs beside the other lines, the programs of a line one after the other, whether or not the one before
 * succeeded. What the first line writes is seen as it comes; what another does, when that and all before it have ended.
 * @param lines of `{ name, run }`: what it is called, and what runs it with both outputs to what it is given, for its exit code.
 * @returns the names of those that failed.
 */
export async function runSideBySide(lines) {
  const folder = mkdtempSync(join(tmpdir(), 'debridfs-beside-'));
  try {
    const [first = [], ...others] = lines;
    const all = [
      runLine(first, 'inherit'),
      ...others.map(async (line, index) => {
        const path = join(folder, String(index));
        const file = openSync(path, 'w');
        try {
          return await runLine(line, file);
        } finally {
          closeSync(file);
        }
      }),
    ];
    // None is left behind where one cannot be run.
    const ended = Promise.allSettled(all);
    const failed = [];
    for (const [index, line] of all.entries()) {
      const names = await line.catch(() => []);
      if (index > 0) process.stdout.write(readFileSync(join(folder, String(index - 1))));
      failed.push(...names);
    }
    for (const { reason } of await ended) if (reason !== undefined) throw reason;
    return failed;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program of Node, as `runSideBySide` takes it. */
export function script(name, path, ...args) {
  const command = [join(root, path), ...args];
  return {
    name,
    run: (output) => runForCode(process.execPath, command, { stdio: ['ignore', output, output] }),
  };
}

/** Runs programs one after the other. @returns the names of those that failed. */
async function runLine(programs, output) {
  const failed = [];
  for (const { name, run } of programs) {
    const heading = `\n== ${name}\n`;
    if (output === 'inherit') process.stdout.write(heading);
    else writeSync(output, heading);
    if ((await run(output)) !== 0) failed.push(name);
  }
  return failed;
}

/** Runs programs beside each other that do not need one another, and tells what each wrote in one piece. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runForCode } from './run.mjs';

/**
 * Runs each line of programs beside the other lines, the programs of a line one after the other, whether or not the one before
 * succeeded. What the first line writes is seen as it comes; what another does, when that and all before it have ended.
 * @param lines of `{ name, command, args }`, with options of `runForCode` besides.
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

/** Runs programs one after the other. @returns the names of those that failed. */
async function runLine(programs, output) {
  const failed = [];
  for (const { name, command, args, ...options } of programs) {
    const code = await runForCode(command, args, { ...options, stdio: ['ignore', output, output] });
    if (code !== 0) failed.push(name);
  }
  return failed;
}

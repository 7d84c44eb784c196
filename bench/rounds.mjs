/** How a benchmark runs: what is chosen of it, in which order it is measured, and that nothing is left behind. */
/* global AbortController */
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param names of some of them, with commas; undefined: all. */
export function pick(all, names) {
  if (names === undefined) return all;
  return names.split(',').map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new Error(`There is no ${name}: choose from ${all.map((one) => one.name).join(', ')}.`);
  });
}

export function roundsFrom(text) {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1) return rounds;
  throw new Error('--rounds is a number from 1 on.');
}

/** All that is to be measured, in order: nobody is always first, or always after the same one. */
function* turns(rounds, cases, columns, isFor) {
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, benchCase] of cases.entries()) {
      const able = columns.filter((column) => isFor(column, benchCase));
      const step = round % 2 === 0 ? 1 : -1;
      for (let turn = 0; turn < able.length; turn += 1) {
        yield { round, benchCase, column: able.at((turn * step + index + round) % able.length) };
      }
    }
  }
}

/**
 * Measures every case in every column that it is for, in rounds. One that fails is noted, and the exit code is 1.
 * @param measure gives samples. @param folder its name is left out of the notes.
 */
export async function measureRounds({ rounds, cases, columns, isFor, measure, folder, signal }) {
  const samples = new Map();
  const samplesOf = (column, benchCase) => samples.get(`${column} ${benchCase}`) ?? [];
  const failures = [];
  for (const { round, benchCase, column } of turns(rounds, cases, columns, isFor)) {
    process.stderr.write(`Round ${round + 1} of ${rounds}: ${benchCase.name}, ${column.title}\n`);
    try {
      const measured = await measure(benchCase, column, round);
      const key = `${column.name} ${benchCase.name}`;
      samples.set(key, [...samplesOf(column.name, benchCase.name), ...measured]);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error.message.replaceAll(`${folder}/`, '').trim();
      failures.push(`Failed: ${benchCase.name} on ${column.title}: ${reason}`);
      process.stderr.write(`${failures.at(-1)}\n`);
      process.exitCode = 1;
    }
  }
  return { samplesOf, failures };
}

/**
 * Runs work that a signal ends early.
 * @param work gets a folder for mounts, which is to be empty again when it has ended, one for all else, which is removed, and the signal.
 */
export async function withFolders(work) {
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
  }
  const mountFolder = await mkdtemp(join(tmpdir(), 'debridfs-bench-'));
  const folder = join(mountFolder, 'work');
  try {
    await mkdir(folder);
    await work({ mountFolder, folder, signal: interruption.signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
    // Not what is in it: that would be a mount that could not be taken away.
    await rmdir(mountFolder);
  }
}

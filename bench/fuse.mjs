/**
 * `npm run bench:fuse`: measures our binding to the kernel side by side with fuse-native and with the same in C, and
 * prints a table. Needs root, gcc, and libfuse3-dev for the column in C. Options:
 *
 *   --rounds N           3 unless told
 *   --quick              one round, shorter
 *   --only case,case     sequential, direct, random, getattr, find, delayed, bursts
 *   --servers a,b        fuse-native, fuse-native-64 (64 reads under way instead of libfuse2's 12), kernel,
 *                        kernel-thread, c
 *   --write FILE         puts the table between the marks `<!-- bench:fuse -->` and `<!-- /bench:fuse -->`, unless
 *                        something failed
 *
 * This process and the servers never touch a mount: only programs that can be killed do.
 */
/* global AbortController */
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asScript, root, run } from '../scripts/run.mjs';
import { cases } from './cases.mjs';
import { compilePrograms, runLimited } from './programs.mjs';
import { report, reportWriter } from './report.mjs';
import { ServerProcess } from './server-process.mjs';
import { allServers, defaultServers } from './servers.mjs';

/** A program of the load has this long, with its own time limits inside. */
const loadLimitSeconds = 120;

function pick(all, names) {
  return names.split(',').map((name) => {
    const found = all.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new Error(`There is no ${name}: choose from ${all.map((one) => one.name).join(', ')}.`);
  });
}

/** Mounts, measures one case, and leaves nothing behind. */
async function measure(benchCase, server, { folder, loadProgram, quick, signal }) {
  const { delayMs = 0, readAheadKib } = benchCase;
  const serverProcess = await ServerProcess.start(server, { folder, delayMs, readAheadKib, signal });
  const { mountpoint } = serverProcess;
  const runProgram = (command, args, limitSeconds) => runLimited(command, args, { limitSeconds, signal });
  try {
    return await benchCase.measure({
      quick,
      mountpoint,
      ask: (command) => serverProcess.ask(command),
      run: runProgram,
      async load(mode, options, files) {
        const paths = files.map((file) => join(mountpoint, file));
        return JSON.parse(await runProgram(loadProgram, [mode, ...options, ...paths], loadLimitSeconds));
      },
    });
  } catch (error) {
    process.stderr.write(serverProcess.errors);
    throw error;
  } finally {
    await serverProcess.stop();
  }
}

function isFor(server, benchCase) {
  return server.cases?.includes(benchCase.name) ?? true;
}

/** All that is to be measured, in order: nobody is always first, or always after the same one. */
function* turns(rounds, chosenCases, servers) {
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, benchCase] of chosenCases.entries()) {
      const able = servers.filter((server) => isFor(server, benchCase));
      const step = round % 2 === 0 ? 1 : -1;
      for (let turn = 0; turn < able.length; turn += 1) {
        yield { round, benchCase, server: able.at((turn * step + index + round) % able.length) };
      }
    }
  }
}

async function benchmark(values, { folder, programs, signal }) {
  const quick = values.quick;
  const rounds = quick ? 1 : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds is a number from 1 on.');
  const chosenCases = pick(cases, values.only ?? cases.map(({ name }) => name).join(','));
  const write = values.write === undefined ? null : await reportWriter(values.write);
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const { load, limit } = await compilePrograms(programs);
  const chosen = pick(allServers({ limit }), values.servers);
  const servers = chosen.filter((server) => {
    return server.missing === null && chosenCases.some((benchCase) => isFor(server, benchCase));
  });
  const leftOut = chosen.filter(({ missing }) => missing !== null);
  const notes = leftOut.map(({ title, missing }) => `Left out: ${title}, because ${missing}.`);

  const samples = new Map();
  const samplesOf = (server, benchCase) => samples.get(`${server.name} ${benchCase.name}`) ?? [];
  for (const { round, benchCase, server } of turns(rounds, chosenCases, servers)) {
    process.stderr.write(`Round ${round + 1} of ${rounds}: ${benchCase.name}, ${server.title}\n`);
    try {
      const measured = await measure(benchCase, server, { folder, loadProgram: load, quick, signal });
      samples.set(`${server.name} ${benchCase.name}`, [...samplesOf(server, benchCase), ...measured]);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error.message.replaceAll(`${folder}/`, '').trim();
      notes.push(`Failed: ${benchCase.name} on ${server.title}: ${reason}`);
      process.stderr.write(`${notes.at(-1)}\n`);
      process.exitCode = 1;
    }
  }
  const markdown = report({ cases: chosenCases, servers, rounds, samplesOf, notes });
  process.stdout.write(markdown);
  if (process.exitCode !== 1) await write?.(markdown);
}

await asScript(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      servers: { type: 'string', default: defaultServers },
      write: { type: 'string' },
    },
  });
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(name, () => interruption.abort(new Error(`interrupted by ${name}`)));
  }
  const folder = await mkdtemp(join(tmpdir(), 'debridfs-bench-'));
  const programs = join(folder, 'programs');
  try {
    await mkdir(programs);
    await benchmark(values, { folder, programs, signal: interruption.signal });
  } finally {
    await rm(programs, { recursive: true, force: true });
    // Not what is in it: that would be a mount that could not be taken away.
    await rmdir(folder);
  }
});

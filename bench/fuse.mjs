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
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asScript, root, run } from '../scripts/run.mjs';
import { baseline, cases } from './cases.mjs';
import { compilePrograms, runLimited } from './programs.mjs';
import { report, reportWriter } from './report.mjs';
import { measureRounds, pick, roundsFrom, withFolders } from './rounds.mjs';
import { ServerProcess } from './server-process.mjs';
import { allServers, defaultServers } from './servers.mjs';

/** A program of the load has this long, with its own time limits inside. */
const loadLimitSeconds = 120;

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

async function benchmark(values, { folder, programs, signal }) {
  const quick = values.quick;
  const rounds = quick ? 1 : roundsFrom(values.rounds);
  const chosenCases = pick(cases, values.only);
  const write = values.write === undefined ? null : await reportWriter(values.write, 'bench:fuse');
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const { load, limit } = await compilePrograms(programs);
  const chosen = pick(allServers({ limit }), values.servers);
  const servers = chosen.filter((server) => {
    return server.missing === null && chosenCases.some((benchCase) => isFor(server, benchCase));
  });
  const leftOut = chosen.filter(({ missing }) => missing !== null);
  const { samplesOf, failures } = await measureRounds({
    ...{ rounds, cases: chosenCases, columns: servers, isFor, folder, signal },
    measure: (benchCase, server) => measure(benchCase, server, { folder, loadProgram: load, quick, signal }),
  });
  const markdown = report({
    ...{ cases: chosenCases, columns: servers, baseline, samplesOf },
    legend: `Median (smallest–largest) of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, and the ratio to fuse-native; bold where the aim is reached.`,
    notes: [...leftOut.map(({ title, missing }) => `Left out: ${title}, because ${missing}.`), ...failures],
  });
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
  await withFolders(({ mountFolder, folder, signal }) =>
    benchmark(values, { folder: mountFolder, programs: folder, signal }),
  );
});

/**
 * `npm run bench`: measures how debridfs, as it is mounted by a user, reads from a file server on this machine, side by side with
 * rclone's mount of the same server and with a client without a mount, and prints a table. Needs root, gcc, rclone and, for the
 * ffprobe case, ffmpeg. Options:
 *
 *   --rounds N           3 unless told
 *   --only case,case     first-byte, random, capped, cold, warm, disk, players, memory, ffprobe
 *   --clients a,b        bare, rclone, debridfs
 *   --write FILE         puts the table between the marks `<!-- bench -->` and `<!-- /bench -->`, unless something failed
 *   --node-option O      for the process that serves debridfs's mount, such as --cpu-prof; again for each
 *
 * This process never touches a mount: only programs that can be killed do.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { asScript, root, run } from '../scripts/run.mjs';
import { LineProcess } from './line-process.mjs';
import { compileProgram, isInstalled, runLimited } from './programs.mjs';
import { startAccount } from './reading/account.mjs';
import { clients } from './reading/clients.mjs';
import { crowdCases } from './reading/crowd-cases.mjs';
import { bigFiles, serverList } from './reading/files.mjs';
import { latencyCases } from './reading/latency-cases.mjs';
import { makeMedia } from './reading/media.mjs';
import { probeCase } from './reading/probe-case.mjs';
import { sequentialCases } from './reading/sequential-cases.mjs';
import { report, reportWriter } from './report.mjs';
import { measureRounds, pick, roundsFrom, withFolders } from './rounds.mjs';

const cases = [...latencyCases, ...sequentialCases, ...crowdCases, probeCase];

/** What a reader may take, with its own time limits inside. */
const readLimitSeconds = 90;
/** Readers at once in one program of the load: libuv has four threads unless told. */
const readerThreads = 64;

/** Those that can be measured here, and notes of the others. */
async function split(all) {
  const able = [];
  const notes = [];
  for (const one of all) {
    const { program, title, name } = one;
    const isThere = program === undefined || (await isInstalled(program));
    if (isThere) able.push(one);
    else notes.push(`Left out: ${title ?? name}, because ${program} is not installed.`);
  }
  return { able, notes };
}

/** What serves: the file server, and the account whose links lead to it. */
async function startServers(folder, { films, scans, media, signal }) {
  const program = await compileProgram(join('reading', 'file-server'), folder, { libs: ['-lm'] });
  const list = join(folder, 'files');
  const files = [...films, ...scans, ...media];
  await writeFile(list, serverList(files));
  const server = new LineProcess([program, list]);
  const { origin } = await server.nextLine();
  signal.throwIfAborted();
  const account = await startAccount(files, origin);
  return {
    origin,
    account,
    ask: (command) => server.ask(command),
    async settings({ delayMs = 0, capBytesPerSecond = 0 }) {
      await server.ask(`delay ${delayMs}`);
      await server.ask(`cap ${capBytesPerSecond}`);
    },
    async stop() {
      await account.stop();
      await server.stop();
    },
  };
}

function reader(signal) {
  const program = join(import.meta.dirname, 'reading', 'reader.mjs');
  return async (job, options) => {
    const args = [`UV_THREADPOOL_SIZE=${readerThreads}`, process.execPath, program];
    const plan = JSON.stringify({ job, ...options });
    return JSON.parse(await runLimited('env', [...args, plan], { limitSeconds: readLimitSeconds, signal }));
  };
}

/** Starts a client, measures one case with it, and leaves nothing behind. */
async function measure(benchCase, column, { servers, shared, nodeOptions }) {
  const { folder, mountFolder, films, signal } = shared;
  await servers.settings({});
  await servers.ask('reset');
  const start = {
    folder,
    mountFolder,
    signal,
    nodeOptions,
    origin: servers.origin,
    account: servers.account.config,
  };
  const client = await column.start({ ...start, readyFile: films[0] });
  try {
    return await benchCase.measure({
      ...shared,
      ...{ client, isBare: column.name === 'bare', isOurs: column.isOurs === true },
      ...{ ask: servers.ask, settings: servers.settings, apiCalls: servers.account.calls },
    });
  } catch (error) {
    process.stderr.write(client.process?.output ?? '');
    throw error;
  } finally {
    await client.stop();
  }
}

/** @param mountFolder for mountpoints alone. */
async function benchmark(values, { folder, mountFolder, signal }) {
  const rounds = roundsFrom(values.rounds);
  const { able: chosenCases, notes: missingCases } = await split(pick(cases, values.only));
  const { able: columns, notes: missingClients } = await split(pick(clients, values.clients));
  const write = values.write === undefined ? null : await reportWriter(values.write, 'bench');
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const needsMedia = chosenCases.includes(probeCase);
  const media = needsMedia ? await makeMedia(folder, signal) : [];
  const touchedLibrary = needsMedia
    ? await compileProgram(join('reading', 'touched'), folder, {
        cflags: ['-shared', '-fPIC'],
        libs: ['-ldl'],
      })
    : null;
  const { films, scans } = bigFiles();
  const servers = await startServers(folder, { films, scans, media, signal });
  const shared = {
    ...{ folder, mountFolder, films, scans, media, touchedLibrary, signal, sleep, read: reader(signal) },
    run: (command, args, limitSeconds) => runLimited(command, args, { limitSeconds, signal }),
    /** Lets the kernel forget what it keeps of a file of a mount, and nothing else. */
    dropPages: ({ path }) =>
      runLimited('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], {
        limitSeconds: 10,
        signal,
      }),
  };
  try {
    const { samplesOf, failures } = await measureRounds({
      ...{ rounds, cases: chosenCases, columns, folder, signal },
      isFor: (column, benchCase) => benchCase.clients.includes(column.name),
      measure: (benchCase, column, round) =>
        measure(benchCase, column, {
          servers,
          shared: { ...shared, round },
          nodeOptions: values['node-option'],
        }),
    });
    const markdown = report({
      ...{ cases: chosenCases, columns, samplesOf, notes: [...missingCases, ...missingClients, ...failures] },
      legend: `Median (smallest–largest) of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}; for debridfs, how it compares where the aim is relative, and bold where it is reached.`,
    });
    process.stdout.write(markdown);
    if (process.exitCode !== 1) await write?.(markdown);
  } finally {
    await servers.stop();
  }
}

await asScript(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      only: { type: 'string' },
      clients: { type: 'string' },
      write: { type: 'string' },
      'node-option': { type: 'string', multiple: true, default: [] },
    },
  });
  await withFolders((places) => benchmark(values, places));
});

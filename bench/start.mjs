/**
 * `npm run bench:start`: measures how soon debridfs shows a library of 100,000 files that an earlier run left, when its account
 * does not answer, and prints a table. Options:
 *
 *   --rounds N           7 unless told
 *   --library FOLDER     where the library is kept for the next time, made where it is missing; left out: it is made anew
 *   --write FILE         puts the table between the marks `<!-- bench:start -->` and `<!-- /bench:start -->`, unless something failed
 *   --node-option O      for debridfs, such as --cpu-prof; again for each
 *
 * This process never touches a mount: only programs that can be killed do.
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { asScript, root, run } from '../scripts/run.mjs';
import { atMost } from './aims.mjs';
import { runLimited } from './programs.mjs';
import { report, reportWriter } from './report.mjs';
import { measureRounds, roundsFrom, withFolders } from './rounds.mjs';
import { StartedMount } from './start/started-mount.mjs';

const cases = [
  {
    name: 'start',
    metrics: {
      node: { title: 'Node alone, from start to end, ms' },
      mounted: { title: 'From start to mounted, ms' },
      listed: { title: 'From start to the end of the first `ls movies/`, ms', aims: [atMost(1000)] },
    },
  },
];
const columns = [{ name: 'debridfs', title: 'debridfs mount', isOurs: true }];

const listLimitSeconds = 20;

/** An account's API that takes calls and never answers. */
async function startSilence() {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}

async function configuration({ stateDir, mountpoint, folder, apiUrl, accountName }) {
  const file = join(folder, 'config.yaml');
  const config = {
    ...{ mountpoint, stateDir, cache: { dir: join(folder, 'cache') } },
    accounts: [{ name: accountName, service: 'real-debrid', token: 'bench-token', apiUrl }],
    server: { listen: '127.0.0.1:0' },
    log: { format: 'json' },
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

async function measure({ command, mountpoint, movieCount, signal }) {
  const began = performance.now();
  await runLimited(process.execPath, ['-e', ''], { limitSeconds: listLimitSeconds, signal });
  const node = performance.now() - began;
  const mount = new StartedMount(command, mountpoint);
  try {
    await mount.mounted();
    const mounted = mount.elapsedMs;
    const names = await runLimited('ls', [join(mountpoint, 'movies')], {
      limitSeconds: listLimitSeconds,
      signal,
    });
    const listed = mount.elapsedMs;
    const count = names.split('\n').length - 1;
    if (count !== movieCount) throw new Error(`movies/ has ${count} folders of ${movieCount}.`);
    return [{ node, mounted, listed }];
  } finally {
    await mount.stop();
  }
}

async function benchmark(values, { folder, mountFolder, signal }) {
  const rounds = roundsFrom(values.rounds);
  const write = values.write === undefined ? null : await reportWriter(values.write, 'bench:start');
  await run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  const { accountName, fileCount, makeLibrary, movieCount } = await import('./start/library.mjs');
  const stateDir = values.library ?? join(folder, 'state');
  process.stderr.write(`A library of ${fileCount.toLocaleString('en-US')} files is made ready.\n`);
  await makeLibrary(stateDir, signal);
  const mountpoint = join(mountFolder, 'mount');
  const apiUrl = await startSilence();
  const config = await configuration({ stateDir, mountpoint, folder, apiUrl, accountName });
  const main = join(root, 'dist', 'main.js');
  const command = [process.execPath, ...values['node-option'], main, '--config', config, 'mount'];
  const [load] = loadavg();
  const { samplesOf, failures } = await measureRounds({
    ...{ rounds, cases, columns, folder, signal },
    isFor: () => true,
    measure: () => measure({ command, mountpoint, movieCount, signal }),
  });
  const markdown = report({
    ...{ cases, columns, samplesOf, notes: failures },
    legend: `Median (smallest–largest) of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, at a load of ${load.toFixed(1)} when they began; bold where the aim is reached.`,
  });
  process.stdout.write(markdown);
  if (process.exitCode !== 1) await write?.(markdown);
}

await asScript(async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      library: { type: 'string' },
      write: { type: 'string' },
      'node-option': { type: 'string', multiple: true, default: [] },
    },
  });
  await withFolders((places) => benchmark(values, places));
});

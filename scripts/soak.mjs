/** `npm run soak`: lets a mount live with readers, troubles and restarts for as long as is wanted. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { asScript, root, runForCode } from './run.mjs';
import { setUp } from './setup.mjs';

const help = `Usage: npm run soak -- [--minutes N] [--seed TEXT]

Mounts a library of stand-ins and lets readers, scans, syncs, faults of every kind, kills and restarts come over it, for ten minutes
unless told otherwise. It fails where a byte was wrong, an entry was lost, something hung, or memory and descriptors grew.

--seed  makes the same troubles again as a run that failed, which tells it
`;

await asScript(async () => {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return;
  }
  const minutes = Number(values.minutes ?? 10);
  if (!(minutes > 0)) throw new Error('--minutes must be a number above 0.');
  await setUp();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { ...process.env, SOAK_SECONDS: String(minutes * 60) };
  if (values.seed !== undefined) env.SOAK_SEED = values.seed;
  const args = [vitest, 'run', '--project', 'mount', 'test/mount/soak.test.ts'];
  process.exitCode = await runForCode(process.execPath, args, {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
});

/** `npm test`: sets up what is missing, then runs all tests, those on a real kernel mount included. */
import { join } from 'node:path';
import { asScript, root, runForCode } from './run.mjs';
import { setUp } from './setup.mjs';

await asScript(async () => {
  await setUp();
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  process.exitCode = await runForCode(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
});

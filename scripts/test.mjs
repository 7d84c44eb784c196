/**
 * `npm test`: sets up what is missing, then runs all tests: those on a real kernel mount, and beside them those that need nothing but
 * Node and those of the other ways to the kernel. With arguments it is `vitest run` with these.
 */
import { join } from 'node:path';
import { asScript, root, runForCode } from './run.mjs';
import { setUp } from './setup.mjs';
import { runSideBySide, script } from './side-by-side.mjs';

const vitest = 'node_modules/vitest/vitest.mjs';

/** Those of these projects. Vitest itself would have the first ones wait for the last. Two of it would write one cache at the same time. */
function tests(name, ...projects) {
  return script(name, vitest, 'run', '--no-cache', ...projects.flatMap((project) => ['--project', project]));
}

await asScript(async () => {
  await setUp();
  const args = process.argv.slice(2);
  if (args.length > 0) {
    process.exitCode = await runForCode(process.execPath, [join(root, vitest), 'run', ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return;
  }
  const others = [
    tests('fast tests', 'fast'),
    tests('tests of other ways to the kernel', 'thread', 'fuse-native'),
  ];
  const failed = await runSideBySide([[tests('tests on a mount', 'mount')], others]);
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}`);
});

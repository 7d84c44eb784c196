/**
 * `npm run check`: format, types, lint, dead code and the tests that need nothing but Node, beside each other, because each keeps one
 * processor busy. With `--static` (`npm run check:static`) without the tests.
 */
import { asScript } from './run.mjs';
import { runSideBySide, script } from './side-by-side.mjs';

const lint = script('eslint', 'node_modules/eslint/bin/eslint.js', '.');
const others = [
  script('prettier', 'node_modules/prettier/bin/prettier.cjs', '--check', '.'),
  script('tsc', 'node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  script('knip', 'node_modules/knip/bin/knip.js'),
];
const tests = script('tests', 'node_modules/vitest/vitest.mjs', 'run', '--project', 'fast');

await asScript(async () => {
  const lines = process.argv.includes('--static') ? [others, [lint]] : [[...others, lint], [tests]];
  const failed = await runSideBySide(lines);
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}`);
});

/**
 * `npm run check`: format, types, lint, dead code and the tests that need nothing but Node, beside each other, because each keeps one
 * processor busy. With `--static` (`npm run check:static`) without the tests.
 */
import { join } from 'node:path';
import { asScript, root } from './run.mjs';
import { runSideBySide } from './side-by-side.mjs';

/** A program of a package, as its `bin` names it. */
function tool(name, path, ...args) {
  return { name, command: process.execPath, args: [join(root, 'node_modules', path), ...args] };
}

const lint = tool('eslint', 'eslint/bin/eslint.js', '.');
const others = [
  tool('prettier', 'prettier/bin/prettier.cjs', '--check', '.'),
  tool('tsc', 'typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  tool('knip', 'knip/bin/knip.js'),
];
const tests = tool('tests', 'vitest/vitest.mjs', 'run', '--project', 'fast');

await asScript(async () => {
  const lines = process.argv.includes('--static') ? [others, [lint]] : [[...others, lint], [tests]];
  const failed = await runSideBySide(lines);
  if (failed.length > 0) throw new Error(`Failed: ${failed.join(', ')}`);
});

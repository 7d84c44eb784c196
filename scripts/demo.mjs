/** `npm run demo`: sets up what is missing, then runs `debridfs demo` in this very process, so that signals reach it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { asScript, root } from './run.mjs';
import { setUp } from './setup.mjs';

await asScript(async () => {
  await setUp();
  process.argv.splice(1, 1, join(root, 'dist', 'main.js'), 'demo');
  await import(pathToFileURL(join(root, 'dist', 'main.js')).href);
});

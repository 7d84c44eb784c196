/** Compiles `src/` to `dist/`, unless `dist/` is newer than everything it is made from. */
import { chmodSync, cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asScript, root, run } from './run.mjs';

const dist = join(root, 'dist');
const mark = join(dist, '.built');

function newestMs(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), mtimeMs);
}

await asScript(async () => {
  const sources = ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];
  const newest = Math.max(...sources.map((source) => newestMs(join(root, source))));
  if (!existsSync(mark) || statSync(mark).mtimeMs < newest) {
    rmSync(dist, { recursive: true, force: true });
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')]);
    cpSync(join(root, 'src/server/page'), join(dist, 'server/page'), { recursive: true });
    chmodSync(join(dist, 'main.js'), 0o755);
    writeFileSync(mark, '');
  }
});

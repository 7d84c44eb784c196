import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

test('every promise of docs/SEMANTICS.md has a mount test of that title', async () => {
  const document = await readFile(new URL('docs/SEMANTICS.md', root), 'utf8');
  const promises = [...document.matchAll(/^### (.+)$/gm)].map((match) => match[1]);
  expect(promises.length).toBeGreaterThan(10);

  const folder = new URL('test/mount/', root);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
  const sources = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')));
  const titles = sources.flatMap((source) =>
    [...source.matchAll(/^test\('(.+)', /gm)].map((match) => match[1]),
  );
  expect(promises.filter((promise) => !titles.includes(promise))).toEqual([]);
});

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const docs = new URL('../docs/', import.meta.url);

interface Named {
  readonly title: string;
  readonly file: string;
}

it('every row of docs/RELIABILITY.md names tests that there are', async () => {
  const page = await readFile(new URL('RELIABILITY.md', docs), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (Fault|-)/.test(line));
  expect(rows.length).toBeGreaterThan(60);

  const tests = rows.map((row): Named[] => {
    const cell = row.split(' | ').at(-1) ?? '';
    return [...cell.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g)].map(([, title = '', file = '']) => ({
      title,
      file,
    }));
  });
  expect(rows.filter((_, index) => tests[index]?.length === 0)).toEqual([]);

  const missing: Named[] = [];
  for (const named of tests.flat()) {
    const source = await readFile(new URL(named.file, docs), 'utf8').catch(() => '');
    // Titles are written in the code as they are, in whatever quotes.
    const isThere = ["'", '"', '`'].some((quote) => source.includes(`${quote}${named.title}${quote}`));
    if (!isThere) missing.push(named);
  }
  expect(missing).toEqual([]);
});

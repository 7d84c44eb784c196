import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { missing, rowsOf, testsOf } from './support/named-tests.js';

const page = new URL('../docs/providers/README.md', import.meta.url);

it('every row of the contract in docs/providers/README.md names tests of its number that there are', async () => {
  const rows = rowsOf(await readFile(page, 'utf8')).filter((row) => /^\| \d/.test(row));
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const row of rows) {
    const number = /\d+/.exec(row)?.[0] ?? '';
    const titles = testsOf(row).map(({ title }) => title);
    expect(titles, row).not.toEqual([]);
    for (const title of titles) expect(title).toMatch(new RegExp(`^contract ${number}: `));
  }
  expect(await missing(page, rows.flatMap(testsOf))).toEqual([]);
});

it('every test of the contract is in docs/providers/README.md', async () => {
  const named = rowsOf(await readFile(page, 'utf8')).flatMap(testsOf);
  const folder = new URL('./services/', import.meta.url);
  for (const name of await readdir(folder)) {
    const source = await readFile(new URL(name, folder), 'utf8');
    const titles = [...source.matchAll(/'(contract \d+: [^']+)'/g)].map(([, title = '']) => title);
    const told = named.filter(({ file }) => file.endsWith(`/test/services/${name}`));
    expect(told.map(({ title }) => title).sort(), name).toEqual(titles.sort());
  }
});

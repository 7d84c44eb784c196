import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { missing, rowsOf, testsOf } from './support/named-tests.js';

const page = new URL('../docs/RELIABILITY.md', import.meta.url);

it('every row of docs/RELIABILITY.md names tests that there are', async () => {
  const rows = rowsOf(await readFile(page, 'utf8'));
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => testsOf(row).length === 0)).toEqual([]);
  expect(await missing(page, rows.flatMap(testsOf))).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../src/providers/account-api.js';
import { allDebridDialect } from '../../src/providers/alldebrid/errors.js';
import { nekobtFailure } from '../../src/providers/nekobt/nekobt-api.js';
import { realDebridDialect } from '../../src/providers/real-debrid/errors.js';
import { storagePortalDialect } from '../../src/providers/storage-portal/errors.js';
import { torBoxDialect } from '../../src/providers/torbox/errors.js';

/** The codes that a service's API documentation lists (read 2026-11), one a line. */
function documented(name: string): string[] {
  const text = readFileSync(new URL(`documented-codes/${name}.txt`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

describe.each<[string, Dialect, number]>([
  ['real-debrid', realDebridDialect, 38],
  ['alldebrid', allDebridDialect, 70],
  ['torbox', torBoxDialect, 33],
  ['storage-portal', storagePortalDialect, 15],
])('every code that %s documents', (name, dialect, count) => {
  it('is in the list that this test keeps', () => {
    expect(new Set(documented(name)).size).toBe(count);
  });

  it.each(documented(name))('%s has a row, and a sentence for the user', (code) => {
    for (const spelling of [code, code.replaceAll(' ', '_')]) {
      const row = dialect.failureOf(spelling);
      expect(row?.sentence).toMatch(/^[A-Z].{10,}\.$/);
      expect(row?.sentence).not.toMatch(/undefined|null/);
    }
  });

  it('does not take a word of JavaScript for a code', () => {
    for (const code of ['constructor', '__proto__', 'toString', '']) {
      expect(dialect.failureOf(code)).toBeUndefined();
    }
  });
});

// nekoBT documents HTTP statuses and no codes of its own.
it.each(documented('nekobt'))(
  'status %s, which nekoBT documents, has a meaning, and a sentence for the user',
  (status) => {
    const row = nekobtFailure(Number(status), false);
    expect(row.sentence).toMatch(/^[A-Z].{10,}[.?]$/i);
  },
);

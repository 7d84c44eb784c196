import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitKnownExtension } from '../../src/library/extensions.js';
import { factsOf, shownPaths } from './shown-paths.js';

const page = readFileSync(new URL('../../docs/NAMING.md', import.meta.url), 'utf8');

const films = page.slice(page.indexOf('## Films and episodes'), page.indexOf('## What goes with them'));

/** Rows of the page that say of one whole path where it goes; those that leave something out (`…`) are for people only. */
const rows = films
  .split('\n')
  .map((line) => /^\| `([^`…]+)` +\| `((?:movies|shows)\/[^`…]+)` +\|$/.exec(line))
  .flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? ''] as const]));

describe('docs/NAMING.md tells the truth', () => {
  it.each(rows)('%s goes to %s', (path, place) => {
    const [name = ''] = path.split('/');
    expect(shownPaths(factsOf(splitKnownExtension(name)[0], [{ path, size: 1e9 }]))).toEqual([place]);
  });

  it('in more than a few rows', () => {
    expect(rows.length).toBeGreaterThan(8);
  });
});

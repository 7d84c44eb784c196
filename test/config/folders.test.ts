import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'debridfs-folders-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const load = (folders: string): Config => {
  const file = join(dir, 'config.yaml');
  writeFileSync(
    file,
    `accounts: [{ name: rd, service: real-debrid, token: secret }]\nfolders:\n${folders}\n`,
    {
      mode: 0o600,
    },
  );
  return loadConfig({ flags: [], env: {}, cwd: dir, home: dir, uid: 7, gid: 8, need: 'accounts', file });
};

describe("folders of the user's", () => {
  it('have every condition that is documented', () => {
    const { folders } = load(`
  - { name: 4k, kind: movie, resolution: ">=2160p" }
  - { name: kids, title: [Bluey, "Peppa Pig"], only: true }
  - { name: recent, age: <30d }
  - { name: eighties, year: 1980-1989, language: [German, fr] }
  - { name: mine, account: rd, size: 1GB-8GB, regex: '/-(GRP|ABC)$/' }`);
    expect(folders).toMatchObject([
      { name: '4k', kind: 'movie', resolution: { from: 2160, to: Infinity }, only: false },
      { name: 'kids', title: ['Bluey', 'Peppa Pig'], only: true },
      { name: 'recent', age: { from: -Infinity, to: 30 * 86_400_000 - 1 } },
      { name: 'eighties', year: { from: 1980, to: 1989 }, language: ['de', 'fr'] },
      { name: 'mine', account: ['rd'], size: { from: 1e9, to: 8e9 }, regex: /-(GRP|ABC)$/ },
    ]);
  });

  it.each([
    [
      '{ name: kids, regex: "(" }',
      /folders\[0\]\.regex at .*config\.yaml:3: In the rule of "kids": "\(" is not understood/,
    ],
    ['{ name: kids, age: 30 }', /folders\[0\]\.age at .* Write an age, such as <30d/],
    ['{ name: kids, year: ">=99" }', /folders\[0\]\.year at .* Write a year or years/],
    ['{ name: kids, resolution: high }', /folders\[0\]\.resolution at .* Write a resolution/],
    ['{ name: kids, size: 8GB-1GB }', /folders\[0\]\.size at .* Write a size/],
    ['{ name: kids, language: elvish }', /folders\[0\]\.language.* Write a language/],
    ['{ name: kids, account: nobody }', /folders\[0\]\.account at .*There is no account "nobody"/],
    ['{ name: kids }', /folders\[0\]\.name at .*Folder kids has no condition/],
    ['{ name: Movies, kind: movie }', /folders\[0\]\.name at .*has a folder Movies of its own/],
    ['{ name: a/b, kind: movie }', /folders\[0\]\.name at .*Write a name/],
    ['{ name: ..., kind: movie }', /folders\[0\]\.name at .*Write a name/],
    ['{ kind: movie }', /folders\[0\]\.name at .*Missing/],
    ['{ name: kids, titel: x }', /folders\[0\]\.titel at .*Did you mean folders\[0\]\.title\?/],
  ])('%s is an error that names the rule', (rule, message) => {
    expect(() => load(`  - ${rule}`)).toThrow(message);
  });

  it('may have the same name, and then are one folder', () => {
    expect(load('  - { name: a, kind: movie }\n  - { name: a, year: 1999 }').folders).toHaveLength(2);
  });
});

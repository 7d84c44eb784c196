import { afterEach, beforeEach, expect, it } from 'vitest';
import { renderFound } from '../../src/cli/render-found.js';
import { AppError } from '../../src/core/errors.js';
import type { FoundRow } from '../../src/core/finding.js';
import { CliHarness } from './harness.js';

let cli: CliHarness;
beforeEach(() => {
  cli = new CliHarness();
});
afterEach(() => cli.remove());

const nowMs = Date.UTC(2026, 10, 10);
const row = (over: Partial<FoundRow> = {}): FoundRow => ({
  id: '7310256402349064193',
  hash: 'a'.repeat(40),
  title: 'A Title',
  groups: ['Group'],
  size: 3 * 2 ** 30,
  video: '1080p HEVC',
  audio: ['ja'],
  subtitles: ['en', 'de'],
  seeders: 5,
  uploadedMs: nowMs - 86_400_000 * 3,
  heldBy: ['rd'],
  cachedAt: ['rd', 'tb'],
  ...over,
});

it('a table fits its terminal: the title gives way, wide letters count twice, and nothing is left that a terminal obeys', () => {
  const rows = [
    row({ title: `Evil \u001b[2J\u202e ${'long '.repeat(50)}` }),
    row({
      title: '葬送のフリーレン '.repeat(20),
      groups: [],
      size: null,
      seeders: null,
      uploadedMs: 0,
      heldBy: [],
      cachedAt: [],
    }),
  ];
  const text = renderFound(rows, 120, nowMs);
  for (const obeyed of ['\u001b', '\u202e']) expect(text).not.toContain(obeyed);
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^ID +TITLE +GROUP +SIZE +VIDEO +AUDIO +SUBS +SEEDS +SINCE +HAVE$/);
  expect(lines[1]).toMatch(
    /^7310256402349064193 {2}Evil \[2J.*… {2}Group {2}3\.0 GiB {2}1080p HEVC {2}ja +en,de {2}5 +\d+ \w+ +rd, tb \(ready\)$/,
  );
  expect(lines[1]?.length).toBeLessThanOrEqual(120);
  const wide = Array.from(lines[2] ?? '').reduce(
    (sum, letter) => sum + (/[\u3000-\u9fff]/.test(letter) ? 2 : 1),
    0,
  );
  expect(wide).toBeLessThanOrEqual(120);
});

it('pages are asked for by number; a terminal gets a table, and everything else JSON', async () => {
  const asked: unknown[] = [];
  cli.app.search = (words, page) => {
    asked.push([words, page]);
    return Promise.resolve({ rows: [row()], more: true, notes: ['Account tb does not say.'] });
  };
  const json = await cli.run('search', 'two', 'words', '--page', '3', '--limit', '10');
  expect(asked).toEqual([['two words', { limit: 10, offset: 20 }]]);
  expect(JSON.parse(json.out)).toMatchObject({
    query: 'two words',
    page: 3,
    more: true,
    torrents: [{ hash: 'a'.repeat(40) }],
  });
  expect(json).toMatchObject({ code: 0, err: 'debridfs: Account tb does not say.\n' });
  cli.terminal = { isTTY: true, columns: 120 };
  const table = await cli.run('search', 'words');
  expect(table.out).toContain('A Title');
  expect(table.out).toContain('more: debridfs search --page 2 words\n');
  expect(table.out).toContain('to have one: debridfs add ID\n');
});

it('nothing that is found is no failure; what nekoBT refuses is, and a page that is none is wrong usage', async () => {
  cli.terminal = { isTTY: true };
  expect(await cli.run('search', 'x')).toEqual({ code: 0, out: 'nekoBT has nothing for "x"\n', err: '' });
  cli.app.search = () =>
    Promise.reject(new AppError('service-down', 'nekoBT has trouble of its own (HTTP 500).'));
  expect(await cli.run('search', 'x')).toMatchObject({
    code: 1,
    err: 'debridfs: nekoBT has trouble of its own (HTTP 500).\n',
  });
  for (const flags of [
    ['--page', '0'],
    ['--page', 'x'],
    ['--limit', '101'],
  ])
    expect((await cli.run('search', 'x', ...flags)).code).toBe(2);
});

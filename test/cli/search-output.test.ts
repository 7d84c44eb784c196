import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { FoundRow } from '../../src/core/finding.js';
import { startEmulator, type Emulator } from '../../src/emulator/emulator.js';
import type { CatalogueTorrent } from '../../src/emulator/nekobt/catalogue.js';
import { singleFile, type WorldTorrent } from '../../src/emulator/world.js';
import { search } from '../../src/finding.js';
import { FakeClock } from '../support/fake-clock.js';
import { complete, file, item, openLibrary } from '../support/library.js';
import { CliHarness } from './harness.js';

let cli: CliHarness;

beforeEach(() => {
  cli = new CliHarness();
});

afterEach(() => {
  cli.remove();
});

const held = singleFile('[Group] Dusk - 01 [1080p].mkv', 1_500_000_000);
const ready = singleFile('[Group] Dusk - 02 [1080p].mkv', 1_400_000_000);
const rare: WorldTorrent = {
  ...singleFile('[Group] Dusk - 03 [1080p].mkv', 1_300_000_000),
  cachedOn: [],
};

function listed(torrent: WorldTorrent, at: number, over: Partial<CatalogueTorrent> = {}): CatalogueTorrent {
  return {
    id: `731025640234906419${at}`,
    torrent,
    title: torrent.name,
    mediaId: null,
    episodeIds: [],
    group: 'Group',
    seeders: 52,
    audio: 'ja',
    subtitles: 'en,de',
    uploadedMs: Date.UTC(2026, 9, 1),
    ...over,
  };
}

/** Stand-ins, a configuration that does not let nekoBT be asked by itself, and a library in which `rd` holds the first torrent. */
async function world(torrents: readonly CatalogueTorrent[]): Promise<Emulator> {
  const emulator = await startEmulator({
    world: {
      torrents: torrents.map(({ torrent }) => torrent),
      accounts: [{ service: 'torbox', token: 'tb', items: [] }],
      catalogue: { media: [], torrents },
    },
    knobs: { rateLimits: false },
  });
  onTestFinished(() => emulator.stop());
  mkdirSync(cli.stateDir, { recursive: true });
  writeFileSync(
    join(cli.dir, 'c.yaml'),
    [
      `stateDir: ${cli.stateDir}`,
      `identify: { nekobt: { enabled: false, apiUrl: "${emulator.urls.nekobt}" } }`,
      'accounts:',
      `  - { name: tb, service: torbox, token: tb, apiUrl: "${emulator.apiUrl('torbox')}" }`,
    ].join('\n'),
  );
  cli.env['DEBRIDFS_CONFIG'] = join(cli.dir, 'c.yaml');
  cli.app.search = search;
  return emulator;
}

function holdFirst(): void {
  const library = openLibrary(cli.stateDir, new FakeClock());
  const holding = { ...item('a', held.name, [file(held.name)]), torrent: held.hash };
  library.librarian.applyListing('rd', 'torrents', complete(holding), 0);
  library.librarian.markPublished();
  library.close();
}

interface Told {
  readonly more: boolean;
  readonly page: number;
  readonly torrents: readonly FoundRow[];
}

const three = [listed(held, 1), listed(ready, 2), listed(rare, 3)];

describe('debridfs search', () => {
  it('tells who holds a torrent and who has it ready, with one call to TorBox and one to nekoBT, and adds nothing', async () => {
    const emulator = await world(three);
    holdFirst();
    const { code, out, err } = await cli.run('search', 'dusk');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { torrents, more } = JSON.parse(out) as Told;
    expect(more).toBe(false);
    expect(torrents.map(({ id, hash, heldBy, cachedAt }) => ({ id, hash, heldBy, cachedAt }))).toEqual([
      { id: '7310256402349064191', hash: held.hash, heldBy: ['rd'], cachedAt: ['tb'] },
      { id: '7310256402349064192', hash: ready.hash, heldBy: [], cachedAt: ['tb'] },
      { id: '7310256402349064193', hash: rare.hash, heldBy: [], cachedAt: [] },
    ]);
    expect(emulator.log.entries.map(({ path }) => path).sort()).toEqual([
      '/api/v1/torrents/search',
      '/v1/api/torrents/checkcached',
    ]);
    expect(emulator.log.destructive()).toEqual([]);
  });

  it('goes page by page, and says how to have the next page of the same size', async () => {
    await world(three);
    cli.terminal = { isTTY: true, columns: 120 };
    const first = await cli.run('search', '--limit', '2', 'dusk -');
    expect(first.out).toContain('more: debridfs search --page 2 --limit 2');
    expect(first.out).toContain("'dusk -'");
    const second = await cli.run('search', '--json', '--page', '2', '--limit', '2', 'dusk');
    expect(JSON.parse(second.out)).toMatchObject({ page: 2, more: false, torrents: [{ hash: rare.hash }] });
  });

  it('is a table on a terminal, with the number that add takes, and nothing that a terminal obeys', async () => {
    await world([listed(held, 1, { title: 'Dusk \u001b[2J\u202e\r\nEvil', group: '\u0007Gr\u009boup' })]);
    cli.terminal = { isTTY: true, columns: 140 };
    const { code, out } = await cli.run('search', 'dusk');
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(4);
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out).toMatch(
      /^ID +TITLE +GROUP +SIZE +VIDEO +AUDIO +SUBS +SEEDS +SINCE +HAVE\n7310256402349064191 +Dusk/,
    );
    expect(out).toContain('tb (ready)');
    expect(out).toContain('to have one: debridfs add ID');
  });

  it.each([40, 60, 80, 100, 120, 200])(
    'fits a terminal of %i columns, whatever nekoBT tells',
    async (columns) => {
      await world([
        listed(held, 1, {
          title: 'Dusk 終末ツーリング '.repeat(30),
          group: 'A group with a long name'.repeat(20),
          subtitles: 'en,de,fr,es,it,pt,ru,ar,pl,nl,sv,fi,da,cs,hu',
          audio: 'ja,en,de,fr,es,it',
          seeders: 123_456,
        }),
      ]);
      cli.terminal = { isTTY: true, columns };
      const { out } = await cli.run('search', 'dusk');
      const [head = '', row = ''] = out.split('\n');
      expect(head).toMatch(/^ID +TITLE/);
      expect(row).toMatch(/^7310256402349064191 {2}Dusk/);
      for (const line of [head, row]) expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(columns, 41));
    },
  );

  it('finds nothing and ends with 0', async () => {
    const emulator = await world(three);
    cli.terminal = { isTTY: true, columns: 100 };
    expect(await cli.run('search', 'no', 'such')).toEqual({
      code: 0,
      out: 'nekoBT has nothing for "no such"\n',
      err: '',
    });
    expect(emulator.log.count({ role: 'tb-api' })).toBe(0);
  });

  it('shows what it found when TorBox does not say what it has, and when the library cannot be read', async () => {
    const emulator = await world(three);
    emulator.faults.add({ at: 'tb-api', action: { kind: 'status', code: 500, body: '{}' } });
    writeFileSync(join(cli.stateDir, 'library.db'), 'no database at all'.repeat(1_000));
    const { code, out, err } = await cli.run('search', 'dusk');
    expect(code).toBe(0);
    expect((JSON.parse(out) as Told).torrents).toHaveLength(3);
    expect(err).toMatch(/^debridfs: Account tb does not say what it has ready: .+$/m);
    expect(err).toMatch(/^debridfs: Who holds what cannot be told: .+$/m);
  });

  it('ends with 1 and a sentence when nekoBT fails, and with 2 for a page that is none', async () => {
    const emulator = await world(three);
    emulator.faults.add({ at: 'neko', action: { kind: 'html200' } });
    const failed = await cli.run('search', 'dusk');
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toMatch(/^debridfs: nekoBT gave an answer that cannot be used: .+\n$/);
    for (const wrong of [
      ['--page', '0'],
      ['--limit', '101'],
      ['--limit', 'x'],
    ])
      expect(await cli.run('search', ...wrong, 'dusk')).toMatchObject({ code: 2, out: '' });
  });
});

/** Columns on a terminal. */
function columnsOf(line: string): number {
  return line.length + (line.match(/[\u2E80-\uA4CF\uAC00-\uD7A3]/gu)?.length ?? 0);
}

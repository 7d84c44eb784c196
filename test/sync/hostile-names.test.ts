import { describe, expect, it, onTestFinished } from 'vitest';
import type { Item } from '../../src/core/torrent.js';
import { badNames } from '../library/hostile-strings.js';
import {
  allDebrid,
  detailsOf,
  movie,
  providerFor,
  realDebrid,
  torBox,
  type Torrent,
} from '../providers/minimal-services.js';
import { ScriptedServer } from '../providers/scripted-server.js';
import { FakeClock } from '../support/fake-clock.js';
import { never } from '../support/never.js';
import { complete, openLibrary, temporaryFolder, walk } from '../support/library.js';

const names = [
  ...badNames,
  `${'../'.repeat(5_000)}etc/passwd`,
  `${'a/'.repeat(5_000)}deep.mkv`,
  `${'/'.repeat(5_000)}slashes.mkv`,
  `${'long'.repeat(16_000)}.mkv`,
  '/'.repeat(1_000_000),
  'x/'.repeat(1_000_000),
  '.'.repeat(1_000),
  '..\u0000/..\u0000/up.mkv',
  '.\u202e./.\u200b./hidden.mkv',
  'gpj.\u202eexe.vkm.mkv',
  '\ud800\udfff\udc00.mkv',
  '\udfff'.repeat(100),
  'C:\\Windows\\..\\..\\x.mkv',
  '~/.ssh/authorized_keys',
  '%2e%2e%2fetc%2fpasswd',
];

const torrents = names.map((name, index): Torrent => ({
  number: 100 + index,
  name,
  files: [
    { path: name, size: 1_000_000_000 + index },
    { path: `${name}/${name}.mkv`, size: 2_000_000_000 + index },
    { path: 'plain.mkv', size: 3_000_000_000 + index },
  ],
}));

describe.each([realDebrid, allDebrid, torBox])('torrents of $service', (minimal) => {
  it('with any names stay in their folders, and leave the others alone', { timeout: 60_000 }, async () => {
    const server = await new ScriptedServer().listen();
    const provider = providerFor(minimal.service, server);
    const place = temporaryFolder();
    const library = openLibrary(place.path, new FakeClock());
    onTestFinished(async () => {
      library.close();
      place.remove();
      await provider.close();
      await server.close();
    });
    server.respond = minimal.library([movie, ...torrents]);
    const { items } = await provider.list('torrents', 'full', never);
    const unknown = items.filter(({ files }) => files === null).map(({ id }) => id);
    const details = new Map((await detailsOf(provider, unknown)).map((told) => [told.id, told]));
    const told = items.map((item): Item => ({
      ...item,
      files: item.files ?? details.get(item.id)?.files ?? null,
    }));
    const paths = told.flatMap(({ files }) => files ?? []).map(({ path }) => path);
    expect(Math.max(...paths.map(({ length }) => length))).toBeLessThan(70_000);
    library.librarian.applyListing('rd', 'torrents', complete(...told), 0);

    const shown = walk(library.tree);
    for (const [path, node] of shown) {
      if (node.name.startsWith('.debridfs')) continue;
      expect(node.name, path).not.toMatch(/^[.\s]|[.\s]$|^$|[/\\\p{Cc}\p{Surrogate}\u202a-\u202e]/u);
      expect(Buffer.byteLength(node.name)).toBeLessThanOrEqual(200);
      expect(Buffer.byteLength(path)).toBeLessThan(3_600);
      expect(path.split('/').length).toBeLessThan(46);
    }
    const all = [...shown.keys()].filter((path) => path.startsWith('all/') && !path.endsWith('/'));
    expect(all).toContain('all/A.Movie.2020/A.Movie.2020.mkv');
    // Each torrent is there with its plain file at least.
    expect(all.filter((path) => path.endsWith('plain.mkv')).length).toBeGreaterThanOrEqual(names.length);
  });
});

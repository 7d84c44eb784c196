import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../src/core/torrent.js';
import { openForReading } from '../../src/store/database.js';
import { PlacingReports } from '../../src/sync/placing-reports.js';
import { badNames, hostileText, seed } from '../library/hostile-strings.js';
import { FakeClock } from '../support/fake-clock.js';
import {
  complete,
  file,
  item,
  openLibrary,
  plainOptions,
  temporaryFolder,
  walk,
  type TestLibrary,
} from '../support/library.js';

const extension = fc.constantFrom(
  '.mkv',
  '.mkv',
  '.mp4',
  '.en.srt',
  '.srt',
  '.iso',
  '.flac',
  '.nfo',
  '.rar',
  '',
);
const folder = fc.oneof(
  hostileText,
  fc.constantFrom('Season 1', 'Subs', 'Extras', 'Sample', 'BDMV', 'CD1', 'Show (2019)', 'Movie.2010'),
);
const base = fc.oneof(
  hostileText,
  fc.constantFrom(
    'Show.S01E01',
    'Show (2019) S01E01',
    'show.s01e02.1080p',
    '01',
    '02',
    'Movie.2010',
    'Movie.2010.1080p',
    'a cd1',
  ),
  fc.constantFrom(...badNames),
);
const path = fc
  .tuple(fc.array(folder, { maxLength: 2 }), base, extension)
  .map(([folders, name, end]) => [...folders, name + end].join('/'));
const torrents = fc.array(
  fc.record({
    name: fc.oneof(base, folder),
    addedMs: fc.integer({ min: 1, max: 3 }),
    files: fc.uniqueArray(fc.record({ path, size: fc.integer({ min: 0, max: 5_000_000_000 }) }), {
      minLength: 1,
      maxLength: 6,
      selector: (one) => one.path,
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

const pathsOf = ({ tree }: TestLibrary): readonly string[] =>
  [...walk(tree)].map(([shown, node]) => `${node.inode} ${shown}`).sort();

function inLibrary<Result>(work: (library: TestLibrary) => Result): Result {
  const place = temporaryFolder();
  const library = openLibrary(place.path, new FakeClock());
  try {
    return work(library);
  } finally {
    library.close();
    place.remove();
  }
}

describe('the tree of any torrents', () => {
  it(
    'has legal names, shows each file once or says why not, and is the same in any order and when placed again',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(torrents, (told) => {
          const items = told.map(({ name, addedMs, files }, index): Item => {
            const id = (index + 1).toString(16);
            return item(
              id,
              name,
              files.map((one) => file(one.path, { size: one.size })),
              { addedMs },
            );
          });
          inLibrary((library) => {
            const apply = (...some: readonly Item[]): number =>
              library.librarian.applyListing('rd', 'torrents', complete(...some), 0).changes.length;
            apply(...items);
            const nodes = walk(library.tree);
            for (const node of nodes.values()) {
              expect(Buffer.byteLength(node.name)).toBeLessThanOrEqual(200);
              if (!node.name.startsWith('.debridfs'))
                expect(node.name).not.toMatch(/^[.\s]|[.\s]$|^$|[/\\<>:"|?*\p{Cc}\p{Surrogate}]/u);
            }
            const reading = openForReading(library.stateDir);
            const reports = new PlacingReports(reading, plainOptions, () => new Map(), new FakeClock());
            for (const [shown, node] of nodes) {
              if (node.kind !== 'file' || !shown.startsWith('all/')) continue;
              const tops = [...nodes]
                .filter(([, other]) => other.kind === 'file' && other.content === node.content)
                .map(([one]) => one.split('/')[0]);
              const placed = tops.filter((top) => top !== 'all' && top !== 'accounts').length;
              const torrent = library.tree.content(node.content)?.torrent ?? '';
              const report = reports.of(torrent, node.content);
              expect(placed).toBe(report?.confidence === null ? 0 : 1);
              expect(report?.why).toMatch(/\.$/);
            }
            reading.close();

            const before = pathsOf(library);
            expect(apply(...items)).toBe(0);
            const everything = items.map(({ torrent }) => [torrent, { whole: {}, paths: [] }] as const);
            library.librarian.setOverrides(new Map(everything));
            while (library.librarian.placeAnew().left > 0);
            expect(pathsOf(library)).toEqual(before);
            inLibrary((other) => {
              other.librarian.applyListing('rd', 'torrents', complete(...items.toReversed()), 0);
              expect(pathsOf(other)).toEqual(before);
            });
          });
        }),
        { seed, numRuns: 60 },
      );
    },
  );
});

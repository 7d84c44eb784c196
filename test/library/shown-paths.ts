import type { TorrentFacts } from '../../src/library/facts.js';
import type { Placement } from '../../src/library/placement.js';
import { placeTorrent } from '../../src/library/place.js';
import { splitRoot } from '../../src/library/raw-paths.js';

export interface ToldFile {
  readonly path: string;
  readonly size: number;
}

/** Facts of a torrent as an account tells it, its root folder included. */
export function factsOf(name: string, told: readonly ToldFile[]): TorrentFacts {
  const { root, paths } = splitRoot(told.map(({ path }) => path));
  const files = told.map(({ size }, index) => ({ path: paths[index] ?? '', size, packed: false }));
  return { torrent: 'a'.repeat(40), name, root, addedMs: 1_700_000_000_000, files };
}

/** The path at which each file would be shown in an empty tree; null for the ones that are not placed. */
export function shownPaths(
  facts: TorrentFacts,
  anime: 'shows' | 'separate' = 'shows',
): readonly (string | null)[] {
  const placements = new Map(placeTorrent(facts, { anime }).map((placement) => [placement.file, placement]));
  const stemOf = (placement: Placement): string => {
    const { name, folders } = placement;
    switch (name.kind) {
      case 'titled':
        return (folders[0]?.name ?? '') + name.rest;
      case 'plain':
        return name.stem;
      case 'beside': {
        const video = placements.get(name.video);
        return video === undefined ? '(no video)' : stemOf(video);
      }
    }
  };
  return facts.files.map((_, index) => {
    const placement = placements.get(index);
    if (placement === undefined) return null;
    const { name } = placement;
    const end = name.kind === 'beside' ? name.suffix : name.extension;
    return [placement.view, ...placement.folders.map((folder) => folder.name), stemOf(placement) + end].join(
      '/',
    );
  });
}

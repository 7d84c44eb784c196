import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factsOf, shownPaths } from './shown-paths.js';

interface HardTorrent {
  readonly name: string;
  readonly about: string;
  readonly files: readonly {
    readonly path: string;
    readonly megabytes: number;
    readonly place: string | null;
  }[];
}

const torrents = (name: string): readonly HardTorrent[] =>
  JSON.parse(
    readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'),
  ) as readonly HardTorrent[];

/** A path without the ` - [1080p …]` that tells versions apart; brackets of raw names stay. */
const withoutLabel = (path: string | null): string | null =>
  path?.startsWith('other/') === false ? path.replace(/ - \[[^\]]*\]/, '') : path;

describe.each(['hard-torrents', 'films', 'shows', 'untidy', 'mixed'])(
  '%s: each file is where a person would put it',
  (set) => {
    it.each(torrents(set))('$name ($about)', ({ name, files }) => {
      const facts = factsOf(
        name,
        files.map(({ path, megabytes }) => ({ path, size: Math.round(megabytes * 1e6) })),
      );
      expect(shownPaths(facts).map(withoutLabel)).toEqual(files.map(({ place }) => place));
    });
  },
);

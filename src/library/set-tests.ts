/** What files that lie together say about each other's numbers. */
import type { Counter } from './counters.js';
import type { NameEvidence } from './evidence.js';
import { normalTitle } from './release-text.js';

/** The number by which a file stands in a run of its siblings. */
export interface RunNumber {
  readonly counter: Counter;
  /** Season told by the number itself (`401`); null where it tells none. */
  readonly season: number | null;
  readonly episode: number;
  /** How many names the run has. */
  readonly length: number;
}

/**
 * Finds runs among the names of one folder: names that are equal up to a number in which they differ. Each name is in
 * at most one run, the longest that it can be in.
 * @param season of the folder or torrent; null where it is not told.
 * @param anime whether numbers above 100 count episodes there, rather than seasons and episodes.
 */
export function findRuns(
  names: readonly NameEvidence[],
  season: number | null,
  anime: boolean,
): ReadonlyMap<NameEvidence, RunNumber> {
  const byPrefix = new Map<string, Map<NameEvidence, Counter>>();
  for (const name of names) {
    for (const counter of name.counters) {
      const prefix = normalTitle(name.text.slice(0, counter.start));
      const candidates = byPrefix.get(prefix) ?? new Map<NameEvidence, Counter>();
      byPrefix.set(prefix, candidates.set(name, counter));
    }
  }
  const runs = [...byPrefix.values()].filter((candidates) => isRun([...candidates.values()]));
  runs.sort((a, b) => b.size - a.size);
  const found = new Map<NameEvidence, RunNumber>();
  for (const run of runs) {
    const concatenated = isConcatenated([...run.values()], season, anime);
    for (const [name, counter] of run) {
      if (found.has(name)) continue;
      const { value } = counter;
      found.set(name, {
        counter,
        season: concatenated ? Math.floor(value / 100) : null,
        episode: concatenated ? value % 100 : value,
        length: run.size,
      });
    }
  }
  return found;
}

/** Two names are a run only with padded numbers, because films are numbered too: `Rocky 1`, `Rocky 2`. */
function isRun(counters: readonly Counter[]): boolean {
  const values = new Set(counters.map(({ value }) => value));
  const padded = counters.every(({ width }) => width > 1);
  // One in five may be a second version of an episode.
  return values.size > 1 && values.size >= counters.length * 0.8 && (padded || values.size > 2);
}

/** Whether `401` means season 4, episode 1: the season says so, or all numbers fall into few full hundreds. */
function isConcatenated(counters: readonly Counter[], season: number | null, anime: boolean): boolean {
  if (counters.some(({ value }) => value < 101 || value % 100 === 0)) return false;
  const hundreds = new Set(counters.map(({ value }) => Math.floor(value / 100)));
  if (season !== null) return hundreds.size === 1 && hundreds.has(season);
  const plausible = counters.every(({ value }) => value % 100 <= 40);
  return !anime && plausible && counters.length >= 3 && hundreds.size <= counters.length / 2;
}

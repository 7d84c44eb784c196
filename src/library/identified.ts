/** Brings decisions in line with what a catalogue says the torrent is. */
import type { CatalogueIds, Identification, KnownEpisode } from '../core/identification.js';
import type { Decision, Subject } from './decide.js';
import type { FileOverride } from './overrides.js';
import { normalTitle } from './release-text.js';
import { titleKey, type Title } from './titles.js';

type Episode = Extract<Subject, { readonly kind: 'episode' }>;

/**
 * Decisions with the catalogue's title and ids; with its episodes only where they are exactly those that the files tell. What
 * the user says stays.
 */
export function identified(
  decisions: readonly Decision[],
  known: Identification,
  overrideFor: (decision: Decision) => FileOverride,
): readonly Decision[] {
  const isFree = (decision: Decision): boolean => {
    const { title, kind } = overrideFor(decision);
    return title === undefined && kind === undefined;
  };
  return known.kind === 'movie' ? asFilm(decisions, known, isFree) : asShow(decisions, known, isFree);
}

/** A torrent of several films is not the one that the catalogue has. */
function asFilm(
  decisions: readonly Decision[],
  { title, year, ids }: Identification,
  isFree: (decision: Decision) => boolean,
): readonly Decision[] {
  const keys = decisions.map(({ subject }) => (subject.kind === 'movie' ? titleKey(subject.title) : ''));
  const isOne = decisions.length === 1 || (keys[0] !== '' && new Set(keys).size === 1);
  if (!isOne) return decisions;
  return decisions.map((decision): Decision => {
    if (!isFree(decision)) return decision;
    const part = decision.subject.kind === 'movie' ? decision.subject.part : null;
    return told(decision, { kind: 'movie', title: { title, year }, part }, ids);
  });
}

function asShow(
  decisions: readonly Decision[],
  known: Identification,
  isFree: (decision: Decision) => boolean,
): readonly Decision[] {
  const title: Title = { title: known.title, year: known.year };
  const [only, another] = decisions;
  const [first, second] = known.episodes;
  if (only !== undefined && another === undefined && first !== undefined && second === undefined) {
    if (!isFree(only)) return decisions;
    const { season, episode } = first;
    const exact: Episode = { kind: 'episode', title, season, episodes: [episode] };
    return [told(only, only.corrected ? renamed(only.subject, title) : exact, known.ids)];
  }
  const shown = decisions.filter(({ subject }) => isOfShow(subject));
  const exact = joined(shown, known.episodes);
  const titles = new Set(
    shown.map(({ subject }) => (isOfShow(subject) ? normalTitle(subject.title.title) : '')),
  );
  // Files of several shows of which the catalogue knows one: nothing says which of them it is.
  if (exact === null && titles.size > 1) return decisions;
  return decisions.map((decision): Decision => {
    if (!isOfShow(decision.subject) || !isFree(decision)) return decision;
    const episode = decision.corrected ? undefined : exact?.get(decision);
    return told(decision, renamed({ ...decision.subject, ...episode }, title), known.ids);
  });
}

/**
 * Which episodes each file is, by the season and number, or else by the number through all seasons, that its name tells;
 * null where the files do not tell exactly the episodes that the catalogue has.
 */
function joined(
  decisions: readonly Decision[],
  episodes: readonly KnownEpisode[],
): ReadonlyMap<Decision, Pick<Episode, 'season' | 'episodes'>> | null {
  const parsed = decisions.flatMap((decision) =>
    decision.subject.kind === 'episode' ? [[decision, decision.subject] as const] : [],
  );
  // A file that has no number could be any of them.
  if (parsed.length < decisions.length || parsed.some(([, subject]) => subject.episodes.length === 0))
    return null;
  const bySeason = (season: number, episode: number): string => `${season} ${episode}`;
  const byCount = (season: number, episode: number): string => (season === 0 ? `0 ${episode}` : `${episode}`);
  return (
    match(
      parsed,
      bySeason,
      keyed(episodes, (one) => bySeason(one.season, one.episode)),
    ) ??
    match(
      parsed,
      byCount,
      keyed(episodes, ({ season, episode, absolute }) =>
        season === 0 ? byCount(0, episode) : absolute === null ? null : byCount(season, absolute),
      ),
    )
  );
}

/** Null where two episodes have one key, or one has none. */
function keyed(
  episodes: readonly KnownEpisode[],
  keyOf: (episode: KnownEpisode) => string | null,
): ReadonlyMap<string, KnownEpisode> | null {
  const byKey = new Map<string, KnownEpisode>();
  for (const episode of episodes) {
    const key = keyOf(episode);
    if (key === null || byKey.has(key)) return null;
    byKey.set(key, episode);
  }
  return byKey;
}

function match(
  parsed: readonly (readonly [Decision, Episode])[],
  keyOf: (season: number, episode: number) => string,
  known: ReadonlyMap<string, KnownEpisode> | null,
): ReadonlyMap<Decision, Pick<Episode, 'season' | 'episodes'>> | null {
  if (known === null) return null;
  const keys = parsed.flatMap(([, { season, episodes }]) =>
    episodes.map((episode) => keyOf(season, episode)),
  );
  if (keys.length !== known.size || new Set(keys).size !== keys.length) return null;
  const result = new Map<Decision, Pick<Episode, 'season' | 'episodes'>>();
  for (const [decision, { season, episodes }] of parsed) {
    const found = episodes.flatMap((episode) => known.get(keyOf(season, episode)) ?? []);
    const [first] = found;
    // One file has one season.
    if (first === undefined || found.length < episodes.length) return null;
    if (found.some((one) => one.season !== first.season)) return null;
    result.set(decision, { season: first.season, episodes: found.map(({ episode }) => episode) });
  }
  return result;
}

type OfShow = Exclude<Subject, { readonly kind: 'unknown' | 'movie' }>;

function isOfShow(subject: Subject): subject is OfShow {
  return subject.kind === 'episode' || subject.kind === 'daily' || subject.kind === 'special';
}

function renamed(subject: Subject, title: Title): Subject {
  return subject.kind === 'unknown' ? subject : { ...subject, title };
}

function told(decision: Decision, subject: Subject, ids: CatalogueIds): Decision {
  if (decision.corrected) return { ...decision, subject, ids };
  return { ...decision, subject, ids, confidence: 'strong', why: 'nekoBT says so.' };
}

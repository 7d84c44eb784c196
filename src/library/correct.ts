/** Brings decisions in line with what the user says of files. */
import type { Decision, Subject } from './decide.js';
import type { FileOverride, Override } from './overrides.js';
import type { Title } from './titles.js';

/**
 * A decision in which the user's word is final: no comparison with other files changes it. What is said of the whole
 * torrent without a kind is not: see `correctLater`.
 * @param isAlone whether the torrent has no other film or episode.
 */
export function correct(decision: Decision, override: FileOverride, isAlone: boolean): Decision {
  const isFinal = override.isNamed || isAlone || override.kind !== undefined;
  return isFinal ? corrected(decision, override) : decision;
}

/**
 * Title, year and season that the user tells of a torrent as a whole, once it is known which of its videos are extras: they
 * are its episodes', where it has any, and else its films'.
 */
export function correctLater(
  decisions: readonly Decision[],
  overrideFor: (decision: Decision) => FileOverride,
): readonly Decision[] {
  const isShow = decisions.some(({ subject }) => isOfShow(subject));
  return decisions.map((decision): Decision => {
    const { subject } = decision;
    const isMeant = isOfShow(subject) || (!isShow && subject.kind === 'movie');
    if (decision.corrected || !isMeant) return decision;
    const { title, year, season, episodes } = overrideFor(decision);
    return corrected(decision, isOfShow(subject) ? { title, year, season, episodes } : { title, year });
  });
}

/** The decision as the user wants it; the same where nothing is said that could correct it. */
function corrected(decision: Decision, override: Override): Decision {
  const { kind, title, year, season, episodes } = override;
  if ([kind, title, year, season, episodes].every((fact) => fact === undefined)) return decision;
  const subject = correctSubject(decision.subject, override);
  // Another title, or another kind, is not what the catalogue knows by these ids.
  const ids = title === undefined && kind === undefined ? decision.ids : null;
  return { ...decision, subject, ids, confidence: 'strong', why: 'The overrides say so.', corrected: true };
}

function isOfShow({ kind }: Subject): boolean {
  return kind === 'episode' || kind === 'daily' || kind === 'special';
}

function correctSubject(guessed: Subject, override: Override): Subject {
  const { kind, season, episodes } = override;
  if (kind === 'other') return { kind: 'unknown' };
  const title = correctTitle(guessed, override);
  if (title === null) return guessed;
  if (kind === 'movie') return { kind: 'movie', title, part: guessed.kind === 'movie' ? guessed.part : null };
  if (season !== undefined || episodes !== undefined || (kind === 'show' && !isOfShow(guessed))) {
    const known = guessed.kind === 'episode' ? guessed : { season: 1, episodes: [] };
    return {
      kind: 'episode',
      title,
      season: season ?? known.season,
      episodes: episodes ?? known.episodes,
    };
  }
  return guessed.kind === 'unknown' ? { kind: 'movie', title, part: null } : { ...guessed, title };
}

/** Null where neither the user nor a name tells one. */
function correctTitle(guessed: Subject, { title, year }: Override): Title | null {
  const known = guessed.kind === 'unknown' ? null : guessed.title;
  const text = title ?? known?.title;
  return text === undefined ? null : { title: text, year: year === undefined ? (known?.year ?? null) : year };
}

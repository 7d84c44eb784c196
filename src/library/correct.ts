/** Brings a decision in line with what the user says of the file. */
import type { Decision, Subject } from './decide.js';
import type { FileOverride } from './overrides.js';
import type { Title } from './titles.js';

/** The decision as the user wants it; the same where nothing is said that concerns it. */
export function correct(decision: Decision, override: FileOverride): Decision {
  const subject = correctSubject(decision.subject, override);
  if (subject === decision.subject) return decision;
  return { ...decision, subject, confidence: 'strong', why: 'The overrides say so.', corrected: true };
}

function correctSubject(guessed: Subject, override: FileOverride): Subject {
  const { kind, season, episodes } = override;
  if (kind === 'other') return { kind: 'unknown' };
  const title = correctTitle(guessed, override);
  if (title === null) return guessed;
  const isShow = kind === 'show' || (kind !== 'movie' && (season !== undefined || episodes !== undefined));
  if (kind === 'movie' && guessed.kind !== 'movie') return { kind: 'movie', title, part: null };
  if (isShow && !(guessed.kind === 'episode' || guessed.kind === 'daily' || guessed.kind === 'special')) {
    return { kind: 'episode', title, season: season ?? 1, episodes: episodes ?? [] };
  }
  if (season !== undefined || episodes !== undefined) {
    const known = guessed.kind === 'episode' ? guessed : { season: 1, episodes: [] };
    return {
      kind: 'episode',
      title,
      season: season ?? known.season,
      episodes: episodes ?? known.episodes,
    };
  }
  if (guessed.kind === 'unknown')
    return override.title === undefined ? guessed : { kind: 'movie', title, part: null };
  const isSame = guessed.title.title === title.title && guessed.title.year === title.year;
  return isSame ? guessed : { ...guessed, title };
}

/** Null where neither the user nor a name tells one. */
function correctTitle(guessed: Subject, { title, year }: FileOverride): Title | null {
  const known = guessed.kind === 'unknown' ? null : guessed.title;
  const text = title ?? known?.title;
  return text === undefined ? null : { title: text, year: year === undefined ? (known?.year ?? null) : year };
}

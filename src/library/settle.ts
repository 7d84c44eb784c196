/** What the decisions on a torrent's videos mean together. */
import { groupBy } from '../core/group-by.js';
import type { Identification } from '../core/identification.js';
import type { Video } from './context.js';
import { decide, type Decision } from './decide.js';
import { correct, correctLater } from './correct.js';
import { identified } from './identified.js';
import type { FileOverride } from './overrides.js';
import { normalTitle } from './release-text.js';
import type { TorrentFile } from './sort-files.js';
import { titleKey } from './titles.js';

/** A bonus is at most this many times the largest episode; what is larger is a film. */
const bonusToEpisode = 1.5;
/** A bonus is less than this share of the film it comes with. */
const bonusToFilm = 0.3;

/** A torrent's videos: those that have a place of their own, and those that go with them. */
export interface Settled {
  readonly decisions: readonly Decision[];
  /** Videos that turned out to be extras of the others. */
  readonly bonus: readonly Video[];
}

/**
 * Decides for all films and episodes of a torrent.
 * @param overrideFor what the user says of a file.
 * @param known what a catalogue says of the torrent.
 */
export function settle(
  videos: readonly Video[],
  overrideFor: (file: TorrentFile) => FileOverride,
  known: Identification | null = null,
): Settled {
  const isAlone = videos.length === 1;
  const first = videos.map((video) => correct(decide(video), overrideFor(video.file), isAlone));
  const decided = withoutOrdinals(withoutCourses(first));
  const bonus = findBonus(decided);
  const kept = decided.filter((decision) => !bonus.has(decision));
  const guessed = withRealParts(withSeriesOfParts(withOneYear(kept)));
  const overrideOf = ({ video }: Decision): FileOverride => overrideFor(video.file);
  const settled = known === null ? guessed : identified(guessed, known, overrideOf);
  return {
    decisions: correctLater(settled, overrideOf),
    bonus: [...bonus].map(({ video }) => video),
  };
}

/**
 * Numbered videos of several folders are no show where no name says so: courses and lectures are numbered too. They
 * count nothing when no name around has a technical word, or two of them claim one episode.
 */
function withoutCourses(decisions: readonly Decision[]): readonly Decision[] {
  const guessed = decisions.filter(isNumberedGuess);
  const folders = new Set(guessed.map(({ video }) => video.file.folders.join('/')));
  if (folders.size < 2) return decisions;
  const claims = guessed.map(({ subject }) => JSON.stringify(subject));
  const technical = guessed.some(
    ({ video }) => video.name.technical || video.around.some(({ name }) => name.technical),
  );
  if (technical && new Set(claims).size === claims.length) return decisions;
  const dropped = new Set(guessed);
  return decisions.map((decision) =>
    dropped.has(decision)
      ? { ...decision, subject: { kind: 'unknown' }, why: 'It is numbered, but nothing says of which show.' }
      : decision,
  );
}

function isNumberedGuess({ subject, confidence, video, corrected }: Decision): boolean {
  if (corrected) return false;
  if (subject.kind === 'movie') {
    return subject.title.year === null && video.name.counters.some(({ position }) => position === 'lead');
  }
  return subject.kind === 'episode' && confidence === 'weak';
}

/**
 * Takes the leading numbers off the titles of a collection: `01 First Film (2001)`. Where all of its films have one it
 * is an ordinal; where only some have, only a padded one is (`12 Monkeys` is a title).
 */
function withoutOrdinals(decisions: readonly Decision[]): readonly Decision[] {
  const numbered = decisions.map(({ subject }) =>
    subject.kind === 'movie'
      ? /^(\d{1,3})(?: ?[-.)] (?=.*\p{L})| ?[-.)] ?(?=\S*\p{L})| (?=\S*\p{L}))/u.exec(subject.title.title)
      : null,
  );
  const films = decisions.filter(({ subject }) => subject.kind === 'movie');
  const numbers = new Set(numbered.flatMap((match) => match?.[1] ?? []));
  const all = numbers.size > 1 && numbers.size === films.length;
  return decisions.map((decision, index): Decision => {
    const { subject } = decision;
    const match = numbered[index];
    const isOrdinal = all || (numbers.size > 1 && match?.[1]?.startsWith('0') === true);
    if (subject.kind !== 'movie' || match === undefined || match === null || !isOrdinal) return decision;
    if (decision.corrected) return decision;
    const title = subject.title.title.slice(match[0].length);
    return { ...decision, subject: { ...subject, title: { ...subject.title, title } } };
  });
}

/** Videos without year and number beside the episodes of one show, or far smaller than the one dated film. */
function findBonus(decisions: readonly Decision[]): ReadonlySet<Decision> {
  const episodes = decisions.filter(({ subject }) => subject.kind === 'episode' || subject.kind === 'daily');
  const films = decisions.filter(({ subject }) => subject.kind === 'movie' && subject.title.year !== null);
  const open = decisions.filter(
    ({ subject, corrected }) =>
      !corrected && (subject.kind === 'unknown' || (subject.kind === 'movie' && subject.title.year === null)),
  );
  const shows = new Set(
    episodes.map(({ subject }) => (subject.kind === 'unknown' ? '' : normalTitle(subject.title.title))),
  );
  if (shows.size === 1) {
    const limit = largest(episodes) * bonusToEpisode;
    return new Set(open.filter(({ video }) => video.file.size <= limit));
  }
  if (shows.size === 0 && films.length === 1) {
    const limit = largest(films) * bonusToFilm;
    return new Set(open.filter(({ video }) => video.file.size < limit));
  }
  return new Set();
}

function largest(decisions: readonly Decision[]): number {
  return decisions.reduce((size, { video }) => Math.max(size, video.file.size), 0);
}

/** Gives all episodes of a show the one year that some of their names tell. */
function withOneYear(decisions: readonly Decision[]): readonly Decision[] {
  const years = new Map<string, Set<number>>();
  for (const { subject } of decisions) {
    if (subject.kind === 'unknown' || subject.kind === 'movie' || subject.title.year === null) continue;
    const normal = normalTitle(subject.title.title);
    years.set(normal, (years.get(normal) ?? new Set<number>()).add(subject.title.year));
  }
  return decisions.map((decision): Decision => {
    const { subject } = decision;
    if (subject.kind === 'unknown' || subject.kind === 'movie') return decision;
    const [year, another] = years.get(normalTitle(subject.title.title)) ?? [];
    if (year === undefined || another !== undefined || decision.corrected) return decision;
    return { ...decision, subject: { ...subject, title: { ...subject.title, year } } };
  });
}

const seriesWords = /\b(?:mini-?|docu-?|tv[ ._-])series\b/i;

/** Takes the parts of one title for episodes where a name says series, or there are more than a film is cut into. */
function withSeriesOfParts(decisions: readonly Decision[]): readonly Decision[] {
  const parts = groupBy(decisions.filter(isCalledPart), ({ subject }) =>
    subject.kind === 'movie' ? titleKey(subject.title) : '',
  );
  return decisions.map((decision): Decision => {
    const { subject, video } = decision;
    if (subject.kind !== 'movie' || subject.part === null || !isCalledPart(decision)) return decision;
    const count = parts.get(titleKey(subject.title))?.length ?? 0;
    const isSeries = video.around.some(({ name }) => seriesWords.test(name.text));
    if (count < 2 || (count < 3 && !isSeries)) return decision;
    const { title, part } = subject;
    const why = `It is part ${part} of ${count} of one title.`;
    return { ...decision, subject: { kind: 'episode', title, season: 1, episodes: [part] }, why };
  });
}

function isCalledPart({ subject, video }: Decision): boolean {
  return subject.kind === 'movie' && subject.part !== null && video.name.isCalledPart;
}

/** Keeps the part numbers of films that are really there in several parts. */
function withRealParts(decisions: readonly Decision[]): readonly Decision[] {
  const parts = new Map<string, Set<number>>();
  for (const { subject } of decisions) {
    if (subject.kind !== 'movie' || subject.part === null) continue;
    const key = titleKey(subject.title);
    parts.set(key, (parts.get(key) ?? new Set<number>()).add(subject.part));
  }
  return decisions.map((decision): Decision => {
    const { subject } = decision;
    if (subject.kind !== 'movie' || subject.part === null) return decision;
    const several = (parts.get(titleKey(subject.title))?.size ?? 0) > 1;
    return several ? decision : { ...decision, subject: { ...subject, part: null } };
  });
}

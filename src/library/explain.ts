/** Why a file is where it is: everything that its names say, and what became of it. */
import type { Video } from './context.js';
import type { Decision, Subject } from './decide.js';
import type { NameEvidence } from './evidence.js';
import type { TorrentFacts } from './facts.js';
import { noOverrides, overrideOf, type TorrentOverrides } from './overrides.js';
import { placeTorrent, type PlaceOptions } from './place.js';
import type { About, Confidence } from './placement.js';
import { normalTitle } from './release-text.js';
import type { Role } from './sort-files.js';
import { weigh } from './weigh.js';

/** One thing that a name, or the files of a folder together, say about a video. */
export interface EvidenceReport {
  readonly from: 'file' | 'folder' | 'torrent' | 'siblings';
  /** The name that says it; empty for siblings. Untrusted. */
  readonly name: string;
  /** `season 1, episode 2`, `the year 1999`, … */
  readonly says: string;
  /** How much it counts for. */
  readonly grade: Confidence;
  /** Why it was not followed, as a sentence; null where it was. */
  readonly rejected: string | null;
}

/** Why a file has its place in the library, or none. */
export interface PlacingReport {
  /** As told. Untrusted. */
  readonly torrentName: string;
  /** In the torrent, its root left out. */
  readonly path: string;
  /** Null where the file is not in the library. */
  readonly confidence: Confidence | null;
  /** One sentence. */
  readonly why: string;
  /** What it is taken for; null where it is not in the library. */
  readonly about: About | null;
  /** The user's folders whose rules it meets. */
  readonly folders: readonly string[];
  /** Whether one of them has it instead of the library's own folders. */
  readonly isMoved: boolean;
  /** What the user says of it, such as `kind: movie`. */
  readonly overrides: readonly string[];
  /** What nekoBT says of the torrent, as a sentence; null where it was not asked. */
  readonly catalogue?: string | null;
  /** Of the video, or of the one that a subtitle goes with. */
  readonly evidence: readonly EvidenceReport[];
}

/** Places the torrent as `placeTorrent` does, and tells how it came to one of its files. @param index of the file. */
export function explainPlacing(
  facts: TorrentFacts,
  options: PlaceOptions,
  index: number,
  overrides: TorrentOverrides = noOverrides,
): PlacingReport {
  const path = facts.files[index]?.path ?? '';
  const placement = placeTorrent(facts, options, overrides).find((one) => one.file === index);
  const { files, decisions, bonus } = weigh(facts, overrides);
  const beside = placement?.name.kind === 'beside' ? placement.name.video : index;
  const decision = decisions.find(({ video }) => video.file.index === beside);
  const video = decision?.video ?? bonus.find(({ file }) => file.index === beside);
  const override = overrideOf(overrides, path);
  const role = files.find((file) => file.index === index)?.role ?? null;
  const isPacked = facts.files[index]?.packed === true;
  return {
    torrentName: facts.name,
    path,
    confidence: placement?.confidence ?? null,
    about: placement?.about ?? null,
    folders: [],
    isMoved: false,
    why: placement?.why ?? (isPacked ? packedWhy : hiddenWhy(role, override.hide === true)),
    overrides: Object.entries(override)
      .filter(([key, value]) => key !== 'isNamed' && value !== undefined)
      .map(([key, value]) => `${key === 'episodes' ? 'episode' : key}: ${String(value ?? 'none')}`),
    evidence: video === undefined ? [] : evidenceOf(video, decision ?? null),
  };
}

const packedWhy =
  'It is an archive into which a service packed the torrent; those are only in all/ and accounts/.';

/** Why a file has no place. */
function hiddenWhy(role: Role | null, isHidden: boolean): string {
  if (isHidden) return 'The overrides hide it.';
  switch (role?.kind) {
    case 'sample':
      return 'It is called a sample, and is small beside what it would be a sample of.';
    case 'junk':
      return 'It is about the release: a proof, a picture of the screen, or a note.';
    case 'subtitle':
      return 'It is a subtitle, and nothing tells of which video.';
    default:
      return 'It is no video, and lies beside films or episodes.';
  }
}

/** What is said of a video, its own name first, then the names around it, nearest first. */
function evidenceOf(video: Video, decision: Decision | null): readonly EvidenceReport[] {
  const { name, around, folders, run, title } = video;
  const subject = decision?.subject ?? { kind: 'unknown' };
  const own = saidBy('file', name, title, subject, video);
  const siblings = run === null ? [] : [siblingsSay(video, subject)];
  const others = around.flatMap((one, index) =>
    // The root is often called like the torrent, and would say everything twice.
    around.findIndex(({ name }) => name.text === one.name.text) < index
      ? []
      : saidBy(index < folders.length ? 'folder' : 'torrent', one.name, one.title, subject, video),
  );
  const all = [...own, ...siblings, ...others];
  if (decision?.corrected !== true) return all;
  return all.map((one) => (one.rejected === null ? one : { ...one, rejected: 'The overrides come first.' }));
}

type Said = Pick<EvidenceReport, 'says' | 'grade' | 'rejected'>;

function saidBy(
  from: EvidenceReport['from'],
  name: NameEvidence,
  title: string,
  subject: Subject,
  video: Video,
): readonly EvidenceReport[] {
  const isOwn = from === 'file';
  const said: Said[] = [];
  const { marker, seasons, year, counters } = name;
  if (marker !== null) {
    const episodes = marker.episodes.join(', ');
    const told =
      marker.season === null ? `episode ${episodes}` : `season ${marker.season}, episode ${episodes}`;
    const says = marker.date === null ? told : `the date ${marker.date}`;
    said.push({
      says,
      grade: marker.strength,
      rejected: markerRejected(marker.episodes, marker.date, subject, isOwn),
    });
  }
  if (seasons !== null && (marker?.season ?? null) === null) {
    const says = seasons.seasons.length === 0 ? 'seasons' : `season ${seasons.seasons.join(', ')}`;
    said.push({ says, grade: 'medium', rejected: seasonRejected(seasons.seasons, subject, video) });
  }
  if (year !== null) {
    const says = year.year === null ? 'a span of years' : `the year ${year.year}`;
    said.push({ says, grade: 'medium', rejected: yearRejected(year.year, subject) });
  }
  if (isOwn && marker === null) {
    for (const { value, half } of counters)
      said.push({
        says: `the number ${value}${half ? '.5' : ''}`,
        grade: 'weak',
        rejected: numberRejected(value, subject),
      });
  }
  if (title !== '') {
    said.push({
      says: `the title ${JSON.stringify(title)}`,
      grade: isOwn ? 'medium' : 'weak',
      rejected: titleRejected(title, subject),
    });
  }
  return said.map((one) => ({ from, name: name.text, ...one }));
}

function siblingsSay({ run, name }: Video, subject: Subject): EvidenceReport {
  const says = `number ${run?.episode ?? 0} of ${run?.length ?? 0} files that differ in a number`;
  const isTaken =
    name.marker === null && subject.kind === 'episode' && subject.episodes.includes(run?.episode ?? -1);
  const rejected = isTaken ? null : 'Its own name says more.';
  return { from: 'siblings', name: '', says, grade: 'medium', rejected };
}

function markerRejected(
  episodes: readonly number[],
  date: string | null,
  subject: Subject,
  isOwn: boolean,
): string | null {
  if (subject.kind === 'daily' && subject.date === date) return null;
  const isSame =
    subject.kind === 'episode' &&
    episodes.length > 0 &&
    episodes.every((one) => subject.episodes.includes(one));
  if (isSame) return null;
  return isOwn ? 'The overrides, or other names, say otherwise.' : "The file's own name comes first.";
}

function seasonRejected(seasons: readonly number[], subject: Subject, { name }: Video): string | null {
  if (subject.kind === 'special' && seasons.includes(0)) return null;
  if (subject.kind === 'movie') return 'It is a film: its name has a year, or nothing in it says episode.';
  if (subject.kind === 'daily') return 'A date comes before a season.';
  if (subject.kind !== 'episode') return 'Nothing says which episode it is.';
  if ((name.marker?.season ?? null) !== null)
    return subject.season === seasons[0] && seasons.length === 1
      ? null
      : 'The season in its own name comes first.';
  return seasons.includes(subject.season)
    ? null
    : 'A nearer name tells another season, or its number counts the whole show.';
}

function yearRejected(year: number | null, subject: Subject): string | null {
  if (year === null) return 'A span of years is no year of a title.';
  if (subject.kind === 'unknown') return 'It has no title to go with.';
  if (subject.title.year === year) return null;
  return 'It is not the year of this title.';
}

function numberRejected(value: number, subject: Subject): string | null {
  if (subject.kind === 'episode') {
    const isTaken = subject.episodes.some((episode) => episode === value || episode === value % 100);
    return isTaken ? null : 'Another number counts the episodes.';
  }
  if (subject.kind === 'special') return null;
  return 'A bare number is an episode only where other files or a season bear it out.';
}

function titleRejected(title: string, subject: Subject): string | null {
  if (subject.kind === 'unknown') return 'Nothing bears it out.';
  return normalTitle(title) === normalTitle(subject.title.title)
    ? null
    : `${JSON.stringify(subject.title.title)} is nearer, or says more.`;
}

/** What the files of a torrent are, weighed against each other. */
import { outerContainers, surround, type Container, type Video } from './context.js';
import type { Decision } from './decide.js';
import type { TorrentFacts } from './facts.js';
import { NameReader } from './name-reader.js';
import { overrideOf, type FileOverride, type TorrentOverrides } from './overrides.js';
import { settle } from './settle.js';
import { soundIdentification } from './sound-identification.js';
import { sortFiles, torrentFiles, type SortedFile, type TorrentFile } from './sort-files.js';

/** A torrent's files with what each is taken for. */
export interface Weighed {
  /** In path order, those included that the user hides. */
  readonly files: readonly SortedFile[];
  /** Of the videos that have a place of their own. */
  readonly decisions: readonly Decision[];
  /** Videos that turned out to be extras of the others. */
  readonly bonus: readonly Video[];
  /** The names around the whole torrent. */
  readonly outer: readonly Container[];
  /** Has read the torrent's names. */
  readonly reader: NameReader;
  /** What the user says of a file. */
  readonly overrideFor: (file: TorrentFile) => FileOverride;
}

/** Weighs the files of a torrent; what the user says of them comes first. */
export function weigh(facts: TorrentFacts, overrides: TorrentOverrides): Weighed {
  const reader = new NameReader();
  const outer = outerContainers(facts, reader);
  const overrideFor = (file: TorrentFile): FileOverride =>
    overrideOf(overrides, facts.files[file.index]?.path ?? '');
  const files = sortFiles(
    torrentFiles(facts.files),
    (file) => reader.read(file.stem),
    outer.map(({ name }) => name),
  ).map((file) => (isForced(file, overrideFor(file)) ? { ...file, role: { kind: 'main' } as const } : file));
  const mains = files.filter(({ role }) => role.kind === 'main');
  const told = facts.identification ?? null;
  const known = told === null ? null : soundIdentification(told);
  const settled = settle(surround(mains, outer, reader), overrideFor, known);
  return { files, ...settled, outer, reader, overrideFor };
}

/** A video that the user names is a film or an episode if they say so, whatever it looks like. */
function isForced({ kind }: TorrentFile, override: FileOverride): boolean {
  if (kind !== 'video' || !override.isNamed) return false;
  const { episodes, season } = override;
  const isEpisode = episodes !== undefined || season !== undefined;
  return override.kind === 'movie' || override.kind === 'show' || (override.kind === undefined && isEpisode);
}

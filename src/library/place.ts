/** Where each file of a torrent goes in the library, as a pure function of what is known of the torrent. */
import { placeDiscs } from './discs.js';
import type { TorrentFacts } from './facts.js';
import { Homes } from './homes.js';
import { placeExtra, placeRaw, placeVideo } from './layout.js';
import type { IdTagStyle } from './id-tags.js';
import type { NameReader } from './name-reader.js';
import { noOverrides, overrideOf, type TorrentOverrides } from './overrides.js';
import type { Placement } from './placement.js';
import type { SortedFile } from './sort-files.js';
import { subtitleSuffix, VideoIndex } from './subtitles.js';
import { weigh } from './weigh.js';

/** What placements depend on besides their inputs: results are comparable only where this is equal. */
export const parserVersion = '@viren070/parse-torrent-title 0.9.1, rules 2';

export interface PlaceOptions {
  /** Whether anime goes among the shows or has a view of its own. */
  readonly anime: 'shows' | 'separate';
  /** How the folder of a title tells its id; missing: not at all. */
  readonly idTags?: IdTagStyle;
}

/**
 * Decides where the files of one torrent go: at most one placement each, in the order of the files. Never throws, and
 * the order of `facts.files` makes no difference.
 */
export function placeTorrent(
  facts: TorrentFacts,
  options: PlaceOptions,
  overrides: TorrentOverrides = noOverrides,
): readonly Placement[] {
  const { files, decisions, bonus, outer, reader, overrideFor } = weigh(facts, overrides);
  const placed = new Map<number, Placement>();
  const titlesOf = (folders: readonly string[]): readonly string[] => {
    const nearest = folders.at(-1);
    return nearest === undefined ? outer.map(({ title }) => title) : [reader.read(nearest).title];
  };
  const homes = new Homes(titlesOf);
  /** For what turned out to be an extra because of the episodes around it. */
  const showHomes = new Homes(titlesOf);
  for (const placement of placeDiscs(files, facts.torrent, outer, reader, overrideFor))
    placed.set(placement.file, placement);
  for (const decision of decisions) {
    const placement = placeVideo(decision, options.anime, options.idTags ?? 'none');
    if (placement !== null) placed.set(placement.file, placement);
  }
  if (placed.size === 0) return withoutHidden(placeWhole(facts, files), overrides, facts);
  for (const file of files) {
    const placement = placed.get(file.index);
    if (placement === undefined) continue;
    homes.add(file, placement);
    if (placement.about.kind === 'show') showHomes.add(file, placement);
  }
  const extraFolders = new Map(bonus.map(({ file }) => [file.index, 'Other' as const]));
  for (const file of files) {
    const folder = file.role.kind === 'extra' ? file.role.folder : extraFolders.get(file.index);
    const ofShow = extraFolders.has(file.index) ? showHomes.of(file) : null;
    const home = folder === undefined ? null : (ofShow ?? homes.of(file));
    if (folder !== undefined && home !== null) placed.set(file.index, placeExtra(file, folder, home));
  }
  for (const file of files) {
    const isPlaceable = file.role.kind === 'main' || file.role.kind === 'disc' || file.role.kind === 'extra';
    if (isPlaceable && !placed.has(file.index)) placed.set(file.index, placeRaw(file, facts));
  }
  placeSubtitles(files, facts, placed, reader);
  return withoutHidden(inFileOrder(placed.values()), overrides, facts);
}

/** What is left where the user hides something: a subtitle goes with its video, and finds no other; an extra stays. */
function withoutHidden(
  placements: readonly Placement[],
  overrides: TorrentOverrides,
  { files }: TorrentFacts,
): readonly Placement[] {
  const isHidden = (file: number): boolean => overrideOf(overrides, files[file]?.path ?? '').hide === true;
  const left = placements.filter(
    ({ file, name }) => !isHidden(file) && !(name.kind === 'beside' && isHidden(name.video)),
  );
  return left.map((placement) =>
    placement.goesWith !== null && isHidden(placement.goesWith)
      ? { ...placement, goesWith: null }
      : placement,
  );
}

/** A torrent without film or episode: everything in it as it is, except what is only about the release. */
function placeWhole(facts: TorrentFacts, files: readonly SortedFile[]): readonly Placement[] {
  const shown = files.filter(({ role }) => role.kind !== 'sample' && role.kind !== 'junk');
  return inFileOrder(shown.map((file) => placeRaw(file, facts)));
}

function placeSubtitles(
  files: readonly SortedFile[],
  facts: TorrentFacts,
  placed: Map<number, Placement>,
  reader: NameReader,
): void {
  const videos = new VideoIndex(reader);
  for (const file of files) {
    const isMain = file.role.kind === 'main' && placed.get(file.index)?.name.kind === 'titled';
    if (file.kind === 'video' && placed.has(file.index)) videos.add(file, isMain);
  }
  for (const file of files) {
    const found = file.role.kind === 'subtitle' ? videos.find(file) : null;
    const video = found === null ? undefined : placed.get(found.video);
    if (found === null || video === undefined) continue;
    if (video.view === 'other') {
      placed.set(file.index, placeRaw(file, facts));
      continue;
    }
    placed.set(file.index, {
      ...video,
      file: file.index,
      name: { kind: 'beside', video: found.video, suffix: subtitleSuffix(file, found.words) },
      goesWith: found.video,
      version: null,
      why: 'It is a subtitle of the video beside it.',
    });
  }
}

function inFileOrder(placements: Iterable<Placement>): readonly Placement[] {
  return [...placements].sort((a, b) => a.file - b.file);
}

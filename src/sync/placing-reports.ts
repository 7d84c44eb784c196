import type { Clock } from '../core/clock.js';
import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import { explainPlacing, type PlacingReport } from '../library/explain.js';
import { placeTorrent } from '../library/place.js';
import { belonging } from '../library/folder-rules.js';
import type { TorrentFacts } from '../library/facts.js';
import type { Overrides } from '../library/overrides.js';
import type { Connection } from '../store/database.js';
import { HeldFiles } from '../store/held-files.js';
import { Identifications, type Answer } from '../store/identifications.js';
import type { LibraryRules } from './library-views.js';
import { factsOf, torrentView, type TorrentView } from './torrent-view.js';

/** The files of a torrent: where each is in it, and whether the library has a place for it. */
export type PlacedFiles = readonly {
  readonly content: ContentId;
  readonly path: string;
  readonly isPlaced: boolean;
}[];

/** Tells why files are where they are, by placing their torrents once more: placing is pure, so it comes out the same. */
export class PlacingReports {
  readonly #held: HeldFiles;
  readonly #answers: Identifications;
  readonly #rules: LibraryRules;
  readonly #overrides: () => Overrides;
  readonly #clock: Clock;

  /** @param overrides as they are at the time of asking. */
  constructor(db: Connection, rules: LibraryRules, overrides: () => Overrides, clock: Clock) {
    this.#held = new HeldFiles(db);
    this.#answers = new Identifications(db);
    this.#rules = rules;
    this.#overrides = overrides;
    this.#clock = clock;
  }

  /** Null where nobody holds the content. */
  of(torrent: TorrentKey, content: ContentId): PlacingReport | null {
    const view = torrentView(torrent, this.#held.ofTorrent(torrent));
    const index = view?.files.findIndex((file) => file.content === content) ?? -1;
    if (view === null || index < 0) return null;
    const placed = explainPlacing(this.#factsOf(view), this.#rules, index, this.#overrides().get(torrent));
    const catalogue = catalogueText(this.#answers.of(torrent));
    const report = { ...placed, catalogue };
    const file = view.files[index];
    if (file === undefined || report.about === null) return report;
    const { accounts, mtimeMs, size, path } = file;
    const { library, folders } = belonging(
      {
        about: report.about,
        accounts,
        ageMs: this.#clock.now() - mtimeMs,
        sizeBytes: size,
        path: `${view.name}/${path}`,
      },
      this.#rules.folders,
    );
    return { ...report, folders, isMoved: !library };
  }

  /** All files of a torrent that somebody holds. */
  files(torrent: TorrentKey): PlacedFiles {
    const view = torrentView(torrent, this.#held.ofTorrent(torrent));
    if (view === null) return [];
    const placements = placeTorrent(this.#factsOf(view), this.#rules, this.#overrides().get(torrent));
    const placed = new Set(placements.map(({ file }) => file));
    return view.files.map(({ content, path }, index) => ({ content, path, isPlaced: placed.has(index) }));
  }

  #factsOf(view: TorrentView): TorrentFacts {
    return factsOf(view, this.#answers.usedOf(view.torrent));
  }
}

/** What was learnt of a torrent by asking, as a sentence; null where nobody was asked. */
function catalogueText(answer: Answer | null): string | null {
  if (answer === null) return null;
  const { known, used, askedMs } = answer;
  const day = new Date(askedMs).toISOString().slice(0, 10);
  if (known === null) return `nekoBT did not know the torrent on ${day}; it is asked again a week later.`;
  const ids = Object.entries(known.ids).flatMap(([name, id]) =>
    id === null ? [] : [`${name} ${String(id)}`],
  );
  const told = [
    JSON.stringify(known.title),
    ...(known.year === null ? [] : [String(known.year)]),
    ...ids,
  ].join(', ');
  return used
    ? `The title comes from nekoBT: ${told}.`
    : `nekoBT says ${told}, which came after it was shown: "debridfs retag" puts it into names.`;
}

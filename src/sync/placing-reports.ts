import type { ContentId } from '../core/content.js';
import type { TorrentKey } from '../core/torrent.js';
import { explainPlacing, type PlacingReport } from '../library/explain.js';
import type { Overrides } from '../library/overrides.js';
import type { Connection } from '../store/database.js';
import { HeldFiles } from '../store/held-files.js';
import type { LibraryRules } from './library-views.js';
import { factsOf, torrentView } from './torrent-view.js';

/** Tells why files are where they are, by placing their torrents once more: placing is pure, so it comes out the same. */
export class PlacingReports {
  readonly #held: HeldFiles;
  readonly #rules: LibraryRules;
  readonly #overrides: () => Overrides;

  /** @param overrides as they are at the time of asking. */
  constructor(db: Connection, rules: LibraryRules, overrides: () => Overrides) {
    this.#held = new HeldFiles(db);
    this.#rules = rules;
    this.#overrides = overrides;
  }

  /** Null where nobody holds the content. */
  of(torrent: TorrentKey, content: ContentId): PlacingReport | null {
    const view = torrentView(torrent, this.#held.ofTorrent(torrent));
    const index = view?.files.findIndex((file) => file.content === content) ?? -1;
    if (view === null || index < 0) return null;
    return explainPlacing(factsOf(view), this.#rules, index, this.#overrides().get(torrent));
  }
}

/** With which film or show the extras of a torrent go. */
import type { Placement } from './placement.js';
import { normalTitle } from './release-text.js';
import type { TorrentFile } from './sort-files.js';

/** What a video shares with its extras: its view, its title's folder, and what it is about. */
export interface Home {
  readonly video: number;
  readonly view: Placement['view'];
  readonly folder: Placement['folders'][number];
  readonly about: Placement['about'];
}

/**
 * Finds an extra's home: that of a video in the nearest folder above it that holds any. Of several the one that is
 * titled like the folder, else the largest.
 */
export class Homes {
  readonly #titlesOf: (folders: readonly string[]) => readonly string[];
  readonly #largestIn = new Map<
    string,
    { readonly size: number; readonly isNamesake: boolean; readonly home: Home }
  >();

  /** @param titlesOf the titles that the name of a folder tells; for no folders those of the torrent. */
  constructor(titlesOf: (folders: readonly string[]) => readonly string[]) {
    this.#titlesOf = titlesOf;
  }

  /** Adds a placed video. Called in path order, so that of equally large ones always the same is taken. */
  add(file: TorrentFile, { view, folders, about }: Placement): void {
    const [folder] = folders;
    if (folder === undefined) return;
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      const above = file.folders.slice(0, depth);
      const path = above.join('/');
      const known = this.#largestIn.get(path);
      const normal = normalTitle(about.title);
      const isNamesake = this.#titlesOf(above).some((title) => normalTitle(title) === normal);
      const isBetter = isNamesake === known?.isNamesake ? file.size > known.size : isNamesake;
      if (known === undefined || isBetter) {
        const home = { video: file.index, view, folder, about };
        this.#largestIn.set(path, { size: file.size, isNamesake, home });
      }
    }
  }

  /** Null where nothing of the torrent has a home. */
  of(file: TorrentFile): Home | null {
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      const found = this.#largestIn.get(file.folders.slice(0, depth).join('/'));
      if (found !== undefined) return found.home;
    }
    return null;
  }
}

/** With which film or show the extras of a torrent go. */
import type { Placement } from './placement.js';
import type { TorrentFile } from './sort-files.js';

/** What a video shares with its extras: its view, its title's folder, and what it is about. */
export interface Home {
  readonly video: number;
  readonly view: Placement['view'];
  readonly folder: Placement['folders'][number];
  readonly about: Placement['about'];
}

/** Finds an extra's home: that of the largest video in the nearest folder above it that holds any. */
export class Homes {
  readonly #largestIn = new Map<string, { readonly size: number; readonly home: Home }>();

  /** Adds a placed video. Called in path order, so that of equally large ones always the same is taken. */
  add(file: TorrentFile, { view, folders, about }: Placement): void {
    const [folder] = folders;
    if (folder === undefined) return;
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      const path = file.folders.slice(0, depth).join('/');
      const known = this.#largestIn.get(path);
      if (known === undefined || file.size > known.size) {
        this.#largestIn.set(path, { size: file.size, home: { video: file.index, view, folder, about } });
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

/** With which film or show the extras of a torrent go. */
import type { Placement } from './placement.js';
import type { TorrentFile } from './sort-files.js';

/** The part of a placement that a video shares with its extras: its view and its title's folder. */
export interface Home {
  readonly view: Placement['view'];
  readonly folder: Placement['folders'][number];
}

/** Finds an extra's home: that of the largest video in the nearest folder above it that holds any. */
export class Homes {
  readonly #largestIn = new Map<string, { readonly size: number; readonly home: Home }>();

  /** Adds a placed video. Called in path order, so that of equally large ones always the same is taken. */
  add(file: TorrentFile, { view, folders }: Placement): void {
    const [folder] = folders;
    if (folder === undefined) return;
    for (let depth = file.folders.length; depth >= 0; depth -= 1) {
      const path = file.folders.slice(0, depth).join('/');
      const known = this.#largestIn.get(path);
      if (known === undefined || file.size > known.size) {
        this.#largestIn.set(path, { size: file.size, home: { view, folder } });
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

import { asFolderNews, toJson } from './kept-news.js';
import type { FileNews, FolderNews } from './news.js';

/** More titles than that below one folder of the tree are told as that folder: a scan of all of it costs a media server less. */
const mostFolders = 200;
/** More files than that of one title are told by their folder alone. */
const mostFiles = 100;

/** What one target has still to be told, grouped by title. */
export class PendingNews {
  readonly #folders = new Map<string, Map<string, FileNews>>();

  /** Folders. */
  get size(): number {
    return this.#folders.size;
  }

  /** Adds what happened to a file, after all that was added before. @returns whether there is something else to tell now. */
  add(path: string, news: FileNews): boolean {
    const folder = titleFolder(path);
    const top = topFolder(path);
    const known = this.#folders.get(folder);
    if (this.#isWhole(top) || known?.size === 0) return false;
    const files = known ?? new Map<string, FileNews>();
    const before = files.get(path);
    const after = before === undefined ? news : merged(before, news);
    if (before === after) return false;
    files.set(path, after);
    if (files.size > mostFiles) files.clear();
    if (known === undefined) {
      this.#folders.set(folder, files);
      if (this.#below(top).length > mostFolders) this.#tellWhole(top);
    }
    return true;
  }

  /** Takes the oldest out. */
  take(most: number): readonly FolderNews[] {
    const taken = [...this.#folders].slice(0, most);
    for (const [folder] of taken) this.#folders.delete(folder);
    return taken.map(([folder, files]) => ({ folder, files }));
  }

  /** Puts back what could not be told: it goes before what came meanwhile. */
  putBack(news: readonly FolderNews[]): void {
    const since = this.take(Number.MAX_SAFE_INTEGER);
    for (const each of [...news, ...since]) this.#addFolder(each);
  }

  toJson(): unknown {
    return [...this.#folders].map(([folder, files]) => toJson({ folder, files }));
  }

  /** Takes over what `toJson` gave, and leaves out what it never gave. */
  restore(json: unknown): void {
    for (const each of Array.isArray(json) ? json : []) {
      const news = asFolderNews(each);
      if (news !== null) this.#addFolder(news);
    }
  }

  #addFolder({ folder, files }: FolderNews): void {
    if (files.size > 0) for (const [path, news] of files) this.add(path, news);
    else if (folder === topFolder(`${folder}/`)) this.#tellWhole(folder);
    else if (!this.#isWhole(topFolder(folder))) this.#folders.set(folder, new Map());
  }

  #isWhole(top: string): boolean {
    return this.#folders.get(top)?.size === 0;
  }

  #below(top: string): readonly string[] {
    return [...this.#folders.keys()].filter((folder) => folder.startsWith(`${top}/`));
  }

  #tellWhole(top: string): void {
    for (const folder of this.#below(top)) this.#folders.delete(folder);
    this.#folders.set(top, new Map());
  }
}

function merged(before: FileNews, after: FileNews): FileNews {
  if (after === 'removed') return 'removed';
  // What nobody was told of yet is new to them.
  return before === 'added' ? 'added' : 'changed';
}

/** `/movies`, of `/movies/A Film (2020)/A Film (2020).mkv`. */
function topFolder(path: string): string {
  return path.slice(0, path.indexOf('/', 1));
}

/** `/movies/A Film (2020)`; the folder at the top for a file that lies right in it. */
function titleFolder(path: string): string {
  const below = path.indexOf('/', topFolder(path).length + 1);
  return below === -1 ? topFolder(path) : path.slice(0, below);
}

import { asFolderNews, toJson } from './kept-news.js';
import type { FileNews, FolderNews } from './news.js';

/** More titles than that below one folder of the tree are told as that folder: a scan of all of it costs a media server less. */
const mostFolders = 200;
/** More files than that of one title are told by their folder alone. */
const mostFiles = 100;

/** What one target has still to be told, grouped by title. */
export class PendingNews {
  readonly #folders = new Map<string, Map<string, FileNews>>();
  /** How many titles there are below each folder at the top. */
  readonly #titles = new Map<string, number>();

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
    if (known === undefined) this.#addTitle(top, folder, files);
    return true;
  }

  /** Takes the oldest out. */
  take(most: number): readonly FolderNews[] {
    const taken = [...this.#folders].slice(0, most);
    for (const [folder] of taken) this.#delete(topFolder(`${folder}/`), folder);
    return taken.map(([folder, files]) => ({ folder, files }));
  }

  /** Puts back what could not be told: it goes before what came meanwhile. */
  putBack(news: readonly FolderNews[]): void {
    const since = this.take(Number.MAX_SAFE_INTEGER);
    for (const each of [...news, ...since]) this.#addFolder(each);
  }

  toJson(): readonly unknown[] {
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
    const top = topFolder(`${folder}/`);
    if (this.#isWhole(top)) return;
    if (folder === top && files.size === 0) this.#tellWhole(top);
    else if (!this.#folders.has(folder)) this.#addTitle(top, folder, new Map(files));
    else if (files.size === 0) this.#folders.set(folder, new Map());
    else for (const [path, news] of files) this.add(path, news);
  }

  #isWhole(top: string): boolean {
    return this.#folders.get(top)?.size === 0;
  }

  /** Adds a folder of which there was nothing to tell. */
  #addTitle(top: string, folder: string, files: Map<string, FileNews>): void {
    this.#folders.set(folder, files);
    if (folder === top) return;
    const titles = (this.#titles.get(top) ?? 0) + 1;
    this.#titles.set(top, titles);
    if (titles > mostFolders) this.#tellWhole(top);
  }

  #delete(top: string, folder: string): void {
    this.#folders.delete(folder);
    if (folder !== top) this.#titles.set(top, (this.#titles.get(top) ?? 0) - 1);
  }

  #tellWhole(top: string): void {
    for (const folder of this.#folders.keys()) if (folder.startsWith(`${top}/`)) this.#delete(top, folder);
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

import { AppError } from '../core/errors.js';
import { below } from './address.js';
import { withoutSlash } from './folders.js';
import { listAt, parsed, valueAt } from './json.js';
import type { FileNews, MappedNews } from './news.js';
import { ask } from './request.js';
import { nameOf, type Look, type Target } from './target.js';

/** Documented (Jellyfin and Emby, `POST /Library/Media/Updated`, read 2026-11); both act alike on all three. */
const updateTypes: Readonly<Record<FileNews, string>> = {
  added: 'Created',
  changed: 'Modified',
  removed: 'Deleted',
};

/** A Jellyfin or Emby server, which is told of files and looks at the folders that they are in. */
export class MediaBrowser implements Target {
  readonly name: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(kind: 'jellyfin' | 'emby', url: URL, token: string) {
    this.name = nameOf(kind, url);
    this.#url = url;
    // Jellyfin 12 takes no other header unless that is turned on (its source, read 2026-11), and every version before takes it as well.
    this.#headers =
      kind === 'jellyfin' ? { authorization: `MediaBrowser Token="${token}"` } : { 'x-emby-token': token };
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const json = { Updates: news.flatMap(updatesOf) };
    const url = below(this.#url, '/Library/Media/Updated');
    await ask(this.name, { method: 'POST', url, headers: this.#headers, json }, signal);
  }

  async look(signal: AbortSignal): Promise<Look> {
    const url = below(this.#url, '/Library/VirtualFolders');
    const answer = parsed(await ask(this.name, { method: 'GET', url, headers: this.#headers }, signal));
    // Emby gives the list, or an object with it: clients of it know both (read 2026-11).
    const libraries = Array.isArray(answer) ? (answer as readonly unknown[]) : valueAt(answer, 'Items');
    if (!Array.isArray(libraries))
      throw new AppError('bad-answer', `${this.name} does not tell its libraries.`);
    const folders = libraries.flatMap((library) => listAt(library, 'Locations'));
    return {
      kind: 'libraries',
      folders: folders.flatMap((folder) => (typeof folder === 'string' ? withoutSlash(folder) : [])),
    };
  }
}

function updatesOf({
  scan,
  files,
}: MappedNews): readonly { readonly Path: string; readonly UpdateType: string }[] {
  if (files.size === 0) return [{ Path: scan, UpdateType: updateTypes.changed }];
  return [...files].map(([path, news]) => ({ Path: path, UpdateType: updateTypes[news] }));
}

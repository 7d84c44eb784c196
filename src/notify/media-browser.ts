import type { FileNews, MappedNews } from './news.js';
import { ask } from './request.js';
import { below, nameOf, type Target } from './target.js';

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
    this.#url = below(url, '/Library/Media/Updated');
    // Jellyfin 12 takes no other header unless that is turned on (its source, read 2026-11), and every version before takes it as well.
    this.#headers =
      kind === 'jellyfin' ? { authorization: `MediaBrowser Token="${token}"` } : { 'x-emby-token': token };
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const json = { Updates: news.flatMap(updatesOf) };
    await ask(this.name, { method: 'POST', url: this.#url, headers: this.#headers, json }, signal);
  }
}

function updatesOf({
  scan,
  files,
}: MappedNews): readonly { readonly Path: string; readonly UpdateType: string }[] {
  if (files.size === 0) return [{ Path: scan, UpdateType: updateTypes.changed }];
  return [...files].map(([path, news]) => ({ Path: path, UpdateType: updateTypes[news] }));
}

import { basicLogin, below, withoutLogin } from './address.js';
import type { MappedNews } from './news.js';
import { ask, reach } from './request.js';
import { nameOf, type Look, type Target } from './target.js';

/** Any HTTP server, which is sent what happened as JSON: `{"event": "library.changed", "folders": [{"path", "files": [{"path", "change"}]}]}`. */
export class Webhook implements Target {
  readonly name: string;
  readonly #url: URL;
  readonly #token: string | null;

  /** @param token sent as `Authorization: Bearer`; null: none. */
  constructor(url: URL, token: string | null) {
    this.name = nameOf('webhook', url);
    this.#url = url;
    this.#token = token;
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const folders = news.map(({ folder, files }) => ({
      path: folder,
      files: [...files].map(([path, change]) => ({ path, change })),
    }));
    const url = new URL(withoutLogin(this.#url.href));
    const authorization = this.#token === null ? basicLogin(this.#url) : `Bearer ${this.#token}`;
    const headers = authorization === null ? {} : { authorization };
    await ask(
      this.name,
      {
        method: 'POST',
        url,
        headers,
        json: { event: 'library.changed', folders },
        login: this.#token === null ? 'url' : 'token',
      },
      signal,
    );
  }

  /** Its host alone is asked, and without the token: some hooks take any request to their address for an event. */
  async look(signal: AbortSignal): Promise<Look> {
    const url = below(this.#url, '');
    url.pathname = '/';
    await reach(this.name, url, signal);
    return { kind: 'answers' };
  }
}

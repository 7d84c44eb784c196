import { AppError } from '../core/errors.js';
import { withoutSlash } from './folders.js';
import { listAt, parsed, textAt, valueAt } from './json.js';
import type { MappedNews } from './news.js';
import { ask } from './request.js';
import { basicLogin, below, decoded, nameOf, type Look, type Target } from './target.js';

/**
 * Kodi, by JSON-RPC over HTTP: it scans folders in which something is new, and cleans those in which something is gone. It asks the mount
 * for each of its files when it cleans, so it is told only while the mount is good.
 */
export class Kodi implements Target {
  readonly name: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  #id = 0;

  /** @param url its user name and password are those of Kodi's web server. */
  constructor(url: URL) {
    this.name = nameOf('kodi', url);
    this.#url = below(url, '/jsonrpc');
    const authorization = basicLogin(url);
    this.#headers = authorization === null ? {} : { authorization };
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const cleaned = news.filter(({ files }) => files.size === 0 || has(files, 'removed'));
    const scanned = news.filter(
      ({ files }) => files.size === 0 || has(files, 'added') || has(files, 'changed'),
    );
    for (const directory of foldersOf(cleaned))
      await this.#call('VideoLibrary.Clean', { showdialogs: false, directory }, signal);
    for (const directory of foldersOf(scanned))
      await this.#call('VideoLibrary.Scan', { directory, showdialogs: false }, signal);
  }

  async look(signal: AbortSignal): Promise<Look> {
    if ((await this.#call('JSONRPC.Ping', {}, signal)) !== 'pong')
      throw new AppError('bad-answer', `${this.name} does not answer as Kodi does.`);
    const answer = await this.#call('Files.GetSources', { media: 'video' }, signal);
    const sources = listAt(answer, 'sources').flatMap((source) => textAt(source, 'file') ?? []);
    return { kind: 'libraries', folders: sources.flatMap(foldersIn).map(withoutSlash) };
  }

  async #call(method: string, params: object, signal: AbortSignal): Promise<unknown> {
    this.#id += 1;
    const json = { jsonrpc: '2.0', id: this.#id, method, params };
    const text = await ask(
      this.name,
      { method: 'POST', url: this.#url, headers: this.#headers, json, login: 'url' },
      signal,
    );
    // It says what it does not understand with status 200.
    const result = valueAt(parsed(text), 'result');
    if (result === undefined) throw new AppError('bad-answer', `${this.name} refuses ${method}.`);
    return result;
  }
}

function has(files: MappedNews['files'], wanted: string): boolean {
  return [...files.values()].some((news) => news === wanted);
}

/** With the slash at the end by which Kodi knows folders. */
function foldersOf(news: readonly MappedNews[]): ReadonlySet<string> {
  return new Set(news.map(({ scan }) => `${scan.replace(/\/+$/, '')}/`));
}

/** A source may be several folders: `multipath://%2fmnt%2fa%2f/%2fmnt%2fb%2f/`. */
function foldersIn(source: string): readonly string[] {
  if (!source.startsWith('multipath://')) return [source];
  return source
    .slice('multipath://'.length)
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
}

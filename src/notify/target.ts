import type { MappedNews } from './news.js';

/** Something that is told of changes of the library. */
export interface Target {
  /** As people know it: its kind and host, without a secret. */
  readonly name: string;
  /**
   * Tells it what happened. Telling twice does no harm.
   * @throws {AppError} why it could not be told; then all of it is told again.
   */
  tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void>;
}

/** A target's name: `jellyfin at 127.0.0.1:8096`. */
export function nameOf(kind: string, url: URL): string {
  return `${kind} at ${url.host}`;
}

/** The address below a base that may have a path of its own (`https://home.example/plex`). */
export function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, '') + path;
  url.search = '';
  url.hash = '';
  url.username = '';
  url.password = '';
  return url;
}

/** `Authorization: Basic` for the user name and password of an address; null where it has none. */
export function basicLogin({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const login = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

/** As it stands where its `%` means nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

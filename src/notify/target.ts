import type { MappedNews } from './news.js';

/** What a target says of itself without being told anything. */
export type Look =
  /** A media server takes the token, and has these folders in its libraries, without a slash at their end. */
  | { readonly kind: 'libraries'; readonly folders: readonly string[] }
  /** Somebody answers at its address. */
  | { readonly kind: 'answers' }
  /** It is a program of this machine, which was not run. */
  | { readonly kind: 'program'; readonly program: string };

/** Something that is told of changes of the library. */
export interface Target {
  /** As people know it: its kind and host, without a secret. */
  readonly name: string;
  /** What is wrong with it although it could be told, as a sentence; null or left out: nothing that it knows of. */
  readonly trouble?: string | null;
  /**
   * Tells it what happened. Telling twice does no harm.
   * @throws {AppError} why it could not be told; then all of it is told again.
   */
  tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void>;
  /**
   * Looks whether it can be told, without telling it anything.
   * @throws {AppError} why it could not be told: as `tell`.
   */
  look(signal: AbortSignal): Promise<Look>;
}

/** A target's name: `jellyfin at 127.0.0.1:8096`, `command /usr/local/bin/changed`. */
export function nameOf(kind: string, at: URL | string): string {
  return typeof at === 'string' ? `${kind} ${at}` : `${kind} at ${at.host}`;
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

/** What a part of an address means: as it stands where its `%` means nothing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

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

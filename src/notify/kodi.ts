import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { decoded } from './address.js';
import { withoutSlash, withSlash } from './folders.js';
import { KodiLibrary, type KodiItem } from './kodi-library.js';
import type { FileNews, MappedNews } from './news.js';
import { nameOf, type Look, type Target } from './target.js';

/** How often it is looked whether a scan has ended, in milliseconds. */
const lookMs = 500;
/** A scan that takes longer is waited for by the next try. */
const mostScanMs = 5 * 60_000;

/**
 * Kodi: what is gone is removed from its library, and folders in which something is new are scanned (measured with Kodi 20.1, 2026-11).
 *
 * It is never told to clean. Without the right kind of content with it, a clean of a folder does nothing; and any clean forgets all
 * sources, also those of others, that cannot be reached just then.
 */
export class Kodi implements Target {
  readonly name: string;
  readonly #library: KodiLibrary;
  readonly #clock: Clock;

  /** @param url its user name and password are those of Kodi's web server. */
  constructor(url: URL, clock: Clock) {
    this.name = nameOf('kodi', url);
    this.#library = new KodiLibrary(this.name, url);
    this.#clock = clock;
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const scanned = new Set<string>();
    for (const each of news) {
      const { folder, files, scan } = each;
      const isLess = (files.size === 0 || has(files, 'removed')) && (await this.#removeGone(each, signal));
      // Where a folder is less a file, another version of the same film may take its place.
      const isLeft = isLess && scan === folder;
      if (isLeft || files.size === 0 || has(files, 'added') || has(files, 'changed'))
        scanned.add(withSlash(scan));
    }
    for (const folder of scanned) {
      await this.#idle(signal);
      await this.#library.scan(folder, signal);
    }
  }

  async look(signal: AbortSignal): Promise<Look> {
    await this.#library.ping(signal);
    const folders = (await this.#library.sources(signal)).flatMap(foldersIn);
    return { kind: 'libraries', folders: folders.map(withoutSlash) };
  }

  /** @returns whether it had something that is gone. */
  async #removeGone({ folder, files, isThere }: MappedNews, signal: AbortSignal): Promise<boolean> {
    const isGone = (path: string): boolean =>
      files.size === 0 ? !isThere(path) : files.get(path) === 'removed';
    const had = await this.#library.itemsBelow(withSlash(folder), signal);
    const gone = had.filter((item) => item.files.some(isGone));
    for (const item of gone) await this.#library.remove(item, signal);
    for (const show of showsOf(gone)) await this.#library.removeIfEmpty(show, signal);
    return gone.length > 0;
  }

  /**
   * Waits until it does not scan: an order to scan while it does is one to stop, after which neither folder has been scanned.
   * @throws {AppError} `timeout`.
   */
  async #idle(signal: AbortSignal): Promise<void> {
    const lateMs = this.#clock.monotonic() + mostScanMs;
    while (await this.#library.isBusy(signal)) {
      if (this.#clock.monotonic() >= lateMs)
        throw new AppError('timeout', `${this.name} has been scanning for ${mostScanMs / 60_000} minutes.`);
      await this.#clock.sleep(lookMs, signal);
    }
  }
}

function has(files: MappedNews['files'], wanted: FileNews): boolean {
  return [...files.values()].some((news) => news === wanted);
}

function showsOf(items: readonly KodiItem[]): ReadonlySet<number> {
  return new Set(items.flatMap(({ show }) => show ?? []));
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

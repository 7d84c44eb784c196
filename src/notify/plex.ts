import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { below, withoutLogin } from './address.js';
import { isIn, withoutSlash } from './folders.js';
import { listAt, objectAt, parsed, textAt } from './json.js';
import type { MappedNews } from './news.js';
import { ask } from './request.js';
import { nameOf, type Look, type Target } from './target.js';

/** Sections are asked for again after so long, in milliseconds: people add libraries. */
const sectionsKeptMs = 10 * 60_000;

interface Section {
  readonly key: string;
  /** Folders that it scans, without a slash at their end. */
  readonly locations: readonly string[];
}

/**
 * A Plex server, which scans one folder in every library section that has it. Requests as Sonarr, autoscan and autopulse send them
 * (read 2026-11).
 */
export class Plex implements Target {
  readonly name: string;
  readonly #url: URL;
  readonly #token: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #trouble: string | null = null;
  /** Whether a library has anything that it was told of. Then it is no mistake that none has the rest, such as `other/`. */
  #hasMatched = false;
  #sections: { readonly all: readonly Section[]; readonly untilMs: number } | null = null;

  constructor(url: URL, token: string, clock: Clock, logger: Logger) {
    this.name = nameOf('plex', url);
    this.#url = url;
    this.#token = token;
    this.#clock = clock;
    this.#logger = logger;
  }

  get trouble(): string | null {
    return this.#trouble;
  }

  async tell(news: readonly MappedNews[], signal: AbortSignal): Promise<void> {
    const sections = await this.#currentSections(signal);
    let missing: string | null = null;
    // Several titles that are gone are one scan of the folder that they were in.
    for (const folder of new Set(news.map(({ scan }) => scan))) {
      const having = sections.filter(({ locations }) => locations.some((location) => isIn(folder, location)));
      for (const { key } of having) {
        const url = below(this.#url, `/library/sections/${encodeURIComponent(key)}/refresh`);
        url.searchParams.set('path', folder);
        await ask(this.name, { method: 'GET', url, headers: this.#headers() }, signal);
      }
      if (having.length > 0) this.#hasMatched = true;
      else missing = folder;
    }
    if (this.#hasMatched) this.#trouble = null;
    else if (missing !== null) this.#nothingMatched(missing);
  }

  async look(signal: AbortSignal): Promise<Look> {
    const sections = await this.#currentSections(signal);
    return { kind: 'libraries', folders: sections.flatMap(({ locations }) => locations) };
  }

  async #currentSections(signal: AbortSignal): Promise<readonly Section[]> {
    const nowMs = this.#clock.monotonic();
    if (this.#sections === null || this.#sections.untilMs <= nowMs) {
      const url = below(this.#url, '/library/sections');
      const text = await ask(this.name, { method: 'GET', url, headers: this.#headers() }, signal);
      this.#sections = { all: readSections(this.name, text), untilMs: nowMs + sectionsKeptMs };
    }
    return this.#sections.all;
  }

  #nothingMatched(folder: string): void {
    const shown = withoutLogin(folder).replace(/\p{C}/gu, '?');
    const isNew = this.#trouble === null;
    this.#trouble = `No library of ${this.name} has ${shown}, so nothing is scanned. Compare \`pathMap\` with the folders of its libraries: debridfs doctor names both.`;
    if (isNew) this.#logger.warn({}, this.#trouble);
    // Who reads of the trouble adds the library, and does not want to wait.
    this.#sections = null;
  }

  #headers(): Readonly<Record<string, string>> {
    return { 'x-plex-token': this.#token };
  }
}

function readSections(name: string, text: string): readonly Section[] {
  const container = objectAt(parsed(text), 'MediaContainer');
  if (container === null) throw new AppError('bad-answer', `${name} does not tell its libraries.`);
  return listAt(container, 'Directory').flatMap((directory) => {
    const key = textAt(directory, 'key');
    const locations = listAt(directory, 'Location').flatMap((location) => textAt(location, 'path') ?? []);
    return key === null ? [] : [{ key, locations: locations.map(withoutSlash) }];
  });
}

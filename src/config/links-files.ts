import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { atMost } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { AppError, codeOf } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import {
  containerNames,
  plainLink,
  type OwnLink,
  type OwnLinks,
  type ReadOwnLinks,
} from '../core/own-links.js';
import { SingleFlight } from '../core/single-flight.js';
import { parseLinks } from './links-file.js';

/** Far above any list of links, and any container. */
const maxFileBytes = 32 * 2 ** 20;
/** A file on a share that hangs must not hold up the accounts: then it counts as one that cannot be read. */
const readWithinMs = 5_000;

const none: readonly OwnLink[] = [];

/** One file as it was last read. */
interface ReadFile {
  readonly stamp: string;
  readonly links: readonly OwnLink[];
  /** What is wrong with its lines, as a sentence; null: nothing. */
  readonly problem: string | null;
}

/** The links file that `debridfs add` writes: none is no trouble. */
export function ownLinksPath(stateDir: string): string {
  return join(stateDir, 'links.txt');
}

/** The user's links files, read anew when they have changed. */
export class LinksFiles implements OwnLinks {
  readonly #files: readonly string[];
  readonly #optional: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #read = new Map<string, ReadFile>();
  /** What is wrong with files, so that it is said once. */
  readonly #said = new Map<string, string>();
  #reading: Promise<ReadOwnLinks> | null = null;
  #last: readonly OwnLink[] = none;
  /** Of what `#last` is made, file by file. */
  #merged: readonly (readonly OwnLink[])[] = [];
  /** One that hangs is not asked for again: each would hold a thread of the process's few. */
  readonly #loading = new SingleFlight<string, ReadFile>();

  /**
   * @param files as configured: each is expected to exist.
   * @param optional the file that `debridfs add` writes; none is no trouble. What it says of a URL goes before what others say.
   */
  constructor(files: readonly string[], optional: string, clock: Clock, logger: Logger) {
    this.#files = files;
    this.#optional = optional;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** As last read. */
  get last(): readonly OwnLink[] {
    return this.#last;
  }

  /** What is wrong with each file, as a sentence with its name. */
  get problems(): readonly string[] {
    return [...this.#said.values()];
  }

  read(): Promise<ReadOwnLinks> {
    this.#reading ??= this.#readAll().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readAll(): Promise<ReadOwnLinks> {
    const all: (readonly OwnLink[])[] = [];
    let isComplete = true;
    for (const file of [this.#optional, ...this.#files]) {
      const links = await this.#linksOf(file);
      if (links === null) isComplete = false;
      all.push(links ?? this.#read.get(file)?.links ?? none);
    }
    // The same list where nothing changed, so that nobody works through it again.
    if (all.some((links, index) => links !== this.#merged[index])) {
      const byUrl = new Map<string, OwnLink>();
      for (const link of all.flat()) byUrl.set(link.url, withMore(byUrl.get(link.url), link));
      this.#last = [...byUrl.values()];
      this.#merged = all;
    }
    return { links: this.#last, isComplete };
  }

  /** Null where the file cannot be read. */
  async #linksOf(file: string): Promise<readonly OwnLink[] | null> {
    const late = (): AppError => new AppError('timeout', 'it is not answered for');
    try {
      const loading = this.#loading.run(file, () => this.#load(file));
      const { links, problem } = await atMost(this.#clock, readWithinMs, loading, late);
      this.#say(file, problem);
      return links;
    } catch (thrown) {
      if (file === this.#optional && codeOf(thrown) === 'ENOENT') {
        this.#say(file, null);
        return none;
      }
      const why = thrown instanceof AppError ? thrown.message : (codeOf(thrown) ?? 'unknown');
      this.#say(file, `${file} cannot be read (${why}): its links stay as they were.`);
      return null;
    }
  }

  async #load(file: string): Promise<ReadFile> {
    const found = await stat(file);
    // A pipe would be waited for as long as nobody writes.
    if (!found.isFile()) throw new AppError('config', 'it is no file');
    const { mtimeMs, size, ino } = found;
    const stamp = `${mtimeMs} ${size} ${ino}`;
    const known = this.#read.get(file);
    if (known?.stamp === stamp) return known;
    if (size > maxFileBytes) throw new AppError('config', 'it is larger than 32 MiB');
    const read = { stamp, ...understand(file, await readFile(file)) };
    this.#read.set(file, read);
    return read;
  }

  #say(file: string, message: string | null): void {
    if (message === null) this.#said.delete(file);
    if (message === null || this.#said.get(file) === message) return;
    this.#said.set(file, message);
    this.#logger.warn({ file: basename(file) }, message);
  }
}

function understand(file: string, bytes: Buffer): Omit<ReadFile, 'stamp'> {
  if (containerNames.test(file)) return { links: [containerOf(file, bytes)], problem: null };
  const { links, problems } = parseLinks(bytes.toString('utf8'));
  const [first, ...others] = problems;
  if (first === undefined) return { links, problem: null };
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return { links, problem: `${file}, line ${first.line}: ${first.text}${more}` };
}

/** What one line tells of a link, and where it tells nothing what another does. */
function withMore(first: OwnLink | undefined, other: OwnLink): OwnLink {
  if (first === undefined) return other;
  return {
    ...first,
    name: first.name ?? other.name,
    size: first.size ?? other.size,
    password: first.password ?? other.password,
    quality: first.quality ?? other.quality,
    mayBuy: first.mayBuy || other.mayBuy,
  };
}

function containerOf(file: string, bytes: Buffer): OwnLink {
  return { ...plainLink(pathToFileURL(file).href), container: bytes };
}

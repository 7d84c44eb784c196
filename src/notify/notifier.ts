import type { Clock } from '../core/clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { NotifyReport } from '../core/notify-report.js';
import { backoffMs } from '../core/retry.js';
import type { FileChange } from './collect.js';
import { toJson } from './kept-news.js';
import { mappedNews } from './mapped-news.js';
import type { FolderNews } from './news.js';
import type { PathMap } from './path-map.js';
import { PendingNews } from './pending-news.js';
import type { Target } from './target.js';

export interface NotifierOptions {
  readonly target: Target;
  /** As people tell it from all others. */
  readonly name: string;
  readonly map: PathMap;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Why the tree cannot be trusted now (not mounted, or an account holds a loss), as a sentence. Nobody is told before it is null. */
  readonly waitsFor: () => string | null;
  /** Whether a folder or file is in the tree, by its path from the root. */
  readonly exists: (path: string) => boolean;
  /** Hears that something was told. */
  readonly onTold: () => void;
}

/** Changes come in flocks; a media server is told when there were none for so long, in milliseconds (observed practice: 5 to 15 s). */
const quietMs = 10_000;
/** Or since the first of them so much time has passed: a first sync adds for minutes. */
const mostMs = 60_000;
/** Folders told at once. */
const batch = 50;
/** How often it is looked whether the tree can be trusted again. */
const lookMs = 5_000;
/** Between tries, in milliseconds. */
const retryMs = { base: 5_000, max: 15 * 60_000 };

/** Tells one target what happens in the library: late enough to say it at once, again until it is heard. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #pending = new PendingNews();
  /** What is just being told. */
  #telling: readonly FolderNews[] = [];
  /** Folders, the oldest, whose time has come: they are told one batch after another. */
  #due = 0;
  /** When the first change came of what is not due; null where there is none. */
  #firstMs: number | null = null;
  #lastMs = -Infinity;
  #lastToldMs: number | null = null;
  #trouble: AppError | null = null;
  #told = 0;
  #failures = 0;
  #wake: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  get report(): NotifyReport {
    const { target, name, waitsFor } = this.#options;
    const pending = this.#pending.size + this.#telling.length;
    return {
      target: name,
      pending,
      waitsFor: pending === 0 ? null : waitsFor(),
      lastToldMs: this.#lastToldMs,
      trouble: this.#trouble?.message ?? target.trouble ?? null,
      told: this.#told,
      failed: this.#failures,
    };
  }

  /** Whether a path is one that the target sees. */
  isToldOf(path: string): boolean {
    return this.#options.map(path) !== null;
  }

  /** Takes over what happened to files. @returns whether there is something else to tell now. */
  changed(changes: readonly FileChange[]): boolean {
    let isConcerned = false;
    let isMore = false;
    for (const { path, news } of changes) {
      if (!this.isToldOf(path)) continue;
      isConcerned = true;
      if (this.#pending.add(path, news)) isMore = true;
    }
    if (isConcerned) this.#noticed();
    return isMore;
  }

  /** Takes over what a process before this one had still to tell. */
  restore(json: unknown): void {
    this.#pending.restore(json);
    this.#noticed();
  }

  /** What has still to be told, as JSON. */
  toJson(): readonly unknown[] {
    return [...this.#telling.map(toJson), ...this.#pending.toJson()];
  }

  start(): void {
    this.#running = this.#run(this.#stop.signal);
  }

  /** Resolves once nobody is being told any more; what is left is for the next process. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#running;
  }

  #noticed(): void {
    if (this.#pending.size === 0) return;
    this.#lastMs = this.#options.clock.monotonic();
    this.#firstMs ??= this.#lastMs;
    this.#wake();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; await this.#untilDue(signal);) {
      const isTold = await this.#tell(signal);
      failures = isTold ? 0 : failures + 1;
      if (!isTold) await this.#sleep(backoffMs(failures - 1, retryMs.base, retryMs.max), signal);
    }
  }

  /** Resolves when there is something to tell, and now is the time; with false when the signal fired first. */
  async #untilDue(signal: AbortSignal): Promise<boolean> {
    const { clock, waitsFor } = this.#options;
    while (!signal.aborted) {
      const dueMs = this.#dueMs();
      if (dueMs === null) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const waitMs = dueMs - clock.monotonic();
      if (waitMs > 0) await this.#sleep(waitMs, signal);
      else if (waitsFor() === null) return true;
      else await this.#sleep(lookMs, signal);
    }
    return false;
  }

  /** Null where there is nothing to tell. */
  #dueMs(): number | null {
    if (this.#due > 0) return -Infinity;
    return this.#firstMs === null ? null : Math.min(this.#lastMs + quietMs, this.#firstMs + mostMs);
  }

  /** @returns false where it could not be told. */
  async #tell(signal: AbortSignal): Promise<boolean> {
    const { target, name, map, exists, clock, logger, onTold } = this.#options;
    if (this.#due === 0) {
      this.#due = this.#pending.size;
      this.#firstMs = null;
    }
    this.#telling = this.#pending.take(Math.min(batch, this.#due));
    this.#due -= this.#telling.length;
    let isTold = false;
    try {
      const news = this.#telling.flatMap((each) => mappedNews(each, map, exists) ?? []);
      if (news.length > 0) await target.tell(news, signal);
      logger.debug({ target: name, folders: news.length }, 'it was told what is new');
      this.#lastToldMs = clock.now();
      this.#told += 1;
      this.#trouble = null;
      isTold = true;
    } catch (thrown) {
      this.#pending.putBack(this.#telling);
      this.#due += this.#telling.length;
      if (!signal.aborted) this.#failed(toAppError(thrown));
    }
    this.#telling = [];
    // Several may have become one meanwhile.
    this.#due = Math.min(this.#due, this.#pending.size);
    if (this.#due === this.#pending.size) this.#firstMs = null;
    if (isTold) onTold();
    return isTold;
  }

  #failed(error: AppError): void {
    this.#failures += 1;
    const isNew = this.#trouble?.message !== error.message;
    this.#trouble = error;
    const facts = { target: this.#options.name, code: error.code };
    if (isNew) this.#options.logger.warn(facts, `${error.message} It is told later what is new.`);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal).catch(() => undefined);
  }
}

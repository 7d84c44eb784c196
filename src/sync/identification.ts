import type { Clock } from '../core/clock.js';
import { toAppError, type AppError, type ErrorCode } from '../core/errors.js';
import type { Identifier } from '../core/identification.js';
import type { Logger } from '../core/logger.js';
import { Postponed } from '../core/postponed.js';
import { backoffMs } from '../core/retry.js';
import type { TorrentKey } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { LibraryWriter } from './library-writer.js';

export interface IdentificationOptions {
  readonly identifier: Identifier;
  readonly library: Pick<LibraryWriter, 'toIdentify' | 'identified' | 'awaitAnswers'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChanges: (changes: readonly TreeChange[]) => void;
}

/** Torrents that are looked up between two looks at what waits. */
const askedAtOnce = 5;
/** So often it is looked for something to ask where nothing new was heard of, in milliseconds. */
const idleMs = 600_000;
/** So often it is looked whether something has waited for long enough, in milliseconds. */
const releaseMs = 1_000;
/** After a failure that does not tell when to ask again, in milliseconds. */
const failureMs = { base: 30_000, max: 3_600_000 };

/** Failures that may be one torrent's alone. */
const mayBeTheTorrents: ReadonlySet<ErrorCode> = new Set([
  'bad-answer',
  'service-down',
  'timeout',
  'invalid',
]);
/** So many in a row are nekoBT's. */
const mostOfTorrents = 2;

/**
 * Asks a catalogue what the torrents are that look like anime, one at a time, beside everything else. While it fails nothing
 * waits for it.
 */
export class Identification {
  readonly #options: IdentificationOptions;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #failures = 0;
  /** Torrents that nekoBT fails at. */
  readonly #postponed: Postponed<TorrentKey>;
  /** Whether something may be waiting. */
  #isAwaited = true;
  /** Whether something changed since it was looked for something to ask. */
  #isPoked = false;
  /** Whether there was nothing left to ask when it was last looked. */
  #isIdle = false;
  readonly #settling: (() => void)[] = [];
  /** Wake those that wait for something new. */
  readonly #wakers = new Set<() => void>();

  constructor(options: IdentificationOptions) {
    this.#options = options;
    this.#postponed = new Postponed(options.clock, failureMs);
  }

  /** Starts asking; resolves once new torrents wait for their answer. */
  async start(): Promise<void> {
    // On a full disk nothing waits, and all else goes on.
    await this.#await(true).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'nothing new waits for what nekoBT says');
    });
    this.#running = Promise.all([this.#askAll(), this.#releaseAll()]);
  }

  /** Says that there may be something new to ask. */
  poke(): void {
    this.#isAwaited = true;
    this.#isPoked = true;
    this.#isIdle = false;
    for (const wake of this.#wakers) wake();
  }

  /** Resolves once there is nothing left to ask at present, or it is stopped. */
  async settled(): Promise<void> {
    while (!this.#isIdle && !this.#isStopped())
      await new Promise<void>((resolve) => this.#settling.push(resolve));
  }

  /** Stops asking; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const wake of [...this.#wakers, ...this.#settling.splice(0)]) wake();
    await this.#running;
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #askAll(): Promise<void> {
    const { library, clock, logger } = this.#options;
    const { signal } = this.#stop;
    while (!this.#isStopped()) {
      try {
        this.#isPoked = false;
        const { torrents, isMore, awaited } = await library.toIdentify(askedAtOnce + this.#postponed.size);
        this.#isAwaited ||= awaited > 0;
        if (!isMore) {
          const wanted = new Set(torrents);
          this.#postponed.keep((torrent) => wanted.has(torrent));
        }
        const due = torrents.filter((torrent) => this.#postponed.isDue(torrent));
        for (const torrent of due) if (!(await this.#ask(torrent))) break;
        if (due.length === 0 && !isMore) await this.#idle();
      } catch (thrown) {
        if (this.#isStopped()) return;
        logger.error({ err: thrown }, 'what nekoBT says could not be kept');
        await clock.sleep(failureMs.base, signal).catch(() => undefined);
      }
    }
  }

  /** @returns whether an answer came; where none did, it is waited until another may. @throws what the library throws. */
  async #ask(torrent: TorrentKey): Promise<boolean> {
    const { identifier, library } = this.#options;
    const { signal } = this.#stop;
    if (this.#isStopped()) return false;
    let known;
    try {
      known = await identifier.identify(torrent, signal);
    } catch (thrown) {
      if (!this.#isStopped()) await this.#failed(torrent, toAppError(thrown));
      return false;
    }
    this.#postponed.delete(torrent);
    if (this.#failures > 0) await this.#await(true);
    this.#failures = 0;
    this.#tell(await library.identified(torrent, known));
    return true;
  }

  async #failed(torrent: TorrentKey, error: AppError): Promise<void> {
    const { clock, logger } = this.#options;
    if (mayBeTheTorrents.has(error.code) && this.#failures < mostOfTorrents) {
      this.#failures += 1;
      const laterMs = this.#postponed.postpone(torrent);
      logger.warn(
        { code: error.code, torrent, waitMs: laterMs },
        `nekoBT is asked about it later: ${error.message}`,
      );
      await this.#await(false);
      return;
    }
    const toldMs = error.retryAfterMs ?? 0;
    const waitMs = Math.round(Math.max(toldMs, backoffMs(this.#failures, failureMs.base, failureMs.max)));
    this.#failures += 1;
    logger.warn({ code: error.code, waitMs }, `nekoBT is asked again later: ${error.message}`);
    await this.#await(false);
    await clock.sleep(waitMs, this.#stop.signal).catch(() => undefined);
  }

  async #idle(): Promise<void> {
    if (this.#isPoked) return;
    this.#isIdle = true;
    for (const settle of this.#settling.splice(0)) settle();
    await this.#woken(Math.min(idleMs, this.#postponed.nextMs));
    this.#isIdle = false;
  }

  /** Waits for something new, or so long. */
  async #woken(ms: number): Promise<void> {
    if (this.#isStopped()) return;
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const cancel = this.#options.clock.after(ms, wake);
    this.#wakers.add(wake);
    await woken;
    this.#wakers.delete(wake);
    cancel();
  }

  /** Apart from the asking, since one answer may take longer than anything is to wait. */
  async #releaseAll(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stop;
    while (!this.#isStopped()) {
      if (!this.#isAwaited) {
        await this.#woken(idleMs);
        continue;
      }
      await clock.sleep(releaseMs, signal).catch(() => undefined);
      if (this.#isStopped()) return;
      await this.#await(this.#failures === 0).catch((thrown: unknown) => {
        logger.error({ err: thrown }, 'what waited for nekoBT could not be shown');
      });
    }
  }

  async #await(isAsking: boolean): Promise<void> {
    const { changes, awaited } = await this.#options.library.awaitAnswers(isAsking);
    this.#isAwaited = awaited > 0;
    this.#tell(changes);
  }

  #tell(changes: readonly TreeChange[]): void {
    if (changes.length > 0) this.#options.onChanges(changes);
  }
}

import type { AccountName, AccountState } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import type { ListName } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { HeldLoss } from './absence.js';
import { conditionAfter } from './condition.js';
import { DetailsFetch } from './details-fetch.js';
import type { LibraryWriter } from './library-writer.js';

export interface AccountSyncOptions {
  readonly provider: Provider;
  readonly library: LibraryWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly confirmAfterMs: number;
  /** Hears of every published change. */
  readonly onChanges: (changes: readonly TreeChange[]) => void;
  /** Hears of every round, whoever asked for it; the round is over when this is done. Never rejects. */
  readonly onRound: (report: RoundReport) => Promise<void>;
}

/** How one list was at its last round. */
export interface ListReport {
  readonly list: ListName;
  readonly added: number;
  readonly removed: number;
  readonly held: HeldLoss | null;
  /** Why the list could not be read, as a sentence; null when it could. */
  readonly error: string | null;
}

export interface RoundReport {
  readonly account: AccountName;
  /** Wall clock milliseconds. */
  readonly finishedMs: number;
  /** Whether every list answered, and each was told completely since the start. */
  readonly complete: boolean;
  /** The same, except that one entry that nobody can understand does not hide the others. */
  readonly usable: boolean;
  readonly lists: readonly ListReport[];
}

/** Every so many rounds a full listing is asked for, because changes alone do not tell deletions (AllDebrid). */
const roundsPerFullListing = 5;
/** The account itself (end of paid time, …) is asked for this often. */
const stateIntervalMs = 15 * 60_000;

/**
 * Keeps the library in line with one account: lists at every interval, fetches details as they are missing, applies
 * nothing that is not complete. One account's trouble never touches another's.
 */
export class AccountSync {
  readonly #options: AccountSyncOptions;
  #rounds = 0;
  #forceFull = true;
  /** True while the user vouches for what listings lack. */
  #accepting = false;
  #stateAskedMs = -Infinity;
  #state: AccountState = { condition: 'unknown', detail: 'It has not answered yet.', premiumUntilMs: null };
  #lastRound: RoundReport | null = null;
  #lastCompleteMs: number | null = null;
  /** Items in each list, as last told. */
  readonly #items = new Map<ListName, number>();
  /** Lists that were told completely since the start. */
  readonly #toldCompletely = new Set<ListName>();
  #running: Promise<RoundReport> | null = null;
  #wake: (() => void) | null = null;
  readonly #details: DetailsFetch;

  constructor(options: AccountSyncOptions) {
    this.#options = options;
    this.#details = new DetailsFetch({
      ...options,
      onError: (thrown) => this.#failed(toAppError(thrown), { asked: 'details' }),
    });
  }

  get provider(): Provider {
    return this.#options.provider;
  }

  get state(): AccountState {
    return this.#state;
  }

  get lastRound(): RoundReport | null {
    return this.#lastRound;
  }

  /** When every list last answered, wall clock milliseconds; null: never. */
  get lastCompleteMs(): number | null {
    return this.#lastCompleteMs;
  }

  /** Items whose files were not known when last counted. */
  get awaitingDetails(): number {
    return this.#details.awaiting;
  }

  /** Syncs at every interval until the signal fires. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      await this.#round(signal);
      while (await this.#interrupted(intervalMs, signal));
    }
    await this.#details.settled();
  }

  /** Resolves when the round under way, and the fetching of details that follows from it, have ended. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#details.settled();
  }

  /**
   * Asks for a full listing now, or after the round under way.
   * @param accept whether the user vouches for what it lacks, however much that is: a second listing that agrees is enough
   * then, and is asked for at once.
   * @throws {AppError} `aborted` when the signal fired before it could ask.
   */
  async syncNow(signal: AbortSignal, accept = false): Promise<RoundReport> {
    if (this.#running !== null) await this.#running;
    this.#accepting = accept;
    try {
      const report = await this.#fullRound(signal);
      const holds = report.lists.some(({ held }) => held !== null);
      const last = accept && holds ? await this.#fullRound(signal) : report;
      this.#wake?.();
      return last;
    } finally {
      this.#accepting = false;
    }
  }

  async #fullRound(signal: AbortSignal): Promise<RoundReport> {
    if (signal.aborted) throw new AppError('aborted', 'Nothing is asked any more: it is being ended.');
    this.#forceFull = true;
    return this.#round(signal);
  }

  /** Waits the interval; true when a sync by hand came in between, after which the interval begins anew. */
  async #interrupted(intervalMs: number, signal: AbortSignal): Promise<boolean> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#options.clock
      .sleep(intervalMs, AbortSignal.any([signal, woken.signal]))
      .catch(() => undefined);
    this.#wake = null;
    return woken.signal.aborted && !signal.aborted;
  }

  #round(signal: AbortSignal): Promise<RoundReport> {
    this.#running ??= this.#syncLists(signal).finally(() => (this.#running = null));
    return this.#running;
  }

  async #syncLists(signal: AbortSignal): Promise<RoundReport> {
    const { provider, clock } = this.#options;
    const full = this.#forceFull || this.#rounds % roundsPerFullListing === 0;
    this.#rounds += 1;
    this.#forceFull = false;
    const lists: ListReport[] = [];
    for (const list of provider.lists) {
      lists.push(await this.#syncList(list, full ? 'full' : 'cheap', signal));
      if (signal.aborted) break;
    }
    this.#details.start(signal);
    const answered = lists.length === provider.lists.length && lists.every(({ error }) => error === null);
    const complete = answered && provider.lists.every((list) => this.#toldCompletely.has(list));
    const usable = complete || (answered && [...this.#items.values()].some((items) => items > 0));
    if (complete) this.#lastCompleteMs = clock.now();
    if (answered) await this.#askState(signal);
    else this.#forceFull = true;
    const report = { account: provider.account, finishedMs: clock.now(), complete, usable, lists };
    this.#lastRound = report;
    await this.#options.onRound(report);
    return report;
  }

  async #syncList(list: ListName, mode: 'full' | 'cheap', signal: AbortSignal): Promise<ListReport> {
    const { provider, library, logger } = this.#options;
    const confirmAfterMs = this.#accepting ? 0 : this.#options.confirmAfterMs;
    const { account } = provider;
    try {
      const listing = await provider.list(list, mode, signal);
      const applied = await library.applyListing(account, list, listing, confirmAfterMs);
      this.#publish(applied.changes);
      if (listing.scope === 'complete') this.#toldCompletely.add(list);
      if (applied.missing > 0) this.#forceFull = true;
      const { items, added, removed, held } = applied;
      this.#items.set(list, items);
      if (held !== null) {
        logger.warn(
          { account, list, ...held },
          'a listing lost implausibly much; waiting for another that agrees',
        );
      }
      if (added + removed > 0) logger.info({ account, list, items, added, removed }, 'library changed');
      return { list, added, removed, held, error: null };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!signal.aborted) this.#failed(error, { list });
      return { list, added: 0, removed: 0, held: null, error: error.message };
    }
  }

  #failed(error: AppError, where: object): void {
    const { provider, logger } = this.#options;
    // A full disk says nothing of the account, but it is why the account's news do not show.
    const condition = error.code === 'storage' ? { detail: error.message } : conditionAfter(error);
    this.#state = { ...this.#state, ...condition };
    this.#stateAskedMs = -Infinity;
    logger.warn({ account: provider.account, code: error.code, ...where }, error.message);
  }

  async #askState(signal: AbortSignal): Promise<void> {
    const { provider, clock } = this.#options;
    if (clock.monotonic() - this.#stateAskedMs < stateIntervalMs) return;
    try {
      this.#state = await provider.state(signal);
      this.#stateAskedMs = clock.monotonic();
    } catch (thrown) {
      if (!signal.aborted) this.#failed(toAppError(thrown), { asked: 'account' });
    }
  }

  #publish(changes: readonly TreeChange[]): void {
    if (changes.length > 0) this.#options.onChanges(changes);
  }
}

import type { AccountName, AccountState } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import { backoffMs } from '../core/retry.js';
import type { ItemDetails, ListName } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { HeldLoss } from './absence.js';
import { conditionAfter } from './condition.js';
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
  /** Whether every list answered. */
  readonly complete: boolean;
  readonly lists: readonly ListReport[];
}

/** Every so many rounds a full listing is asked for, because changes alone do not tell deletions (AllDebrid). */
const roundsPerFullListing = 5;
/** The account itself (end of paid time, …) is asked for this often. */
const stateIntervalMs = 15 * 60_000;
/** Items asked for in one go, and details applied in one transaction: about ten seconds of Real-Debrid's budget. */
const detailsAtOnce = 40;
/** An item whose details are not known yet is asked for again after a minute, then less and less often. */
const detailsRetry = { baseMs: 60_000, maxMs: 3_600_000 };

/**
 * Keeps the library in line with one account: lists at every interval, fetches details as they are missing, applies
 * nothing that is not complete. One account's trouble never touches another's.
 */
export class AccountSync {
  readonly #options: AccountSyncOptions;
  #rounds = 0;
  #forceFull = true;
  #stateAskedMs = -Infinity;
  #state: AccountState = { condition: 'unknown', detail: 'not asked yet', premiumUntilMs: null };
  #lastRound: RoundReport | null = null;
  #lastCompleteMs: number | null = null;
  readonly #items = new Map<ListName, number>();
  #running: Promise<RoundReport> | null = null;
  #wake: (() => void) | null = null;
  /** The fetching of details, which outlasts a round. INVARIANT: at most one per account runs; null when none does. */
  #fetching: Promise<void> | null = null;
  #awaiting = 0;
  /** Items whose details could not be had, with the number of tries and the time of the next. */
  readonly #postponed = new Map<string, { readonly tries: number; readonly nextMs: number }>();

  constructor(options: AccountSyncOptions) {
    this.#options = options;
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

  /** Items in the account's lists, as last told. */
  get items(): number {
    return [...this.#items.values()].reduce((sum, items) => sum + items, 0);
  }

  /** When every list last answered, wall clock milliseconds; null: never. */
  get lastCompleteMs(): number | null {
    return this.#lastCompleteMs;
  }

  /** Items whose files were not known when last counted. */
  get awaitingDetails(): number {
    return this.#awaiting;
  }

  /** Syncs at every interval until the signal fires. Never throws. */
  async run(signal: AbortSignal, onRound: (report: RoundReport) => void): Promise<void> {
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      onRound(await this.#round(signal));
      while (await this.#interrupted(intervalMs, signal));
    }
    await this.#fetching;
  }

  /** Resolves when the round under way, and the fetching of details that follows from it, have ended. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#fetching;
  }

  /** Asks for a full listing now, or joins the round under way and then asks. */
  async syncNow(signal: AbortSignal): Promise<RoundReport> {
    if (this.#running !== null) await this.#running;
    this.#forceFull = true;
    const report = await this.#round(signal);
    this.#wake?.();
    return report;
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
    let complete = true;
    for (const list of provider.lists) {
      const outcome = await this.#syncList(list, full ? 'full' : 'cheap', signal);
      lists.push(outcome.report);
      complete &&= outcome.complete;
      if (signal.aborted) break;
    }
    if (complete) {
      this.#lastCompleteMs = clock.now();
      await this.#askState(signal);
    }
    const report = { account: provider.account, finishedMs: clock.now(), complete, lists };
    this.#lastRound = report;
    return report;
  }

  async #syncList(
    list: ListName,
    mode: 'full' | 'cheap',
    signal: AbortSignal,
  ): Promise<{ readonly report: ListReport; readonly complete: boolean }> {
    const { provider, library, logger, confirmAfterMs } = this.#options;
    const { account } = provider;
    try {
      const listing = await provider.list(list, mode, signal);
      const applied = await library.applyListing(account, list, listing, confirmAfterMs);
      this.#publish(applied.changes);
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
      this.#fetchDetails(list, signal);
      return {
        report: { list, added, removed, held, error: null },
        complete: true,
      };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!signal.aborted) this.#failed(error, { list });
      return {
        report: { list, added: 0, removed: 0, held: null, error: error.message },
        complete: false,
      };
    }
  }

  #failed(error: AppError, where: object): void {
    const { provider, logger } = this.#options;
    this.#state = { ...this.#state, ...conditionAfter(error) };
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

  /** Starts fetching what is missing, if nobody does; its failures end with a log line and are tried again next round. */
  #fetchDetails(list: ListName, signal: AbortSignal): void {
    this.#fetching ??= this.#fetchAll(list, signal)
      .catch((thrown: unknown) => {
        if (!signal.aborted) this.#failed(toAppError(thrown), { list, asked: 'details' });
      })
      .finally(() => (this.#fetching = null));
  }

  async #fetchAll(list: ListName, signal: AbortSignal): Promise<void> {
    const { provider, library } = this.#options;
    while (!signal.aborted) {
      const ids = await this.#due(list);
      if (ids.length === 0) return;
      const answered = new Set<string>();
      let batch: ItemDetails[] = [];
      const flush = async (): Promise<void> => {
        const details = batch;
        batch = [];
        if (details.length > 0)
          this.#publish((await library.applyDetails(provider.account, list, details)).changes);
      };
      try {
        for await (const details of provider.details(list, ids, signal)) {
          if (details.files === null) continue;
          answered.add(details.id);
          this.#postponed.delete(details.id);
          batch.push(details);
          if (batch.length >= detailsAtOnce / 4) await flush();
        }
      } finally {
        await flush();
      }
      for (const id of ids) if (!answered.has(id)) this.#postpone(id);
    }
  }

  async #due(list: ListName): Promise<string[]> {
    const { provider, library, clock } = this.#options;
    const ids = await library.awaitingDetails(provider.account, list, detailsAtOnce + this.#postponed.size);
    this.#awaiting = ids.length;
    return ids
      .filter((id) => (this.#postponed.get(id)?.nextMs ?? -Infinity) <= clock.monotonic())
      .slice(0, detailsAtOnce);
  }

  #postpone(id: string): void {
    const tries = (this.#postponed.get(id)?.tries ?? 0) + 1;
    const waitMs = backoffMs(tries - 1, detailsRetry.baseMs, detailsRetry.maxMs);
    this.#postponed.set(id, { tries, nextMs: this.#options.clock.monotonic() + waitMs });
  }

  #publish(changes: readonly TreeChange[]): void {
    if (changes.length > 0) this.#options.onChanges(changes);
  }
}

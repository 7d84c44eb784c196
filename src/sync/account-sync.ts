import type { AccountName, AccountState, UnreadableFiles } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Source } from '../core/content.js';
import { AppError, toAppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { ListMode, Provider } from '../core/provider.js';
import type { SourceNews } from '../core/reading.js';
import type { SyncProgress } from '../core/sync-progress.js';
import type { ListName } from '../core/torrent.js';
import type { TreeChange } from '../core/tree.js';
import type { HeldLoss } from './absence.js';
import { AccountHealth } from './account-health.js';
import { DetailsFetch } from './details-fetch.js';
import type { LibraryWriter } from './library-writer.js';

export interface AccountSyncOptions {
  readonly provider: Provider;
  readonly library: LibraryWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly confirmAfterMs: number;
  /** Hears of every published change. Never throws. */
  readonly onChanges: (changes: readonly TreeChange[]) => void;
  /** Hears that the main lists were told, and whether they hold anything, before the others have answered. Never rejects. */
  readonly onUsable: (holdsSome: boolean) => Promise<void>;
  /** Hears of every round, whoever asked for it; the round is over when this is done. Never rejects. */
  readonly onRound: (report: RoundReport) => Promise<void>;
}

/** How one list was at its last round. */
export interface ListReport {
  readonly list: ListName;
  readonly added: number;
  readonly removed: number;
  /** A loss that waits for a listing to agree, also where this round could not tell. */
  readonly held: HeldLoss | null;
  /** Why the list could not be read, as a sentence; null when it could. */
  readonly error: string | null;
}

export interface RoundReport {
  readonly account: AccountName;
  /** Wall clock milliseconds. */
  readonly finishedMs: number;
  /** Whether every main list answered, and each was told completely since the start. */
  readonly complete: boolean;
  /** The same, except that one entry that nobody can understand does not hide the others. */
  readonly usable: boolean;
  /** Whether the user vouched for what it lacks. */
  readonly accepted: boolean;
  readonly lists: readonly ListReport[];
}

/** How a round asks, and whether the user vouches for what its listings lack. */
interface Asked {
  readonly mode: ListMode;
  readonly isVouchedFor: boolean;
}

/** Lists that an account may be denied, or its service not have, while all else is well: they hold up nothing. */
const sideLists: ReadonlySet<ListName> = new Set(['downloads', 'saved', 'history', 'links']);

/** Whether a service lists what an account holds; a storage portal only takes links of the user's own. */
export function hasLibrary({ lists }: Pick<Provider, 'lists'>): boolean {
  return lists.some((list) => !sideLists.has(list));
}

/** Every so many rounds a full listing is asked for, because changes alone do not tell deletions (AllDebrid). */
const roundsPerFullListing = 5;
/** A round of this length is told to the user. A request that nobody answers fails after a minute, and is told then. */
const longRoundMs = 90_000;
/** So much of a fresh round may be waiting for the moment at which the service may be asked, in milliseconds (TorBox). */
const freshWaitMs = 60_000;

/**
 * Keeps the library in line with one account: asks for its lists side by side at every interval, fetches details as they
 * are missing, believes no loss by a listing that is not complete. One account's trouble never touches another's.
 */
export class AccountSync {
  readonly #options: AccountSyncOptions;
  /** What the account stands and falls with: its library, or where it has none, all that it lists. */
  readonly #mainLists: readonly ListName[];
  #rounds = 0;
  #forceFull = true;
  /** When the last round began, wall clock milliseconds. */
  #roundMs = 0;
  #lastRound: RoundReport | null = null;
  #lastCompleteMs: number | null = null;
  /** Items in each list, as last told. */
  readonly #items = new Map<ListName, number>();
  /** Lists that were told completely since the start. */
  readonly #toldCompletely = new Set<ListName>();
  // INVARIANT: at most one round runs; null when none does.
  #running: Promise<RoundReport> | null = null;
  #wake: (() => void) | null = null;
  readonly #health: AccountHealth;
  readonly #details: DetailsFetch;

  constructor(options: AccountSyncOptions) {
    this.#options = options;
    const { lists } = options.provider;
    this.#mainLists = hasLibrary(options.provider) ? lists.filter((list) => !sideLists.has(list)) : lists;
    this.#health = new AccountHealth(options);
    this.#details = new DetailsFetch({
      ...options,
      onError: (thrown) => this.#health.failed(toAppError(thrown), { asked: 'details' }),
    });
  }

  get provider(): Provider {
    return this.#options.provider;
  }

  get state(): AccountState {
    return this.#health.state;
  }

  /** Single files that could not be read, by reason. */
  get unreadable(): readonly UnreadableFiles[] {
    return this.#health.unreadable;
  }

  /** Why one of its sources could not be read when it was last tried; null where it could, or was not. */
  refusalOf(source: Source): AppError | null {
    return this.#health.refusalOf(source);
  }

  /** Takes over what came of reading one of its files. */
  heard(news: SourceNews): void {
    this.#health.heard(news);
  }

  get lastRound(): RoundReport | null {
    return this.#lastRound;
  }

  /** How long an implausible loss waits for a listing that agrees, in milliseconds. */
  get confirmAfterMs(): number {
    return this.#options.confirmAfterMs;
  }

  /** When every list last answered, wall clock milliseconds; null: never. */
  get lastCompleteMs(): number | null {
    return this.#lastCompleteMs;
  }

  /** Items whose files were not known when last looked. */
  get awaitingDetails(): number {
    return this.#details.awaiting;
  }

  /** How far it is known what the account holds; null where nothing is being found out. */
  get progress(): SyncProgress | null {
    const isUntold = this.#mainLists.some((list) => !this.#items.has(list));
    if (this.#running !== null && isUntold) return { stage: 'lists', sinceMs: this.#roundMs };
    const pace = this.#details.pace;
    if (pace === null) return null;
    const items = [...this.#items.values()].reduce((sum, count) => sum + count, 0);
    return { stage: 'files', known: Math.max(0, items - this.awaitingDetails), items, ...pace };
  }

  /** Syncs at every interval until the signal fires. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs } = this.#options;
    while (!signal.aborted) {
      await (this.#running ?? this.#round(this.#due(), signal));
      while (await this.#interrupted(intervalMs, signal));
    }
    await this.settled();
  }

  /** Resolves when the round under way, and what follows from it (details, the account's state), have ended. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#details.settled();
    await this.#health.settled();
  }

  /**
   * Asks for a full listing now, or after the round under way.
   * @param accept whether the user vouches for what it lacks, however much that is: a second listing that agrees is enough
   * then, and is asked for as soon as the service may be.
   * @throws {AppError} `aborted` when the signal fired before it could ask.
   */
  async syncNow(signal: AbortSignal, accept = false): Promise<RoundReport> {
    const asked: Asked = accept
      ? { mode: 'fresh', isVouchedFor: true }
      : { mode: 'full', isVouchedFor: false };
    const report = await this.#roundOfItsOwn(asked, signal);
    const holds = report.lists.some(({ held, error }) => held !== null && error === null);
    const last = accept && holds ? await this.#roundOfItsOwn(asked, signal) : report;
    this.#wake?.();
    return last;
  }

  /**
   * Takes over that the user just had an item removed, then asks for a full listing. A round that was under way may have been told of the
   * item still, so it is waited for first.
   * @throws {AppError} `aborted` when the signal fired before it could ask; `storage`.
   */
  async removed(list: ListName, itemId: string, signal: AbortSignal): Promise<void> {
    while (this.#running !== null) await this.#running;
    const { provider, library } = this.#options;
    this.#publish(await library.forgetItem(provider.account, list, itemId));
    await this.syncNow(signal);
  }

  /** A round that begins after whatever is under way. */
  async #roundOfItsOwn(asked: Asked, signal: AbortSignal): Promise<RoundReport> {
    while (this.#running !== null) await this.#running;
    if (signal.aborted) throw new AppError('aborted', 'Nothing is asked any more: it is being ended.');
    return this.#round(asked, signal);
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

  #due(): Asked {
    const isFull = this.#forceFull || this.#rounds % roundsPerFullListing === 0;
    return { mode: isFull ? 'full' : 'cheap', isVouchedFor: false };
  }

  #round(asked: Asked, signal: AbortSignal): Promise<RoundReport> {
    const limitMs = longRoundMs + (asked.mode === 'fresh' ? freshWaitMs : 0);
    const cancel = this.#options.clock.after(limitMs, () => this.#health.takesLong(longRoundMs));
    const round = this.#syncLists(asked, signal).finally(() => {
      cancel();
      this.#running = null;
    });
    this.#running = round;
    return round;
  }

  async #syncLists(asked: Asked, signal: AbortSignal): Promise<RoundReport> {
    const { provider, clock } = this.#options;
    this.#rounds += 1;
    this.#roundMs = clock.now();
    this.#forceFull = false;
    const asking = new Map(provider.lists.map((list) => [list, this.#syncList(list, asked, signal)]));
    const main = await Promise.all(this.#mainLists.flatMap((list) => asking.get(list) ?? []));
    const answered = main.every(({ error }) => error === null);
    const complete = answered && this.#mainLists.every((list) => this.#toldCompletely.has(list));
    const holdsSome = this.#mainLists.some((list) => (this.#items.get(list) ?? 0) > 0);
    const usable = complete || (answered && holdsSome);
    this.#details.start(signal);
    if (usable) await this.#options.onUsable(holdsSome);
    const lists = await Promise.all(asking.values());
    this.#details.start(signal);
    if (complete) this.#lastCompleteMs = clock.now();
    if (answered) this.#health.ask(signal);
    else this.#forceFull = true;
    const failedAside = lists.find(({ list, error }) => !this.#mainLists.includes(list) && error !== null);
    this.#health.inPart(failedAside?.error ?? '');
    const accepted = asked.isVouchedFor;
    const report = { account: provider.account, finishedMs: clock.now(), complete, usable, accepted, lists };
    this.#lastRound = report;
    await this.#options.onRound(report);
    return report;
  }

  async #syncList(list: ListName, { mode, isVouchedFor }: Asked, signal: AbortSignal): Promise<ListReport> {
    const { provider, library, logger } = this.#options;
    const confirmAfterMs = isVouchedFor ? 0 : this.#options.confirmAfterMs;
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
      if (!signal.aborted && !this.#mainLists.includes(list))
        logger.warn({ account, list, code: error.code }, error.message);
      else if (!signal.aborted) this.#health.failed(error, { list });
      const held = this.#lastRound?.lists.find((last) => last.list === list)?.held ?? null;
      return { list, added: 0, removed: 0, held, error: error.message };
    }
  }

  #publish(changes: readonly TreeChange[]): void {
    if (changes.length > 0) this.#options.onChanges(changes);
  }
}

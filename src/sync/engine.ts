import { setMaxListeners } from 'node:events';
import type { AccountName } from '../core/account.js';
import type { ItemName } from '../core/adding.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import type { Peek, SourceNews } from '../core/reading.js';
import type { TreeChange } from '../core/tree.js';
import type { Overrides } from '../library/overrides.js';
import { AccountSync, hasLibrary, type RoundReport } from './account-sync.js';
import { ArchiveInspection } from './archive-inspection.js';
import type { LibraryWriter } from './library-writer.js';
import { accountMeant, accountNamed, holdsLoss } from './whose-loss.js';

export interface SyncEngineOptions {
  readonly providers: readonly Provider[];
  readonly library: LibraryWriter;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly confirmAfterMs: number;
  readonly onChanges: (changes: readonly TreeChange[]) => void;
  /** Hears of every round that has ended. */
  readonly onRound?: (report: RoundReport) => void;
  /** By which archives are looked into; null: they are not. */
  readonly peek: Peek | null;
}

/** How often it is asked whether a file has come of an age that a folder's rule names, in milliseconds. */
const agesEveryMs = 10 * 60_000;

/**
 * How long a sync by hand waits for one account, in milliseconds: for the round under way and one more where nobody
 * answers, or two of which each waits for TorBox's minute, and as long again for answering.
 */
const answerWithinMs = 4 * 60_000;

/** Syncs all accounts, each on its own, and keeps what they hold placed by the rules of now. */
export class SyncEngine {
  readonly accounts: readonly AccountSync[];
  readonly #options: SyncEngineOptions;
  readonly #stop = new AbortController();
  readonly #inspection: ArchiveInspection | null;
  readonly #complete = new Set<AccountName>();
  #running: Promise<unknown> = Promise.resolve();
  /** Whether the tree was said to be trusted since the start. */
  #trusted = false;
  #published: () => void = () => undefined;
  /** Resolves once the tree may be shown: at once after a restart, else with one account's first usable round. */
  readonly published: Promise<void>;

  constructor(options: SyncEngineOptions) {
    this.#options = options;
    // Every account listens several times over.
    setMaxListeners(0, this.#stop.signal);
    const onRound = (report: RoundReport): Promise<void> => this.#roundEnded(report);
    const onChanges = (changes: readonly TreeChange[]): void => {
      this.#tell(changes);
      // What is new may be an archive.
      this.#inspection?.start(this.#stop.signal);
    };
    this.accounts = options.providers.map(
      (provider) =>
        new AccountSync({
          ...options,
          provider,
          onRound,
          onChanges,
          onUsable: (holdsSome) => this.#told(holdsSome || hasLibrary(provider)),
        }),
    );
    const { peek } = options;
    this.#inspection = peek === null ? null : new ArchiveInspection({ ...options, peek });
    this.published = new Promise((resolve) => (this.#published = resolve));
  }

  /**
   * Starts syncing; resolves once it is known whether the tree was published before.
   * @param wasPublished the same, where it was asked already.
   */
  async start(wasPublished?: boolean): Promise<void> {
    if (wasPublished ?? (await this.#options.library.isPublished())) this.#published();
    const { signal } = this.#stop;
    this.#running = Promise.all([
      ...this.accounts.map((account) => account.run(signal)),
      this.#keepPlaced(signal),
    ]);
  }

  /** Takes over what came of reading a file. */
  heard(news: SourceNews): void {
    this.accounts.find(({ provider }) => provider.account === news.source.account)?.heard(news);
  }

  /** Takes over what the user says of torrents; resolves once the tree shows it. @throws {AppError} `storage`. */
  async setOverrides(overrides: Overrides): Promise<void> {
    await this.#options.library.setOverrides(overrides);
    await this.#placeAnew();
  }

  /**
   * Asks every account for a full listing now. One that does not answer in time is reported so; it is waited for all the
   * same, by nobody.
   * @param accept the account whose loss the user vouches for, see `AccountSync.syncNow`; true: of the one that holds a loss. The others
   * are asked as usual.
   * @throws {AppError} `aborted` when it is stopped before it could ask; `invalid`, with their names, when it is true and more than
   * one holds a loss; `not-found`.
   */
  async syncNow(accept: AccountName | boolean = false): Promise<readonly RoundReport[]> {
    if (accept === false) return this.#answers(null);
    if (accept !== true) return this.#answers(accountNamed(this.accounts, accept));
    const known = accountMeant(this.accounts);
    const reports = await this.#answers(known);
    if (known !== null) return reports;
    const found = accountMeant(this.accounts);
    if (found === null) return reports;
    const accepted = await this.#answerOf(found, true);
    return reports.map((report) => (report.account === accepted.account ? accepted : report));
  }

  /** Asks one account for a full listing now; null where there is none of the name. @throws {AppError} `aborted` when it is stopped before it could ask. */
  async syncAccount(name: AccountName): Promise<RoundReport | null> {
    const account = this.accounts.find(({ provider }) => provider.account === name);
    return account === undefined ? null : account.syncNow(this.#stop.signal);
  }

  /** The accounts that lack so much that they are not believed yet. */
  get accountsWithLoss(): readonly AccountName[] {
    return this.accounts.filter(holdsLoss).map(({ provider }) => provider.account);
  }

  /** Asks one account for a full listing now, and waits for the details of what it told. */
  async syncWhole(name: AccountName): Promise<void> {
    await this.syncAccount(name);
    await this.accounts.find(({ provider }) => provider.account === name)?.settled();
  }

  /** Takes over that the user had an item removed, see `AccountSync.removed`. */
  async removed({ account, list, itemId }: ItemName): Promise<void> {
    const holder = this.accounts.find(({ provider }) => provider.account === account);
    await holder?.removed(list, itemId, this.#stop.signal);
  }

  /** Resolves when no account is being asked, for listings or details, at present. */
  async settled(): Promise<void> {
    await Promise.all(this.accounts.map((account) => account.settled()));
  }

  /** Resolves when no archive is being looked into. */
  async archivesSettled(): Promise<void> {
    await this.#inspection?.settled();
  }

  /** Stops asking; resolves when nothing runs any more, rounds asked for by hand included. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.settled();
    await this.archivesSettled();
  }

  #answers(accepted: AccountSync | null): Promise<readonly RoundReport[]> {
    return Promise.all(this.accounts.map((account) => this.#answerOf(account, account === accepted)));
  }

  async #answerOf(account: AccountSync, accept: boolean): Promise<RoundReport> {
    const { clock } = this.#options;
    let giveUp: () => void = () => undefined;
    const lapsed = new Promise<RoundReport>((resolve) => {
      giveUp = clock.after(answerWithinMs, () => resolve(unanswered(account, clock.now())));
    });
    try {
      return await Promise.race([account.syncNow(this.#stop.signal, accept), lapsed]);
    } finally {
      giveUp();
    }
  }

  async #roundEnded(report: RoundReport): Promise<void> {
    if (this.#isStopped()) return;
    const { account, complete } = report;
    if (complete) this.#complete.add(account);
    const { library, logger } = this.#options;
    this.#guarded(() => this.#options.onRound?.(report));
    try {
      if (this.#complete.size === this.accounts.length) this.#tell(await library.forgetOtherAccounts());
    } catch (error) {
      logger.error({ err: error }, 'the library could not be written');
    }
    this.#inspection?.start(this.#stop.signal);
  }

  /**
   * From the first account on that told what it holds, the tree is trusted.
   * @param isLibrary false: it has none, and tells nothing; then it says something only where no account has one.
   */
  async #told(isLibrary: boolean): Promise<void> {
    if (this.#trusted || this.#isStopped()) return;
    if (!isLibrary && this.#options.providers.some(hasLibrary)) return;
    try {
      this.#tell(await this.#options.library.markPublished());
      this.#trusted = true;
      if (!this.#isStopped()) this.#published();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'the library could not be written');
    }
  }

  async #keepPlaced(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      await this.#placeAnew().catch((error: unknown) => {
        logger.error({ err: error }, 'the library could not be placed anew');
      });
      await clock.sleep(agesEveryMs, signal).catch(() => undefined);
    }
  }

  async #placeAnew(): Promise<void> {
    for (let left = 1; left > 0 && !this.#isStopped();) {
      const placed = await this.#options.library.placeAnew();
      this.#tell(placed.changes);
      left = placed.left;
    }
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #tell(changes: readonly TreeChange[]): void {
    if (changes.length > 0) this.#guarded(() => this.#options.onChanges(changes));
  }

  /** What goes wrong with who hears of the library is no fault of an account, nor of the library. */
  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.logger.error({ err: error }, 'somebody could not be told of the library');
    }
  }
}

/** What a sync by hand tells of an account that it does not wait for any longer. */
function unanswered({ provider, lastRound }: AccountSync, nowMs: number): RoundReport {
  const error = `Account "${provider.account}" has not answered for ${answerWithinMs / 60_000} minutes; it is still being asked, and "debridfs status" tells what comes of it.`;
  const lists = provider.lists.map((list) => {
    const held = lastRound?.lists.find((last) => last.list === list)?.held ?? null;
    return { list, added: 0, removed: 0, held, error };
  });
  return {
    account: provider.account,
    finishedMs: nowMs,
    complete: false,
    usable: false,
    accepted: false,
    lists,
  };
}

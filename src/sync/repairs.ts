import { LRUCache } from 'lru-cache';
import { abortable } from '../core/abortable.js';
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { toAppError, type AppError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import type { Provider } from '../core/provider.js';
import type { SourceNews } from '../core/reading.js';

export interface RepairsOptions {
  /** All accounts; those without `repair` are left alone. */
  readonly providers: readonly Provider[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const hourMs = 3_600_000;
/** An item is renewed at most once in this time, in milliseconds, and so often in the life of a process. */
const again = { afterMs: 24 * hourMs, maxTries: 3 };
/**
 * Items of one account that are renewed in an hour. Links age out one by one, as they were made; where hundreds are refused together
 * it is the service that is ill, and a library is not added anew for that.
 */
const maxInAnHour = 10;
/** The least time in which nothing is renewed after the service received too many requests, in milliseconds. */
const pauseMs = 60_000;
/** Items of which is remembered that they were renewed: more than a process renews in two months. */
const maxRemembered = 15_000;

/** Asks for a sync of an account. */
type Renewed = (account: AccountName) => Promise<unknown>;

/**
 * Has items renewed whose links have aged out, where the user allowed it: few, one at a time for each account, and whatever a scanner
 * opens. What was renewed when is in memory only: a restart begins to count anew.
 */
export class Repairs {
  readonly #accounts: ReadonlyMap<AccountName, AccountRepairs>;
  readonly #stop = new AbortController();
  #renewed: Renewed = () => Promise.resolve();

  constructor({ providers, clock, logger }: RepairsOptions) {
    const parts = { clock, logger, signal: this.#stop.signal };
    const renewed: Renewed = (account) => this.#renewed(account);
    this.#accounts = new Map(
      providers.flatMap(({ account, repair }) =>
        repair === undefined ? [] : [[account, new AccountRepairs({ account, repair, renewed, ...parts })]],
      ),
    );
  }

  /** @param renewed called when an item was replaced by another, which only a sync makes known. */
  start(renewed: Renewed): void {
    this.#renewed = renewed;
  }

  /** Takes over what came of reading a file. Returns at once, whatever follows from it. */
  heard({ source: { account, list, itemId }, asked, refused }: SourceNews): void {
    const repairs = this.#accounts.get(account);
    if (asked !== 'link' || refused === null) return;
    const { error } = refused;
    if (error.code === 'link-aged' && list === 'torrents') repairs?.ask(itemId);
    if (error.code === 'rate-limited') repairs?.pause(error);
  }

  /** Resolves when nothing is being renewed. */
  async settled(): Promise<void> {
    await Promise.all([...this.#accounts.values()].map((account) => account.settled()));
  }

  /** Breaks off what is being renewed; resolves when what it had added is removed again, or some seconds later. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }
}

interface AccountParts {
  readonly account: AccountName;
  readonly repair: NonNullable<Provider['repair']>;
  readonly renewed: Renewed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** How often an item was to be renewed, and when last, monotonic milliseconds. */
interface Tried {
  readonly tries: number;
  readonly lastMs: number;
}

/** The renewals of one account. Times are monotonic milliseconds. */
class AccountRepairs {
  readonly #parts: AccountParts;
  /** Items that wait, in the order in which they were asked for. */
  readonly #waiting = new Set<string>();
  /** When the renewals of the last hour began. */
  #startedMs: number[] = [];
  readonly #tried = new LRUCache<string, Tried>({ max: maxRemembered });
  #pausedUntilMs = -Infinity;
  /** Whether it was said in this hour that no more are renewed. */
  #isFull = false;
  // INVARIANT: null when nothing is asked for.
  #running: Promise<void> | null = null;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  ask(itemId: string): void {
    const { account, clock, logger, signal } = this.#parts;
    if (signal.aborted || this.#waiting.has(itemId)) return;
    const nowMs = clock.monotonic();
    const tried = this.#tried.get(itemId);
    if (tried !== undefined && (tried.tries >= again.maxTries || nowMs < tried.lastMs + again.afterMs))
      return;
    this.#startedMs = this.#startedMs.filter((startMs) => nowMs < startMs + hourMs);
    if (this.#startedMs.length + this.#waiting.size >= maxInAnHour) {
      if (!this.#isFull)
        logger.warn(
          { account, maxInAnHour },
          'links of more items have aged out than are renewed in an hour; others follow when they are read later',
        );
      this.#isFull = true;
      return;
    }
    this.#isFull = false;
    this.#waiting.add(itemId);
    this.#running ??= this.#renewAll();
  }

  /** The service received too many requests. */
  pause({ retryAfterMs = 0 }: AppError): void {
    const untilMs = this.#parts.clock.monotonic() + Math.max(pauseMs, retryAfterMs);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #renewAll(): Promise<void> {
    const { clock, signal } = this.#parts;
    for (;;) {
      for (let leftMs; (leftMs = this.#pausedUntilMs - clock.monotonic()) > 0 && !signal.aborted;)
        await clock.sleep(leftMs, signal).catch(() => undefined);
      const [itemId] = this.#waiting;
      if (itemId === undefined || signal.aborted) {
        // In one go with the look at the queue, so that what is asked for next begins anew.
        this.#running = null;
        return;
      }
      const startMs = clock.monotonic();
      const tried = { tries: (this.#tried.get(itemId)?.tries ?? 0) + 1, lastMs: startMs };
      // Before it leaves the queue, so that it is not asked for again meanwhile.
      this.#tried.set(itemId, tried);
      this.#startedMs.push(startMs);
      this.#waiting.delete(itemId);
      await this.#renew(itemId, tried);
    }
  }

  async #renew(itemId: string, tried: Tried): Promise<void> {
    const { account, repair, renewed, logger, signal } = this.#parts;
    logger.info({ account, itemId }, 'links have aged out: their torrent is added once more');
    try {
      const newId = await repair(itemId, signal);
      // Its links are new. Where they are refused all the same, adding it once more helps as little.
      this.#tried.set(newId, tried);
      logger.info({ account, itemId, newId }, 'links were renewed: a new item took the place of the old one');
      await abortable(renewed(account), signal).catch((error: unknown) => {
        if (!signal.aborted)
          logger.warn({ account, err: error }, 'the new item is not known before the next sync');
      });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'rate-limited') this.pause(error);
      logger.warn({ account, itemId, code: error.code }, `links were not renewed: ${error.message}`);
    }
  }
}

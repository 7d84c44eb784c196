import type { Clock } from '../core/clock.js';
import type { AccountReport, CacheReport, SyncSummary } from './surface.js';

/** What is looked at: nothing of it costs a query. */
export interface Looked {
  readonly cache: Omit<CacheReport, 'disk'>;
  readonly accounts: readonly Pick<AccountReport, 'name' | 'budgets'>[];
}

/** How much went through, at one moment. Bytes are counted since the start. */
export interface Sample {
  /** Wall clock milliseconds. */
  readonly atMs: number;
  /** Given to readers. */
  readonly givenBytes: number;
  /** Of these, what was in the cache. */
  readonly hitBytes: number;
  /** Sent by file hosts. */
  readonly receivedBytes: number;
  /** Of each account's tightest limit of calls, the share that is used: 0 to 1. */
  readonly calls: readonly number[];
}

export interface HistoryReport {
  /** In the order of the configuration, as `calls` are. */
  readonly accounts: readonly string[];
  /** Oldest first. */
  readonly samples: readonly Sample[];
  /** Rounds that have ended, newest first. */
  readonly syncs: readonly SyncSummary[];
}

/** Often enough to see a player begin, and seldom enough to cost nothing. */
const everyMs = 10_000;
/** An hour. */
const keptSamples = 360;
const keptSyncs = 50;

/** What happened in the last hour, for people to look at. */
export class History {
  readonly #look: () => Looked;
  readonly #samples: Sample[] = [];
  readonly #syncs: SyncSummary[] = [];

  constructor(look: () => Looked) {
    this.#look = look;
  }

  /** Looks every ten seconds. @returns what ends it. */
  start(clock: Clock): () => void {
    const ended = new AbortController();
    void this.#keepLooking(clock, ended.signal);
    return () => ended.abort();
  }

  /** Takes over a round that has ended. */
  synced(round: SyncSummary): void {
    this.#syncs.unshift(round);
    if (this.#syncs.length > keptSyncs) this.#syncs.pop();
  }

  report(): HistoryReport {
    return {
      accounts: this.#look().accounts.map(({ name }) => name),
      samples: [...this.#samples],
      syncs: [...this.#syncs],
    };
  }

  async #keepLooking(clock: Clock, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      this.#take(clock.now());
      await clock.sleep(everyMs, ended).catch(() => undefined);
    }
  }

  #take(atMs: number): void {
    const { cache, accounts } = this.#look();
    this.#samples.push({
      atMs,
      givenBytes: cache.hitBytes + cache.missBytes,
      hitBytes: cache.hitBytes,
      receivedBytes: cache.receivedBytes,
      calls: accounts.map(({ budgets }) =>
        budgets.reduce((most, { used, limit }) => Math.max(most, limit > 0 ? used / limit : 0), 0),
      ),
    });
    if (this.#samples.length > keptSamples) this.#samples.shift();
  }
}

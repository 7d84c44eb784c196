import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import type { Connection } from './database.js';

/** How many UTC days are kept, the present one among them: TorBox counts over 15 (documented by its support, 2026). */
const keptDays = 15;
const dayMs = 86_400_000;
/** How long bytes may be counted in memory only, in milliseconds: what a crash loses. */
const writeEveryMs = 10_000;

/** Bytes that one account's file hosts sent on one UTC day. */
export interface TrafficDay {
  readonly account: AccountName;
  /** Days since 1970. */
  readonly day: number;
  /** Exact up to 2^53. */
  readonly bytes: number;
}

/** What an account's file hosts sent. */
export interface Traffic {
  /** On the present UTC day. */
  readonly todayBytes: number;
  /** On the last 15 UTC days, the present one among them. */
  readonly fifteenDaysBytes: number;
}

/** Traffic as rows, for the store's one writer. */
export class TrafficRows {
  readonly #put;
  readonly #dropUpTo;

  constructor(db: Connection) {
    this.#put = db.prepare(
      `INSERT INTO traffic (account, day, bytes) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET bytes = excluded.bytes`,
    );
    this.#dropUpTo = db.prepare('DELETE FROM traffic WHERE day <= ?');
  }

  put({ account, day, bytes }: TrafficDay): void {
    this.#put.run(account, day, bytes);
  }

  /** Drops the days that are no longer counted at a wall clock time. */
  dropOld(nowMs: number): void {
    this.#dropUpTo.run(utcDay(nowMs) - keptDays);
  }
}

/** How traffic reaches the one writer, which may live in another thread. */
export interface TrafficWriter {
  /** Keeps the days as they are told now, whatever was kept of them before. */
  putTraffic(days: readonly TrafficDay[]): Promise<void>;
}

interface CountedDay {
  readonly account: AccountName;
  readonly day: number;
  bytes: number;
  /** Whether there is nothing to write. */
  isWritten: boolean;
}

/**
 * Counts what each account's file hosts send: read once, counted in memory, written through the store's one writer at most
 * every 10 s and at the end.
 *
 * INVARIANT: while a day is not written, a write is under way or a timer for one runs, unless it was closed.
 */
export class StoredTraffic {
  readonly #writer: TrafficWriter;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #days = new Map<AccountName, Map<number, CountedDay>>();
  readonly #closed = new AbortController();
  #isWriteDue = false;
  #writing: Promise<void> = Promise.resolve();

  /** @param onError hears of what could not be written; it is written with what comes next. */
  constructor(db: Connection, writer: TrafficWriter, clock: Clock, onError: (error: unknown) => void) {
    this.#writer = writer;
    this.#clock = clock;
    this.#onError = onError;
    const kept = db.prepare<[], TrafficDay>('SELECT account, day, bytes FROM traffic').all();
    for (const { account, day, bytes } of kept) this.#of(account, day).bytes = bytes;
  }

  /** Counts bytes that have just come. Costs two look-ups, and never waits. */
  add(account: AccountName, bytes: number): void {
    const today = this.#of(account, utcDay(this.#clock.now()));
    today.bytes += bytes;
    today.isWritten = false;
    if (!this.#isWriteDue) this.#writeLater();
  }

  of(account: AccountName): Traffic {
    const today = utcDay(this.#clock.now());
    const days = this.#days.get(account);
    let fifteenDaysBytes = 0;
    // A day after today is one that a wrong clock once told.
    for (const { day, bytes } of days?.values() ?? [])
      if (day > today - keptDays && day <= today) fifteenDaysBytes += bytes;
    return { todayBytes: days?.get(today)?.bytes ?? 0, fifteenDaysBytes };
  }

  /** Writes what is not written yet; to be called once nothing is added any more. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#writing;
    await this.#write();
  }

  #of(account: AccountName, day: number): CountedDay {
    let days = this.#days.get(account);
    if (days === undefined) this.#days.set(account, (days = new Map<number, CountedDay>()));
    let counted = days.get(day);
    if (counted === undefined) days.set(day, (counted = { account, day, bytes: 0, isWritten: true }));
    return counted;
  }

  #writeLater(): void {
    this.#isWriteDue = true;
    this.#writing = this.#clock.sleep(writeEveryMs, this.#closed.signal).then(
      async () => {
        this.#isWriteDue = false;
        await this.#write();
      },
      () => undefined,
    );
  }

  async #write(): Promise<void> {
    const oldest = utcDay(this.#clock.now()) - keptDays;
    const unwritten: CountedDay[] = [];
    for (const days of this.#days.values()) {
      for (const [day, counted] of days) {
        if (!counted.isWritten) unwritten.push(counted);
        if (day <= oldest) days.delete(day);
      }
    }
    if (unwritten.length === 0) return;
    const told = unwritten.map(({ account, day, bytes }): TrafficDay => ({ account, day, bytes }));
    for (const counted of unwritten) counted.isWritten = true;
    try {
      await this.#writer.putTraffic(told);
    } catch (error) {
      for (const counted of unwritten) counted.isWritten = false;
      this.#onError(error);
      if (!this.#isWriteDue && !this.#closed.signal.aborted) this.#writeLater();
    }
  }
}

function utcDay(ms: number): number {
  return Math.floor(ms / dayMs);
}

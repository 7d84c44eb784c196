import type { AccountName } from '../core/account.js';
import { isMoreUrgent, purposes, type Purpose } from '../core/reading.js';
import { waitInQueue } from '../core/wait-in-queue.js';

/**
 * Open requests of one account. TorBox allows 16 connections in all (its staff, 2024-06), AllDebrid 16 for a link and 32
 * for a host (its support, 2024-05), Real-Debrid 32 for a server (its support). A quarter is left for requests that were
 * ended here and that their host still counts.
 */
export const maxPerAccount = 12;
/** How many of them only those get for whom somebody waits: a player and its seek, another player. */
const keptForReaders = 3;

/** Who holds a slot. */
export interface SlotHolder {
  /** Of the most urgent of those who wait for it. */
  readonly purpose: Purpose;
  /** Whether nobody waits for it at present, so that it may be ended for somebody else. */
  readonly idle: boolean;
  /** When it was last of use, monotonic milliseconds. */
  readonly usedMs: number;
  close(): void;
}

interface Waiter {
  readonly account: AccountName;
  readonly holder: SlotHolder;
  readonly grant: () => void;
}

/**
 * How many requests are open at once, for each account and in all, since each has memory for the block that it fills; idle ones
 * make place for wanted ones.
 */
export class StreamSlots {
  readonly #max: number;
  readonly #holders = new Map<SlotHolder, AccountName>();
  readonly #waiters: Waiter[] = [];

  /** @param max in all. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#holders.size;
  }

  /** Whether a slot of this account can be had at once. */
  hasRoom(account: AccountName, purpose: Purpose): boolean {
    return this.#hasPlace(account, purpose) || this.#dispensable(account, purpose) !== undefined;
  }

  /**
   * Resolves once the holder, which has none, has a slot.
   * @throws {AppError} `aborted` when the signal fires first.
   */
  acquire(account: AccountName, holder: SlotHolder, signal: AbortSignal): Promise<void> {
    const granted = waitInQueue(this.#waiters, (grant) => ({ account, holder, grant }), signal);
    this.serve();
    return granted;
  }

  /** Gives a slot back; nothing happens when the holder has none. */
  release(holder: SlotHolder): void {
    if (!this.#holders.delete(holder)) return;
    this.serve();
  }

  /**
   * Serves the waiters as far as possible, the most urgent first, else in the order in which they came; to be called when a
   * holder has become idle, or a waiter more urgent.
   */
  serve(): void {
    const inOrder = purposes.flatMap((purpose) =>
      this.#waiters.filter(({ holder }) => holder.purpose === purpose),
    );
    for (const waiter of inOrder) {
      const { account, holder } = waiter;
      if (!this.#hasPlace(account, holder.purpose)) this.#endIdle(account, holder.purpose);
      if (!this.#hasPlace(account, holder.purpose)) continue;
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      this.#holders.set(holder, account);
      waiter.grant();
    }
  }

  #hasPlace(account: AccountName, purpose: Purpose): boolean {
    return this.#holders.size < this.#max && this.#countOf(account) < this.#allowed(purpose);
  }

  #allowed(purpose: Purpose): number {
    return isBackground(purpose) ? maxPerAccount - keptForReaders : maxPerAccount;
  }

  #countOf(account: AccountName): number {
    let count = 0;
    for (const owner of this.#holders.values()) if (owner === account) count += 1;
    return count;
  }

  /**
   * The holder that may be ended for a waiter of this account: idle, the least urgent first, then the one that was idle for
   * longest. Nothing that goes on in the background ends the stream of a player that has enough for the moment.
   */
  #dispensable(account: AccountName, purpose: Purpose): SlotHolder | undefined {
    const isAccountFull = this.#countOf(account) >= this.#allowed(purpose);
    return [...this.#holders]
      .filter(([holder, owner]) => holder.idle && (!isAccountFull || owner === account))
      .map(([holder]) => holder)
      .filter((holder) => !(isBackground(purpose) && isMoreUrgent(holder.purpose, 'probe')))
      .sort((a, b) => purposes.indexOf(b.purpose) - purposes.indexOf(a.purpose) || a.usedMs - b.usedMs)[0];
  }

  #endIdle(account: AccountName, purpose: Purpose): void {
    const dispensable = this.#dispensable(account, purpose);
    if (dispensable === undefined) return;
    this.#holders.delete(dispensable);
    dispensable.close();
  }
}

/** Nobody waits for it. */
function isBackground(purpose: Purpose): boolean {
  return purpose === 'scan' || purpose === 'read-ahead';
}

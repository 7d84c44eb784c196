/** Keeps one account's requests within its service's limits, links before everything else. */
import type { Clock } from './clock.js';
import { AppError } from './errors.js';
import type { Budget } from './provider.js';

/** What a request is for: a link somebody waits for while reading, a listing, or an item's details. */
export type Purpose = 'link' | 'list' | 'details';

/** At most `maxStarts` requests start in any `lengthMs` milliseconds, whatever becomes of them. */
export interface StartWindow {
  readonly lengthMs: number;
  readonly maxStarts: number;
  /** How many of them only links may use. */
  readonly keptForLinks: number;
}

/** Links may start `capacity` at once and then one every `refillMs`: so at most capacity + T/refillMs in any time T. */
export interface LinkBucket {
  readonly capacity: number;
  readonly refillMs: number;
}

export interface Limits {
  readonly windows: readonly StartWindow[];
  readonly linkBucket: LinkBucket | null;
}

/**
 * A pause that the service asked for is waited out when it is at most this long; of a longer one the waiters hear at
 * once, so that a reader can turn to another account within its patience (60 s by default).
 */
const longestWaitedPauseMs = 15_000;

/** After being overtaken so often, the first of a queue goes before links: nobody starves while links keep coming. */
const maxOvertaken = 20;

/** Links made longer ago than this before the start are forgotten: TorBox counts them over five minutes (observed). */
const rememberedLinksMs = 300_000;

interface Waiter {
  readonly start: () => void;
  readonly fail: (error: AppError) => void;
}

interface Queue {
  readonly purpose: Purpose;
  readonly waiters: Waiter[];
  /** How many requests of queues before this one started since its first waiter came first. */
  overtaken: number;
}

/** Lets requests start one by one as the limits allow. */
export class Limiter {
  readonly #limits: Limits;
  readonly #clock: Clock;
  /** In order of precedence. INVARIANT: when no timer is armed, every queue is empty. */
  readonly #queues: readonly Queue[] = [
    { purpose: 'link', waiters: [], overtaken: 0 },
    { purpose: 'list', waiters: [], overtaken: 0 },
    { purpose: 'details', waiters: [], overtaken: 0 },
  ];
  /** Monotonic times of the newest starts, ascending: as many as the largest window counts. */
  readonly #starts: number[] = [];
  /** The same without those for links. */
  readonly #otherStarts: number[] = [];
  readonly #remembered: number;
  /** When the bucket of links will be full again if no more start. */
  #bucketFullAtMs = -Infinity;
  #pausedUntilMs = -Infinity;
  #pauseReason: AppError | null = null;
  #timer: AbortController | null = null;
  #closed = false;

  /**
   * `recentLinkTimesMs`: when links were made before the start, wall clock milliseconds in any order. Those of the last
   * five minutes count as if this limiter had let them start.
   */
  constructor(limits: Limits, clock: Clock, recentLinkTimesMs: readonly number[] = []) {
    this.#limits = limits;
    this.#clock = clock;
    this.#remembered = Math.max(0, ...limits.windows.map((window) => window.maxStarts));
    const agesMs = recentLinkTimesMs.map((atMs) => clock.now() - atMs);
    const recentMs = agesMs.filter((ageMs) => ageMs >= 0 && ageMs < rememberedLinksMs).sort((a, b) => b - a);
    for (const ageMs of recentMs) this.#drawLink(clock.monotonic() - ageMs);
  }

  /**
   * Resolves when one request of this purpose may start, which must then start at once.
   * @throws {AppError} `aborted` when the signal fires first or the limiter is closed; the reason of the pause while
   * the account is paused for long.
   */
  acquire(purpose: Purpose, signal: AbortSignal): Promise<void> {
    const queue = this.#queues.find((candidate) => candidate.purpose === purpose);
    if (this.#closed || signal.aborted || queue === undefined) return Promise.reject(givenUp());
    const pauseError = this.#longPauseError();
    if (pauseError !== null) return Promise.reject(pauseError);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const index = queue.waiters.indexOf(waiter);
        if (index >= 0) queue.waiters.splice(index, 1);
        if (index === 0) queue.overtaken = 0;
        this.#pump();
        reject(givenUp());
      };
      const waiter: Waiter = {
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
        fail: (error) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      queue.waiters.push(waiter);
      this.#pump();
    });
  }

  /**
   * Lets nothing start for `ms` milliseconds, because the service said so. A shorter pause than the one under way
   * changes nothing.
   */
  pause(ms: number, reason: AppError): void {
    const untilMs = this.#clock.monotonic() + ms;
    if (untilMs <= this.#pausedUntilMs) return;
    this.#pausedUntilMs = untilMs;
    this.#pauseReason = reason;
    const error = this.#longPauseError();
    if (error !== null) this.#failAll(error);
    this.#pump();
  }

  /** How much of each limit of a minute or longer is used; shorter ones only smooth. */
  budgets(): readonly Budget[] {
    const nowMs = this.#clock.monotonic();
    const budgets: Budget[] = this.#limits.windows
      .filter(({ lengthMs }) => lengthMs >= 60_000)
      .map(({ lengthMs, maxStarts }) => {
        const used = this.#starts.filter((atMs) => atMs > nowMs - lengthMs).length;
        return { name: 'requests', used, limit: maxStarts, windowMs: lengthMs };
      });
    const bucket = this.#limits.linkBucket;
    if (bucket === null) return budgets;
    const { capacity, refillMs } = bucket;
    const used = Math.max(0, Math.ceil((this.#bucketFullAtMs - nowMs) / refillMs));
    return [...budgets, { name: 'links', used, limit: capacity, windowMs: capacity * refillMs }];
  }

  /** Ends every wait with `aborted`, and every later one at once. */
  close(): void {
    this.#closed = true;
    this.#failAll(givenUp());
    this.#pump();
  }

  #failAll(error: AppError): void {
    for (const queue of this.#queues) {
      queue.overtaken = 0;
      for (const waiter of queue.waiters.splice(0)) waiter.fail(error);
    }
  }

  #longPauseError(): AppError | null {
    const reason = this.#pauseReason;
    const leftMs = this.#pausedUntilMs - this.#clock.monotonic();
    if (reason === null || leftMs <= longestWaitedPauseMs) return null;
    const { code, message, retry, context } = reason;
    return new AppError(code, message, { retry, context, retryAfterMs: Math.ceil(leftMs) });
  }

  /** Starts all that may start now, then sleeps until the next may. */
  #pump(): void {
    const nowMs = this.#clock.monotonic();
    for (;;) {
      const next = this.#inOrder().find((queue) => this.#earliestMs(queue.purpose) <= nowMs);
      if (next === undefined) break;
      this.#startFirst(next, nowMs);
    }
    this.#timer?.abort();
    this.#timer = null;
    const waiting = this.#inOrder();
    if (waiting.length === 0) return;
    const wakeAtMs = Math.min(...waiting.map((queue) => this.#earliestMs(queue.purpose)));
    this.#sleep(Math.max(1, Math.ceil(wakeAtMs - nowMs)));
  }

  #sleep(ms: number): void {
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(ms, timer.signal).then(
      () => {
        if (this.#timer === timer) this.#pump();
      },
      () => undefined,
    );
  }

  /** Queues with waiters, the next to be served first. */
  #inOrder(): Queue[] {
    const waiting = this.#queues.filter((queue) => queue.waiters.length > 0);
    const overdue = waiting.filter((queue) => queue.overtaken >= maxOvertaken);
    return [...overdue, ...waiting.filter((queue) => !overdue.includes(queue))];
  }

  #startFirst(queue: Queue, nowMs: number): void {
    const waiter = queue.waiters.shift();
    if (waiter === undefined) return;
    queue.overtaken = 0;
    for (const later of this.#queues.slice(this.#queues.indexOf(queue) + 1)) {
      if (later.waiters.length > 0) later.overtaken += 1;
    }
    this.#note(this.#starts, nowMs);
    if (queue.purpose !== 'link') this.#note(this.#otherStarts, nowMs);
    if (queue.purpose === 'link') this.#drawLink(nowMs);
    waiter.start();
  }

  #drawLink(atMs: number): void {
    const bucket = this.#limits.linkBucket;
    if (bucket === null) return;
    const { capacity, refillMs } = bucket;
    // An empty bucket gets no emptier, however many links are said to have been made before the start.
    const emptyMs = atMs + capacity * refillMs;
    this.#bucketFullAtMs = Math.min(Math.max(atMs, this.#bucketFullAtMs) + refillMs, emptyMs);
  }

  #note(starts: number[], nowMs: number): void {
    starts.push(nowMs);
    if (starts.length > this.#remembered) starts.shift();
  }

  /** The first moment at which a request of this purpose may start, if none starts before it. */
  #earliestMs(purpose: Purpose): number {
    let earliestMs = this.#pausedUntilMs;
    for (const { lengthMs, maxStarts, keptForLinks } of this.#limits.windows) {
      earliestMs = Math.max(earliestMs, nthLast(this.#starts, maxStarts) + lengthMs);
      if (purpose === 'link') continue;
      earliestMs = Math.max(earliestMs, nthLast(this.#otherStarts, maxStarts - keptForLinks) + lengthMs);
    }
    const bucket = this.#limits.linkBucket;
    if (purpose !== 'link' || bucket === null) return earliestMs;
    return Math.max(earliestMs, this.#bucketFullAtMs - (bucket.capacity - 1) * bucket.refillMs);
  }
}

/** The time of the n-th start from the end; long ago where there were fewer. */
function nthLast(starts: readonly number[], n: number): number {
  return starts.at(-n) ?? -Infinity;
}

function givenUp(): AppError {
  return new AppError('aborted', 'The wait for a request to start was given up by its caller.');
}

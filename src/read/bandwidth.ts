import type { Clock } from '../core/clock.js';
import { purposes, type Purpose } from '../core/reading.js';
import { waitInQueue } from '../core/wait-in-queue.js';

/** What may be taken at once after a silence, as milliseconds of the rate: many times the resolution of timers. */
const burstMs = 100;
/** The longest sleep in milliseconds, so that who comes meanwhile and wants little is not kept waiting for it. */
const longestSleepMs = 100;
/**
 * For so many bytes that went to classes before it while it waited, a class gets one before them: of what two classes
 * want whole, the later one gets a sixteenth.
 */
const maxOvertaken = 15;

/** Who draws on the bandwidth; asked each time that it matters, since a reader may come while a stream waits. */
export interface BandwidthUser {
  /** `read-ahead`: nobody waits for what comes now. */
  readonly urgency: Purpose;
}

interface Waiter {
  readonly user: BandwidthUser;
  readonly bytes: number;
  /**
   * The bytes that its stream was given, or where that is more, those that the streams served by now were given: the
   * smallest is next of its class. So who was silent for long does not get all that the others had meanwhile.
   */
  readonly turn: number;
  readonly grant: () => void;
}

/**
 * A limit on the bytes a second that all streams together take: a bucket of tokens, one for each byte. In any time T they
 * take at most T times the rate, and once the larger of 100 ms of it and the largest piece.
 *
 * Who waits is served by urgency: players, scanners, what is read ahead; of one class those first who had least, so that
 * all streams of a class get the same. Nobody starves: a class is not overtaken for ever (`maxOvertaken`), and within a
 * class who was given a piece goes behind who waits.
 *
 * INVARIANT: while somebody waits, a sleep is under way that ends with serving.
 */
export class Bandwidth {
  readonly #bytesPerMs: number;
  readonly #capacity: number;
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  /** Bytes that went to classes before it while it waited, less those that it got for them. */
  readonly #overtaken: Record<Purpose, number> = {
    play: 0,
    seek: 0,
    probe: 0,
    scan: 0,
    'read-ahead': 0,
  };
  /** Below 0 where a piece was larger than the bucket. */
  #tokens: number;
  #filledMs: number;
  #isSleeping = false;
  /** The turn of the newest piece that was let through. */
  #turn = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#capacity = Math.max(1, this.#bytesPerMs * burstMs);
    this.#tokens = this.#capacity;
    this.#clock = clock;
    this.#filledMs = clock.monotonic();
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** What one stream draws, one piece after the other. */
  share(user: BandwidthUser): BandwidthShare {
    let hadTurn = 0;
    let waitedMs = 0;
    return {
      get waitedMs() {
        return waitedMs;
      },
      draw: (bytes, signal) => {
        const turn = Math.max(this.#turn, hadTurn);
        hadTurn = turn + bytes;
        if (this.#takeAtOnce(bytes, turn)) return null;
        const sinceMs = this.#clock.monotonic();
        return this.#wait({ user, bytes, turn }, signal).then(() => {
          waitedMs += this.#clock.monotonic() - sinceMs;
        });
      },
    };
  }

  #takeAtOnce(bytes: number, turn: number): boolean {
    if (this.#waiters.length > 0) return false;
    this.#fill();
    if (!this.#covers(bytes)) return false;
    this.#tokens -= bytes;
    this.#turn = turn;
    return true;
  }

  #wait(wanted: Omit<Waiter, 'grant'>, signal: AbortSignal): Promise<void> {
    const granted = waitInQueue(this.#waiters, (grant) => ({ ...wanted, grant }), signal);
    this.#serve();
    return granted;
  }

  #serve(): void {
    this.#fill();
    let next = this.#next();
    while (next !== undefined && this.#covers(next.bytes)) {
      this.#let(next);
      next = this.#next();
    }
    if (next === undefined || this.#isSleeping) return;
    this.#isSleeping = true;
    const missing = Math.min(next.bytes, this.#capacity) - this.#tokens;
    const sleepMs = Math.min(longestSleepMs, Math.max(1, Math.ceil(missing / this.#bytesPerMs)));
    void this.#clock.sleep(sleepMs).then(() => {
      this.#isSleeping = false;
      this.#serve();
    });
  }

  #let(waiter: Waiter): void {
    const { urgency } = waiter.user;
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    for (const later of purposes.slice(purposes.indexOf(urgency) + 1)) {
      const isWaiting = this.#waiters.some(({ user }) => user.urgency === later);
      this.#overtaken[later] = isWaiting ? this.#overtaken[later] + waiter.bytes : 0;
    }
    this.#overtaken[urgency] = Math.max(0, this.#overtaken[urgency] - maxOvertaken * waiter.bytes);
    this.#tokens -= waiter.bytes;
    this.#turn = Math.max(this.#turn, waiter.turn);
    waiter.grant();
  }

  #next(): Waiter | undefined {
    const firsts = purposes.flatMap((urgency) => this.#firstOf(urgency) ?? []);
    const overdue = firsts.find(({ user, bytes }) => this.#overtaken[user.urgency] >= maxOvertaken * bytes);
    return overdue ?? firsts[0];
  }

  #firstOf(urgency: Purpose): Waiter | undefined {
    let first: Waiter | undefined;
    for (const waiter of this.#waiters)
      if (waiter.user.urgency === urgency && (first === undefined || waiter.turn < first.turn))
        first = waiter;
    return first;
  }

  /** Whether a piece may be taken; of one that is larger than the bucket, the rest is owed. */
  #covers(bytes: number): boolean {
    return this.#tokens >= Math.min(bytes, this.#capacity);
  }

  #fill(): void {
    const nowMs = this.#clock.monotonic();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#filledMs) * this.#bytesPerMs);
    this.#filledMs = nowMs;
  }
}

/** One stream's way to its part of the bandwidth. */
export interface BandwidthShare {
  /** How long it has waited in all, in milliseconds. */
  readonly waitedMs: number;
  /**
   * Takes the tokens for a piece: null when they are there, else a promise for them. One at a time.
   * @throws {AppError} `aborted` when the signal fires first.
   */
  draw(bytes: number, signal: AbortSignal): Promise<void> | null;
}

import type { Clock } from '../core/clock.js';
import { sourceKey, type Source } from '../core/content.js';
import { AppError, toAppError, type ErrorCode } from '../core/errors.js';
import type { LinkStore } from '../core/link-store.js';
import type { Link, Provider } from '../core/provider.js';
import { backoffMs } from '../core/retry.js';
import { SingleFlight } from '../core/single-flight.js';

/** A link is renewed at most this often, so that a host's bad day does not become a flood of link requests. */
const renewalIntervalMs = 30_000;
/** How long a refused link request is remembered: by code where asking sooner cannot help, else doubling. */
const refusal = { baseMs: 5_000, maxMs: 300_000 };
const refusalsByCode: Partial<Record<ErrorCode, number>> = { 'content-gone': 900_000, 'item-gone': 900_000 };

interface Refusal {
  readonly error: AppError;
  readonly count: number;
  readonly untilMs: number;
}

/**
 * Keeps one link per source: asked for at first use, shared by all readers, kept over restarts, renewed when it is too old
 * or was refused.
 */
export class LinkKeeper {
  readonly #store: LinkStore;
  readonly #clock: Clock;
  readonly #asking = new SingleFlight<string, Link>();
  readonly #closed = new AbortController();
  readonly #refused = new Map<string, Refusal>();
  /** When a link was last asked for although there was one, monotonic milliseconds. */
  readonly #renewedMs = new Map<string, number>();

  constructor(store: LinkStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Link requests under way. */
  get asking(): number {
    return this.#asking.size;
  }

  /**
   * A link that is not too old. Goes on asking when nobody waits any more: the next reader will want it.
   * @throws {AppError} what the account said, for some time without asking again.
   */
  async get(source: Source, provider: Provider): Promise<Link> {
    const key = sourceKey(source);
    const kept = this.#store.get(key);
    if (kept !== undefined && this.#clock.now() - kept.bornMs < provider.linkPolicy.lifetimeMs) return kept;
    return this.#ask(key, source, provider);
  }

  /**
   * Another link than one that was refused. Whoever comes with a link that was replaced meanwhile gets the new one.
   * @throws {AppError} `link-dead` when it was renewed just now; else as `get`.
   */
  async renew(source: Source, provider: Provider, refused: Link): Promise<Link> {
    const key = sourceKey(source);
    const kept = this.#store.get(key);
    if (kept !== undefined && kept.url !== refused.url) return kept;
    const nowMs = this.#clock.monotonic();
    const sinceMs = nowMs - (this.#renewedMs.get(key) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < renewalIntervalMs) {
      const retryAfterMs = renewalIntervalMs - sinceMs;
      throw new AppError('link-dead', 'The link was renewed and is refused again.', {
        retry: 'wait',
        retryAfterMs,
      });
    }
    this.#renewedMs.set(key, nowMs);
    return this.#ask(key, source, provider);
  }

  close(): void {
    this.#closed.abort();
  }

  async #ask(key: string, source: Source, provider: Provider): Promise<Link> {
    const before = this.#refused.get(key);
    if (before !== undefined && before.untilMs > this.#clock.monotonic()) throw before.error;
    return this.#asking.run(key, async () => {
      try {
        const link = await provider.link(source, this.#closed.signal);
        this.#store.put(key, link);
        this.#refused.delete(key);
        return link;
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code !== 'aborted') this.#remember(key, error, before?.count ?? 0);
        throw error;
      }
    });
  }

  #remember(key: string, error: AppError, count: number): void {
    const waitMs =
      refusalsByCode[error.code] ?? error.retryAfterMs ?? backoffMs(count, refusal.baseMs, refusal.maxMs);
    this.#refused.set(key, { error, count: count + 1, untilMs: this.#clock.monotonic() + waitMs });
  }
}

/** Buys what the user has said may be bought, and nothing else. */
import type { Clock } from '../../core/clock.js';
import { AppError } from '../../core/errors.js';
import type { OwnLink } from '../../core/own-links.js';
import { SingleFlight } from '../../core/single-flight.js';
import type { AccountApi } from '../account-api.js';
import { isHostBusy } from './errors.js';
import { readPortalLink, type PortalLink } from './portal-link.js';

/** A link that was bought. */
export type Purchase = Pick<PortalLink, 'id' | 'name' | 'size'>;

/** How long a host is not asked that is busy, where the portal does not say, in milliseconds: its own example says 60 s. */
const usualPauseMs = 60_000;

/**
 * Unrestricting a file for the first time costs prepaid traffic (documented), so this is the one place that does.
 *
 * INVARIANT: a line is unrestricted once in the life of this object, unless it is ordered again: also when it is renamed,
 * and when the copy that was bought is gone or its answer could not be understood. An answer that is lost is asked for again, which
 * costs nothing while the copy is there (documented: `reusedExisting`).
 */
export class Purchases {
  readonly #api: AccountApi;
  readonly #clock: Clock;
  readonly #bought = new Map<string, Purchase>();
  /** Lines that were paid for by an answer that could not be understood. */
  readonly #notUnderstood = new Map<string, unknown>();
  readonly #buying = new SingleFlight<string, Purchase>();
  /** Hosts that are left alone for now: until when, monotonic, and why. */
  readonly #busy = new Map<string, { readonly untilMs: number; readonly why: AppError }>();

  constructor(api: AccountApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * What was bought for a line with `mayBuy`; null for any other.
   * @throws {AppError} what the file or the account is refused for; `host-limited` while its host is busy, which is asked once in that
   * time.
   */
  async of(link: OwnLink, signal: AbortSignal): Promise<Purchase | null> {
    if (!link.mayBuy) return null;
    const key = JSON.stringify([link.url, link.order]);
    const known = this.#bought.get(key);
    if (known !== undefined && known.size !== null) return known;
    if (this.#notUnderstood.has(key)) throw this.#notUnderstood.get(key);
    const { hostname } = new URL(link.url);
    const busy = this.#busy.get(hostname);
    if (busy !== undefined && busy.untilMs > this.#clock.monotonic()) throw busy.why;
    try {
      const purchase = await this.#buying.run(key, () =>
        known === undefined ? this.#buy(key, link, signal) : this.#ask(known.id, signal),
      );
      this.#bought.set(key, purchase);
      return purchase;
    } catch (thrown) {
      if (!isHostBusy(thrown)) throw thrown;
      const pauseMs = Math.max(thrown.retryAfterMs ?? 0, usualPauseMs);
      const why = new AppError('host-limited', thrown.message, { retry: 'wait', context: thrown.context });
      this.#busy.set(hostname, { untilMs: this.#clock.monotonic() + pauseMs, why });
      throw why;
    }
  }

  async #buy(key: string, { url, password }: OwnLink, signal: AbortSignal): Promise<Purchase> {
    const json = password === null ? { url } : { url, password };
    const path = '/unrestrict';
    const answer = await this.#api.call({ purpose: 'details', method: 'POST', path, json, signal });
    try {
      return readPortalLink(this.#api, answer);
    } catch (thrown) {
      this.#notUnderstood.set(key, thrown);
      throw thrown;
    }
  }

  async #ask(id: string, signal: AbortSignal): Promise<Purchase> {
    const path = `/link/${id}`;
    const answer = await this.#api.call({ purpose: 'details', method: 'GET', path, signal });
    return readPortalLink(this.#api, answer);
  }
}

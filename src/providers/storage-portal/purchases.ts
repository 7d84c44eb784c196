/** Buys what the user has said may be bought, and nothing else. */
import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
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
  readonly #logger: Logger;
  readonly #bought = new Map<string, Purchase>();
  /** Lines that were paid for by an answer that could not be understood. */
  readonly #notUnderstood = new Map<string, unknown>();
  readonly #buying = new SingleFlight<string, Purchase>();
  /** Monotonic times until which hosts are left alone. */
  readonly #busyUntilMs = new Map<string, number>();

  constructor(api: AccountApi, clock: Clock, logger: Logger) {
    this.#api = api;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * What was bought for a line with `mayBuy`; null while its host is busy.
   * @throws {AppError} what the file or the account is refused for.
   */
  async of(link: OwnLink, signal: AbortSignal): Promise<Purchase | null> {
    if (!link.mayBuy) return null;
    const key = JSON.stringify([link.url, link.order]);
    const known = this.#bought.get(key);
    if (known !== undefined && known.size !== null) return known;
    if (this.#notUnderstood.has(key)) throw this.#notUnderstood.get(key);
    const { hostname } = new URL(link.url);
    if ((this.#busyUntilMs.get(hostname) ?? 0) > this.#clock.monotonic()) return null;
    try {
      const purchase = await this.#buying.run(key, () =>
        known === undefined ? this.#buy(key, link, signal) : this.#ask(known.id, signal),
      );
      this.#bought.set(key, purchase);
      return purchase;
    } catch (thrown) {
      if (!isHostBusy(thrown)) throw thrown;
      const pauseMs = Math.max(thrown.retryAfterMs ?? 0, usualPauseMs);
      this.#busyUntilMs.set(hostname, this.#clock.monotonic() + pauseMs);
      this.#logger.warn(
        { ...thrown.context, host: hostname },
        `nothing is bought for now: ${thrown.message}`,
      );
      return null;
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

import { setMaxListeners } from 'node:events';
import { LRUCache } from 'lru-cache';
import { atMost } from '../core/abortable.js';
import type { Clock } from '../core/clock.js';
import { sourceKey, type Source } from '../core/content.js';
import { concernOf } from '../core/concern.js';
import { AppError, toAppError } from '../core/errors.js';
import type { LinkStore } from '../core/link-store.js';
import type { Meter } from '../core/meter.js';
import type { Link, Provider } from '../core/provider.js';
import type { SourceNews } from '../core/reading.js';
import { SingleFlight } from '../core/single-flight.js';

/** A link is renewed at most this often, in milliseconds, so that a host's bad day does not become a flood of requests. */
const renewalIntervalMs = 30_000;
/** A link may be asked for so long, in milliseconds: AllDebrid fetches some files first, which takes minutes. */
const longestAskMs = 600_000;
/** Renewals remembered: more than can be made in the interval. */
const maxRemembered = 1_000;

/**
 * Keeps one link per source: asked for at first use, shared by all readers, kept over restarts, renewed when it is too old
 * or was refused. A request goes on when nobody waits for it any more: the next reader will want its link.
 */
export class LinkKeeper {
  readonly #store: LinkStore;
  readonly #clock: Clock;
  readonly #onNews: (news: SourceNews) => void;
  readonly #meter: Pick<Meter, 'linked'> | undefined;
  readonly #asking = new SingleFlight<string, Link>();
  readonly #closed = new AbortController();
  /** When a link last took the place of another, monotonic milliseconds. */
  readonly #renewedMs = new LRUCache<string, number>({ max: maxRemembered });

  /** @param onNews hears of every link that was made, or refused for longer than a moment. */
  constructor(
    store: LinkStore,
    clock: Clock,
    onNews: (news: SourceNews) => void,
    meter?: Pick<Meter, 'linked'>,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#onNews = onNews;
    this.#meter = meter;
    // As many requests listen as files are opened at once.
    setMaxListeners(0, this.#closed.signal);
  }

  /** Link requests under way. */
  get asking(): number {
    return this.#asking.size;
  }

  /**
   * A link that is not too old.
   * @throws {AppError} what the account said.
   */
  async get(source: Source, provider: Provider): Promise<Link> {
    const key = sourceKey(source);
    const asked = this.#asking.running(key);
    if (asked !== undefined) return asked;
    const kept = this.#store.get(key);
    if (kept !== undefined && this.#clock.now() - kept.bornMs < provider.linkPolicy.lifetimeMs) return kept;
    return this.#ask(key, source, provider);
  }

  /**
   * Whether a link is not the one in use any more. Two readers meet the same dead link: the first one's failure has it
   * replaced, and the second one's says nothing about the new one.
   */
  isReplaced(source: Source, link: Link): boolean {
    const key = sourceKey(source);
    return this.#asking.running(key) !== undefined || this.#store.get(key)?.url !== link.url;
  }

  /**
   * Asks for another link than the one in use.
   * @throws {AppError} `link-dead` when it was renewed just now; else what the account said.
   */
  async renew(source: Source, provider: Provider): Promise<Link> {
    const key = sourceKey(source);
    const nowMs = this.#clock.monotonic();
    const sinceMs = nowMs - (this.#renewedMs.get(key) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < renewalIntervalMs) {
      const retryAfterMs = renewalIntervalMs - sinceMs;
      const message = 'The link was replaced just now, and the new one is refused too.';
      throw new AppError('link-dead', message, { retry: 'wait', retryAfterMs });
    }
    const link = await this.#ask(key, source, provider);
    this.#renewedMs.set(key, this.#clock.monotonic());
    return link;
  }

  close(): void {
    this.#closed.abort();
  }

  #ask(key: string, source: Source, provider: Provider): Promise<Link> {
    return this.#asking.run(key, async () => {
      const giveUp = new AbortController();
      const asked = this.#made(source, provider, AbortSignal.any([this.#closed.signal, giveUp.signal]));
      const late = (): AppError =>
        new AppError('timeout', `The account ${source.account} gave no link in ten minutes.`, {
          retry: 'wait',
        });
      const link = await atMost(this.#clock, longestAskMs, asked, late).finally(() => giveUp.abort());
      this.#store.put(key, link);
      return link;
    });
  }

  async #made(source: Source, provider: Provider, signal: AbortSignal): Promise<Link> {
    try {
      const link = await provider.link(source, signal);
      this.#meter?.linked(source.account, 'made');
      this.#onNews({ source, asked: 'link', refused: null });
      return link;
    } catch (thrown) {
      const error = asLinkError(toAppError(thrown));
      this.#meter?.linked(source.account, error.code);
      const concerns = concernOf(error.code);
      if (concerns !== 'moment') this.#onNews({ source, asked: 'link', refused: { error, concerns } });
      throw error;
    }
  }
}

/** What a service calls a request that is not valid is no fault of the reader, which would hear EINVAL. */
function asLinkError(error: AppError): AppError {
  if (error.code !== 'invalid') return error;
  const { message, context } = error;
  return new AppError('link-dead', message, { retry: 'other-source', context, cause: error });
}

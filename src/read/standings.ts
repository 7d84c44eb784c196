import { LRUCache } from 'lru-cache';
import type { AccountName } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { sourceKey, type Source } from '../core/content.js';
import { concernOf } from '../core/concern.js';
import { AppError, type ErrorCode } from '../core/errors.js';
import type { Link, LinkPolicy } from '../core/provider.js';
import type { SourceNews } from '../core/reading.js';
import { backoffMs } from '../core/retry.js';
import type { Observation } from './observation.js';
import { blamesHost, verdictOn, type Verdict } from './verdict.js';

/** A time during which a source is not asked. */
export interface Pause {
  /** Monotonic milliseconds. */
  readonly untilMs: number;
  /** Whether a reader need not wait for its end, even where there is no other source. */
  readonly lasting: boolean;
  readonly error: AppError;
}

interface Standing {
  /** Failures in a row since the last whole block or the last time it was left. */
  failures: number;
  /** The link was replaced because of trouble since then. */
  renewed: boolean;
  /** How often in a row it was left. */
  strikes: number;
  pause: Pause | null;
}

/**
 * A host of which so many requests in a row failed is down: more than one file's tries. One that is silent costs each of them ten
 * seconds, so silence counts twice.
 */
const hostFailures = 4;
/** So long nobody asks a host that is down, in milliseconds; then one failure is enough for twice as long, up to the second. */
const hostDown = { baseMs: 10_000, maxMs: 60_000 };
/** Hosts remembered: each service has some dozens. */
const maxHosts = 1_000;
/** Sources remembered: more than are read between two failures of one of them. */
const maxSources = 10_000;
/** First and longest pause after a refused link, in milliseconds, by whether waiting helps. */
const refusedPauses = {
  passing: { baseMs: 1_000, maxMs: 60_000 },
  lasting: { baseMs: 60_000, maxMs: 300_000 },
  gone: { baseMs: 900_000, maxMs: 24 * 3_600_000 },
} as const;

/** What gives bytes (a source, or a volume of one) and its key, its link, and how it is reached. */
export interface GivingSource {
  readonly linked: Source;
  readonly key: string;
  readonly link: Link;
  readonly way: Way;
}

/** A file host as an account reaches it. */
export interface Way {
  /** With its port where that is told. */
  readonly host: string;
  /** Null: none. Secret. */
  readonly proxyUrl: string | null;
}

interface HostStanding {
  /** In a row, over all that is asked of it. */
  failures: number;
  pause: Pause | null;
}

/** What failures taught about sources, accounts and hosts, for all files and readers together: who is not asked until when. */
export class Standings {
  readonly #clock: Clock;
  readonly #onNews: (news: SourceNews) => void;
  readonly #bySource = new LRUCache<string, Standing>({ max: maxSources });
  readonly #byAccount = new Map<AccountName, Standing>();
  readonly #byWay = new LRUCache<string, HostStanding>({ max: maxHosts });

  /** @param onNews hears of what file hosts refuse for longer than a moment, and of its end. */
  constructor(clock: Clock, onNews: (news: SourceNews) => void) {
    this.#clock = clock;
    this.#onNews = onNews;
  }

  /** The pause that a source is in, by itself or with its account; null when it may be asked. */
  pauseOf(source: Source): Pause | null {
    const nowMs = this.#clock.monotonic();
    const pauses = [this.#byAccount.get(source.account)?.pause, this.#bySource.get(sourceKey(source))?.pause];
    return pauses.find((pause) => (pause?.untilMs ?? 0) > nowMs) ?? null;
  }

  /** Whether a host may be asked. False: it is down, and the source that leads to it is not asked until it may be up again. */
  mayAsk(way: Way, source: Source): boolean {
    const pause = this.#byWay.get(wayKey(way))?.pause ?? null;
    if (pause === null || pause.untilMs <= this.#clock.monotonic()) return true;
    const standing = this.#ofSource(source);
    standing.pause = laterOf(standing.pause, pause);
    return false;
  }

  /**
   * A whole block came: what is over is forgiven. A pause goes on: it was for new requests, and this block may belong to
   * one that was open before.
   */
  proved({ linked: source, key, way }: GivingSource): void {
    const nowMs = this.#clock.monotonic();
    const isOver = (standing: Pick<Standing, 'pause'> | undefined): boolean =>
      (standing?.pause?.untilMs ?? 0) <= nowMs;
    if (isOver(this.#byWay.get(wayKey(way)))) this.#byWay.delete(wayKey(way));
    const isForgiven = [
      isOver(this.#bySource.get(key)) && this.#bySource.delete(key),
      isOver(this.#byAccount.get(source.account)) && this.#byAccount.delete(source.account),
    ];
    if (isForgiven.includes(true)) this.#onNews({ source, asked: 'bytes', refused: null });
  }

  /**
   * A file host failed.
   * @param hasOther whether another account can be asked for the file.
   * @returns what to do; pauses are noted, those of requests that fail together once.
   */
  hostFailed(
    { linked: source, link, way }: GivingSource,
    { settleMs }: LinkPolicy,
    seen: Observation,
    hasOther: boolean,
  ): Verdict {
    const standing = this.#ofSource(source);
    const { failures, renewed } = standing;
    const linkAgeMs = this.#clock.now() - link.bornMs;
    const strikes = Math.max(standing.strikes, this.#byAccount.get(source.account)?.strikes ?? 0);
    const verdict = verdictOn(seen, { failures, renewed, strikes, hasOther, linkAgeMs, settleMs });
    if (this.#isNoted(source, verdict.code)) {
      const { code, sentence } = verdict;
      return verdict.action === 'relink' ? { code, sentence, action: 'retry', pauseMs: 0 } : verdict;
    }
    standing.failures += 1;
    if (verdict.action === 'relink') {
      standing.renewed = true;
      return verdict;
    }
    const { code, sentence, pauseMs } = verdict;
    const name = way.host.replace(/:\d+$/, '');
    const message = sentence.replace('{host}', name).replace('{account}', source.account);
    const error = new AppError(code, message, {
      context: { account: source.account, host: name, saw: seen.kind },
    });
    if (blamesHost(seen)) this.#noteHost(way, seen.kind === 'silent' ? 2 : 1, error);
    if (verdict.action === 'retry') {
      standing.pause = laterOf(standing.pause, this.#pause(pauseMs, false, error));
    } else {
      this.#leave(verdict.scope === 'account' ? this.#ofAccount(source.account) : standing, verdict, error);
      if (verdict.scope === 'account') Object.assign(standing, { failures: 0, renewed: false });
      if (verdict.lasting || verdict.code === 'address-refused') {
        const concerns = verdict.scope === 'account' ? 'account' : 'file';
        this.#onNews({ source, asked: 'bytes', refused: { error, concerns } });
      }
    }
    return verdict;
  }

  /** The account gave no link. */
  linkRefused(source: Source, error: AppError): void {
    if (this.#isNoted(source, error.code)) return;
    const standing =
      concernOf(error.code) === 'account' ? this.#ofAccount(source.account) : this.#ofSource(source);
    const lasting = error.retry === 'never' || error.retry === 'other-source';
    const isGone = error.code === 'content-gone' || error.code === 'item-gone';
    const { baseMs, maxMs } = refusedPauses[isGone ? 'gone' : lasting ? 'lasting' : 'passing'];
    const pauseMs = Math.max(error.retryAfterMs ?? 0, backoffMs(standing.strikes, baseMs, maxMs));
    this.#leave(standing, { pauseMs, lasting }, error);
  }

  /** An account has another token: that the last one was refused says nothing of it. */
  tokenChanged(account: AccountName): void {
    if (this.#byAccount.get(account)?.pause?.error.code === 'token-rejected') this.#byAccount.delete(account);
  }

  #noteHost(way: Way, weight: number, error: AppError): void {
    const key = wayKey(way);
    const known = this.#byWay.get(key) ?? { failures: 0, pause: null };
    this.#byWay.set(key, known);
    known.failures += weight;
    if (known.failures < hostFailures) return;
    const downMs = backoffMs(known.failures - hostFailures, hostDown.baseMs, hostDown.maxMs);
    known.pause = this.#pause(downMs, false, error);
  }

  /** Whether a source pauses for this already: many requests under way fail at once, and that is one failure. */
  #isNoted(source: Source, code: ErrorCode): boolean {
    return this.pauseOf(source)?.error.code === code;
  }

  #leave(
    standing: Standing,
    how: { readonly pauseMs: number; readonly lasting: boolean },
    error: AppError,
  ): void {
    standing.failures = 0;
    standing.renewed = false;
    standing.strikes += 1;
    standing.pause = this.#pause(how.pauseMs, how.lasting, error);
  }

  #pause(pauseMs: number, lasting: boolean, error: AppError): Pause {
    return { untilMs: this.#clock.monotonic() + pauseMs, lasting, error };
  }

  #ofSource(source: Source): Standing {
    const key = sourceKey(source);
    const known = this.#bySource.get(key) ?? { failures: 0, renewed: false, strikes: 0, pause: null };
    this.#bySource.set(key, known);
    return known;
  }

  #ofAccount(account: AccountName): Standing {
    const known = this.#byAccount.get(account) ?? { failures: 0, renewed: false, strikes: 0, pause: null };
    this.#byAccount.set(account, known);
    return known;
  }
}

/** The pause that ends later: what made a source be left alone for a day is not over because of a smaller trouble. */
function laterOf(one: Pause | null, other: Pause): Pause {
  return one !== null && one.untilMs > other.untilMs ? one : other;
}

/** What is down may be the proxy, or the host as seen from there. */
function wayKey({ host, proxyUrl }: Way): string {
  return proxyUrl === null ? host : `${host} by ${proxyUrl}`;
}

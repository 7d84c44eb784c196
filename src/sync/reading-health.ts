import { LRUCache } from 'lru-cache';
import type { UnreadableFiles } from '../core/account.js';
import type { Clock } from '../core/clock.js';
import { sourceKey, type Source } from '../core/content.js';
import type { AppError, ErrorCode } from '../core/errors.js';
import type { SourceNews } from '../core/reading.js';

/** Files remembered: more than are tried in a day that cannot be read. */
const maxFiles = 10_000;
/** Reasons told: a service has some ten for a file. */
const maxReasons = 10;
const hourMs = 3_600_000;
/** So long a refusal is told at most, in milliseconds, where nobody has tried to read since. */
const toldForMs = 24 * hourMs;
/**
 * The same of what ends by itself: services count traffic by the day, and whoever reads in the meantime finds out; a refusal for
 * too many requests is over within minutes.
 */
const toldForMsBy: Partial<Record<ErrorCode, number>> = {
  'quota-used-up': 6 * hourMs,
  'rate-limited': 5 * 60_000,
};

interface Refusal {
  readonly error: AppError;
  readonly asked: SourceNews['asked'];
  /** Monotonic milliseconds. */
  readonly atMs: number;
}

/**
 * What reading taught of one account. Its lists and what it says of itself may all be well while it makes no link, as AllDebrid's are
 * for an address that it refuses.
 */
export class ReadingHealth {
  readonly #clock: Clock;
  /** By what was asked for. */
  readonly #ofAll = new Map<SourceNews['asked'], Refusal>();
  /** By source. */
  readonly #ofFiles = new LRUCache<string, Refusal>({ max: maxFiles });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard({ source, asked, refused }: SourceNews): void {
    const key = sourceKey(source);
    if (refused === null) {
      this.#ofAll.delete(asked);
      if (asked === 'bytes' || this.#ofFiles.peek(key)?.asked === 'link') this.#ofFiles.delete(key);
      return;
    }
    const refusal = { error: refused.error, asked, atMs: this.#clock.monotonic() };
    if (refused.concerns === 'account') this.#ofAll.set(asked, refusal);
    else this.#ofFiles.set(key, refusal);
  }

  /** What every file of the account is refused for; null where nothing is known. */
  get trouble(): AppError | null {
    const refusals = [this.#ofAll.get('link'), this.#ofAll.get('bytes')];
    return refusals.find((refusal) => this.#isTold(refusal))?.error ?? null;
  }

  /** Why a source could not be read when it was last tried; null where it could, or was not. */
  refusalOf(source: Source): AppError | null {
    const refusal = this.#ofFiles.peek(sourceKey(source));
    return (this.#isTold(refusal) ? refusal?.error : null) ?? this.trouble;
  }

  /** Single files that were refused, by reason, the most frequent first. */
  get unreadable(): readonly UnreadableFiles[] {
    const byReason = new Map<string, { code: ErrorCode; files: number; sentence: string; atMs: number }>();
    for (const refusal of this.#ofFiles.values()) {
      if (!this.#isTold(refusal)) continue;
      const { code, message, context } = refusal.error;
      // Hosts are named in sentences, and there are many.
      const reason = [code, context['serviceCode'] ?? context['saw'] ?? ''].join(' ');
      const known = byReason.get(reason) ?? { code, files: 0, sentence: message, atMs: refusal.atMs };
      const isNewer = refusal.atMs >= known.atMs;
      byReason.set(reason, {
        code,
        files: known.files + 1,
        sentence: isNewer ? message : known.sentence,
        atMs: Math.max(refusal.atMs, known.atMs),
      });
    }
    return [...byReason.values()]
      .sort((a, b) => b.files - a.files)
      .slice(0, maxReasons)
      .map(({ code, files, sentence }) => ({ code, files, sentence }));
  }

  /** Forgets what every file was refused for: the account has said the same of itself, and that it is over. */
  accountIsWell(): void {
    this.#ofAll.clear();
  }

  #isTold(refusal: Refusal | undefined): boolean {
    if (refusal === undefined) return false;
    const { code, retryAfterMs = 0 } = refusal.error;
    const lengthMs = Math.max(toldForMsBy[code] ?? toldForMs, retryAfterMs);
    return this.#clock.monotonic() - refusal.atMs < lengthMs;
  }
}

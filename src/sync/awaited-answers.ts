import type { Identification } from '../core/identification.js';
import type { Clock } from '../core/clock.js';
import type { TorrentKey } from '../core/torrent.js';
import { looksLikeAnime } from '../library/looks-like-anime.js';
import { soundIdentification } from '../library/sound-identification.js';
import type { Identifications } from '../store/identifications.js';
import { factsOf, type TorrentView } from './torrent-view.js';

/** The longest that a new torrent is kept back for the sake of its title, in milliseconds. */
export const awaitMs = 30_000;
/** A torrent that was not known is asked about again after a week, in milliseconds. */
const missMs = 7 * 86_400_000;
/** No more are kept back than can be answered within `awaitMs`: a torrent that is known takes three requests, one a second. */
const maxAwaited = 10;
/** Torrents whose names are judged in one go: a few tens of milliseconds. */
const judgedAtOnce = 200;

/** What a catalogue is to be asked. */
export interface ToAsk {
  readonly torrents: readonly TorrentKey[];
  /** Whether there may be more. */
  readonly isMore: boolean;
  /** How many torrents are not shown yet for its sake. */
  readonly awaited: number;
}

/** Which torrents a catalogue is to be asked about, and which of them wait for it. Within the librarian's transactions. */
export class AwaitedAnswers {
  readonly #answers: Identifications;
  readonly #clock: Clock;
  readonly #viewOf: (torrent: TorrentKey) => TorrentView | null;
  /** Torrents that are not shown yet, with the monotonic time since when. */
  readonly #awaited = new Map<TorrentKey, number>();
  /** Whether names look like anime's: judged once. */
  readonly #judged = new Map<TorrentKey, boolean>();
  /** Nobody is asked until somebody says so. */
  #isAsking = false;

  constructor(answers: Identifications, clock: Clock, viewOf: (torrent: TorrentKey) => TorrentView | null) {
    this.#answers = answers;
    this.#clock = clock;
    this.#viewOf = viewOf;
  }

  /** How many wait. */
  get count(): number {
    return this.#awaited.size;
  }

  /** Whether a torrent that was never shown is to wait for its answer. */
  keepsBack(view: TorrentView): boolean {
    const { torrent } = view;
    if (!this.#isAsking || this.#answers.of(torrent) !== null) return false;
    const sinceMs = this.#awaited.get(torrent);
    if (sinceMs !== undefined) {
      if (this.#clock.monotonic() - sinceMs < awaitMs) return true;
      this.#awaited.delete(torrent);
      return false;
    }
    if (this.#awaited.size >= maxAwaited || !looksLikeAnime(factsOf(view))) return false;
    this.#awaited.set(torrent, this.#clock.monotonic());
    return true;
  }

  /** Says whether answers can be had at present. @returns torrents that need not wait any longer. */
  setAsking(isAsking: boolean): readonly TorrentKey[] {
    this.#isAsking = isAsking;
    if (isAsking) return [];
    const freed = [...this.#awaited.keys()];
    this.#awaited.clear();
    return freed;
  }

  /** Torrents that have waited long enough. */
  overdue(): readonly TorrentKey[] {
    const endMs = this.#clock.monotonic() - awaitMs;
    return [...this.#awaited].flatMap(([torrent, sinceMs]) => (sinceMs <= endMs ? [torrent] : []));
  }

  /** Says that nobody holds a torrent any more. */
  forget(torrent: TorrentKey): void {
    this.#awaited.delete(torrent);
  }

  /** Keeps an answer. @param isShown whether the torrent was placed without it: then it stays so. */
  answered(torrent: TorrentKey, told: Identification | null, isShown: boolean): void {
    const known = told === null ? null : soundIdentification(told);
    this.#answers.put(torrent, { known, askedMs: this.#clock.now(), used: !isShown && known !== null });
    this.#awaited.delete(torrent);
  }

  /** The torrents to ask about next: those first that wait, then the newest. At most `limit`. */
  toAsk(limit: number): ToAsk {
    const unasked = new Set(this.#answers.unasked(this.#clock.now() - missMs));
    const chosen = [...this.#awaited.keys()].filter((torrent) => unasked.has(torrent));
    let judged = 0;
    for (const torrent of unasked) {
      if (chosen.length >= limit || judged >= judgedAtOnce) break;
      if (this.#awaited.has(torrent)) continue;
      if (!this.#judged.has(torrent)) judged += 1;
      if (this.#isWorthAsking(torrent)) chosen.push(torrent);
    }
    const isMore = judged >= judgedAtOnce || chosen.length >= limit;
    return { torrents: chosen.slice(0, limit), isMore, awaited: this.#awaited.size };
  }

  #isWorthAsking(torrent: TorrentKey): boolean {
    const known = this.#judged.get(torrent);
    if (known !== undefined) return known;
    const view = this.#viewOf(torrent);
    const isWorth = view !== null && looksLikeAnime(factsOf(view));
    this.#judged.set(torrent, isWorth);
    return isWorth;
  }
}

import type { Clock } from '../core/clock.js';

/** A measure is taken over so long, in milliseconds: at 8 MiB/s these are 16 blocks. */
const measureMs = 250;
/** A reader that waited for more than this share of the time has less than it wants. */
const starvedShare = 0.5;
/** What one connection gives is enough where it is this fast, in bytes per second: twice the fastest UHD disc. */
const enoughPerLane = 32 * 1024 * 1024;
/** More connections are kept where they bring at least this factor; else the limit is elsewhere. */
const worthwhile = 1.25;
/** After so long without a starved reader one connection is enough again, in milliseconds. */
const calmMs = 5_000;
/** So long no more connections are tried where they did not help, in milliseconds. */
const futileMs = 300_000;
/** Measures with more connections until their effect is judged: the first is of connections that are only being made. */
const trialMeasures = 2;

/** What came in a time. */
interface Measure {
  readonly sinceMs: number;
  bytes: number;
  blocks: number;
  /** Connections that were fetching, added up over the blocks. */
  busy: number;
  waitedMs: number;
}

function emptyMeasure(sinceMs: number): Measure {
  return { sinceMs, bytes: 0, blocks: 0, busy: 0, waitedMs: 0 };
}

/**
 * How many connections one file is read through at once. One where that suffices; where a reader is starved although its
 * connection flows, as many as its service allows, if that helps.
 */
export class Lanes {
  readonly #clock: Clock;
  readonly #max: () => number;
  #count = 1;
  #measure: Measure;
  #waitingSinceMs: number | null = null;
  /** What was before there were more, while their effect is not known. */
  #trial: { readonly rate: number; readonly count: number; measures: number } | null = null;
  #calmSinceMs: number;
  #futileUntilMs = 0;

  /** @param max how many the source's service allows for one file. */
  constructor(clock: Clock, max: () => number) {
    this.#clock = clock;
    this.#max = max;
    const nowMs = clock.monotonic();
    this.#measure = emptyMeasure(nowMs);
    this.#calmSinceMs = nowMs;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether some reader waits now. */
  waiting(isWaiting: boolean): void {
    const nowMs = this.#clock.monotonic();
    if (isWaiting) {
      this.#waitingSinceMs ??= nowMs;
    } else if (this.#waitingSinceMs !== null) {
      this.#measure.waitedMs += nowMs - Math.max(this.#waitingSinceMs, this.#measure.sinceMs);
      this.#waitingSinceMs = null;
    }
  }

  /**
   * Bytes came.
   * @param busy how many connections are fetching. @param isStreaming whether a reader reads on end.
   * @returns whether there are more lanes than before.
   */
  delivered(bytes: number, busy: number, isStreaming: boolean): boolean {
    const measure = this.#measure;
    measure.bytes += bytes;
    measure.blocks += 1;
    measure.busy += busy;
    const nowMs = this.#clock.monotonic();
    const elapsedMs = nowMs - measure.sinceMs;
    if (elapsedMs < measureMs) return false;
    const isWaiting = this.#waitingSinceMs !== null;
    this.waiting(false);
    const rate = (measure.bytes * 1000) / elapsedMs;
    const isStarved = measure.waitedMs > elapsedMs * starvedShare;
    this.#measure = emptyMeasure(nowMs);
    if (isWaiting) this.#waitingSinceMs = nowMs;
    return this.#decide(nowMs, rate, measure.busy / measure.blocks, isStreaming && isStarved);
  }

  #decide(nowMs: number, rate: number, busy: number, isStarved: boolean): boolean {
    if (isStarved) this.#calmSinceMs = nowMs;
    if (nowMs - this.#calmSinceMs > calmMs) this.#reset();
    // What other requests for the same file brought says nothing about its lanes.
    if (busy > this.#count + 0.5) return false;
    if (this.#trial !== null) {
      this.#trial.measures += 1;
      if (this.#trial.measures < trialMeasures || busy < this.#count - 0.5) return false;
      const { rate: before, count } = this.#trial;
      this.#trial = null;
      if (rate < before * worthwhile) {
        this.#count = count;
        this.#futileUntilMs = nowMs + futileMs;
      }
    }
    const next = this.#max();
    const isHelp = isStarved && rate / this.#count < enoughPerLane && nowMs >= this.#futileUntilMs;
    if (!isHelp || next <= this.#count) return false;
    this.#trial = { rate, count: this.#count, measures: 0 };
    this.#count = next;
    return true;
  }

  #reset(): void {
    this.#count = 1;
    this.#trial = null;
  }
}

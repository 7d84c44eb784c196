import type { Purpose } from '../core/reading.js';
import { blockAt, blockBytes } from './blocks.js';

/** What a read makes worth having. */
export interface Outlook {
  /** Index of the last block that is to be fetched now; behind the last one that was read: it is read ahead. */
  readonly last: number;
  /**
   * How many blocks a new request is to ask for, from the first one that is missing; Infinity: all up to the end of the
   * file, to be read as far as they are wanted. Less than was asked for stands for just that.
   */
  readonly span: number;
  /** Whether it is read on end for so long that more connections may be worth it. */
  readonly isStreaming: boolean;
  readonly purpose: Purpose;
}

/** The kernel sends the requests of a sequential reader up to 1 MiB out of order (observed 2026-11); twice that, in bytes. */
const disorderBytes = 2 * 1024 * 1024;
/**
 * Read-ahead after the second read of a region, in bytes. It comes on top of the 1 MiB that the kernel reads ahead by itself, which a
 * film of 80 Mbit/s takes in the 100 ms of a request.
 */
const firstAheadBytes = 256 * 1024;
/** While somebody may still be probing, so much of what was read on end is read ahead. */
const probedShare = 1 / 2;
/**
 * What is asked for at a new place beyond what is read there, in blocks: 1 MiB, because the kernel asks for as much again before
 * a read that does not begin at a page is whole. A probe of an mkv or a bisecting seek takes less (traced 2026-11), at
 * 25 MB/s it comes in 40 ms, and a request that ends by itself leaves its connection to the next one.
 */
const firstSpanBlocks = (1024 * 1024) / blockBytes;
/** What is asked for at least where somebody reads on, in blocks: the kernel asks for 128 KiB at a time where it may not read ahead more. */
const nextSpanBlocks = (512 * 1024) / blockBytes;
/** Bytes read on end after which more than a little is read ahead: most probes stop before (traced 2026-11). */
const aheadAfterBytes = 5 * 1024 * 1024;
/** Bytes read on end after which more connections may be worth it for who is kept waiting. */
const streamAfterBytes = 4 * 1024 * 1024;
/**
 * Bytes read on end that only somebody who plays reads, or copies (traced 2026-11: probes stay below 5 MiB), who gets a stream without
 * an end.
 */
const playAfterBytes = 8 * 1024 * 1024;
/** A region of a stride: the subtitles of an mp4 lie in pieces of 36 KiB (traced 2026-11). */
const strideRegionBytes = 256 * 1024;
/** Steps of similar length, one after the other, that make a stride. */
const strideSteps = 2;

/**
 * How one reader moves through its file, and what follows from that: nothing is read ahead at a new place, then a little, and as much
 * as was read on end once that is more than a probe, until it jumps.
 */
export class ReadPattern {
  readonly #isScanner: boolean;
  /** Start of the present region, end of the furthest read in it, and the bytes read in it. Null before the first read. */
  #region: { readonly start: number; end: number; bytes: number } | null = null;
  #lastStep = 0;
  /** Steps of similar length over small regions, up to now. */
  #steps = 0;
  #hasPlayed = false;

  /** @param isScanner whether the program is known to look into many files while nobody watches. */
  constructor(isScanner: boolean) {
    this.#isScanner = isScanner;
  }

  /** Whether it reads on end, so that it needs memory ahead of it. */
  get isStreaming(): boolean {
    return (this.#region?.bytes ?? 0) >= streamAfterBytes;
  }

  /**
   * Takes note of a read.
   * @param maxAheadBytes the most that may be read ahead for this reader. @param isSlow the host is slow for each connection, so that
   * all of that is wanted for the others.
   */
  after(offset: number, length: number, maxAheadBytes: number, isSlow: boolean): Outlook {
    const end = offset + length;
    const region = this.#region;
    if (region === null || Math.abs(offset - region.end) > disorderBytes) {
      if (region !== null) this.#step(offset - region.start, region.bytes);
      this.#region = { start: offset, end, bytes: length };
      const last = lastBlockBefore(end);
      const span = this.#steps < strideSteps ? last - blockAt(offset) + 1 + firstSpanBlocks : 0;
      return { last, span, isStreaming: false, purpose: this.#purpose(length) };
    }
    region.bytes += Math.min(length, Math.max(0, end - region.end));
    region.end = Math.max(region.end, end);
    const { bytes } = region;
    const aheadBytes = isSlow && this.isStreaming ? maxAheadBytes : Math.min(maxAheadBytes, aheadFor(bytes));
    return {
      last: lastBlockBefore(region.end + aheadBytes),
      span: bytes < playAfterBytes ? Math.max(nextSpanBlocks, blockAt(aheadFor(bytes))) : Infinity,
      isStreaming: this.isStreaming,
      purpose: this.#purpose(bytes),
    };
  }

  #step(step: number, regionBytes: number): void {
    const ratio = step / this.#lastStep;
    const isSimilar = regionBytes <= strideRegionBytes && ratio > 0.5 && ratio < 2;
    this.#steps = isSimilar ? this.#steps + 1 : 0;
    this.#lastStep = step;
  }

  #purpose(bytes: number): Purpose {
    if (this.#isScanner) return 'scan';
    if (bytes >= playAfterBytes) {
      this.#hasPlayed = true;
      return 'play';
    }
    return this.#hasPlayed ? 'seek' : 'probe';
  }
}

/** How much is read ahead for somebody who read so much on end. */
function aheadFor(bytes: number): number {
  if (bytes < aheadAfterBytes) return firstAheadBytes;
  return bytes < playAfterBytes ? bytes * probedShare : bytes;
}

function lastBlockBefore(end: number): number {
  return blockAt(Math.max(0, end - 1));
}

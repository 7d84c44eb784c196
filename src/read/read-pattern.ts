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
  readonly purpose: Purpose;
}

/** The kernel sends the requests of a sequential reader up to 1 MiB out of order (observed 2026-11); twice that, in bytes. */
const disorderBytes = 2 * 1024 * 1024;
/** Read-ahead after the second read of a region, in bytes: what a film of 40 Mbit/s takes in the 100 ms of a request. */
const firstAheadBytes = 512 * 1024;
/**
 * What is asked for at a new place beyond what is read there, in blocks: 1 MiB, because the kernel asks for as much again before
 * a read that does not begin at a page is whole. A probe of an mkv or a bisecting seek takes less (traced 2026-11), at
 * 25 MB/s it comes in 40 ms, and a request that ends by itself leaves its connection to the next one.
 */
const firstSpanBlocks = (1024 * 1024) / blockBytes;
/** Bytes read on end after which a reader gets a stream without an end: most probes stop before (traced 2026-11). */
const streamAfterBytes = 4 * 1024 * 1024;
/** Bytes read on end that only somebody who plays reads, or copies (traced 2026-11: probes stay below 5 MiB). */
const playAfterBytes = 8 * 1024 * 1024;
/** A region of a stride: the subtitles of an mp4 lie in pieces of 36 KiB (traced 2026-11). */
const strideRegionBytes = 256 * 1024;
/** Steps of similar length, one after the other, that make a stride. */
const strideSteps = 2;

/**
 * How one reader moves through its file, and what follows from that: nothing is read ahead at a new place, then as much as
 * was read on end, until it jumps. What it fetches in vain is never more than what it read, and the first 1 MiB.
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
   * @param maxAheadBytes the most that may be read ahead for this reader.
   */
  after(offset: number, length: number, maxAheadBytes: number): Outlook {
    const end = offset + length;
    const region = this.#region;
    if (region === null || Math.abs(offset - region.end) > disorderBytes) {
      if (region !== null) this.#step(offset - region.start, region.bytes);
      this.#region = { start: offset, end, bytes: length };
      const last = lastBlockBefore(end);
      const span = this.#steps < strideSteps ? last - blockAt(offset) + 1 + firstSpanBlocks : 0;
      return { last, span, purpose: this.#purpose(length) };
    }
    region.bytes += Math.min(length, Math.max(0, end - region.end));
    region.end = Math.max(region.end, end);
    const { bytes } = region;
    const aheadBytes = Math.min(maxAheadBytes, Math.max(firstAheadBytes, bytes));
    return {
      last: lastBlockBefore(region.end + aheadBytes),
      span: bytes < streamAfterBytes ? Math.max(firstSpanBlocks, blockAt(bytes)) : Infinity,
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

function lastBlockBefore(end: number): number {
  return blockAt(Math.max(0, end - 1));
}

import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ContentId } from '../core/content.js';

/** A block that is already known. */
export interface Witness {
  readonly index: number;
  /** SHA-256 of its bytes. */
  readonly digest: string;
}

interface Known extends Witness {
  /** Keys of the sources that were seen to have it. */
  readonly sources: Set<string>;
}

/**
 * Which sources of a content hold the same bytes: the first block that comes of it is the witness by which every other
 * source is judged, also when the file is opened again while blocks of it are cached.
 */
export class Agreement {
  readonly #byContent: LRUCache<ContentId, Known>;

  /** @param maxContents many more than can have blocks in the cache. */
  constructor(maxContents: number) {
    this.#byContent = new LRUCache({ max: maxContents });
  }

  knows(content: ContentId): boolean {
    return this.#byContent.has(content);
  }

  /** Makes a block that was kept the witness, unless there is one. @param source who gave it; null: none that is there now. */
  recall(content: ContentId, index: number, block: Uint8Array, source: string | null): void {
    if (this.knows(content)) return;
    this.#byContent.set(content, {
      index,
      digest: digestOf(block),
      sources: new Set(source === null ? [] : [source]),
    });
  }

  /** What a source must be compared with before its bytes are used; null when nothing is left to compare. */
  missing(content: ContentId, source: string): Witness | null {
    const known = this.#byContent.get(content);
    return known === undefined || known.sources.has(source) ? null : known;
  }

  /** Whether a source's bytes of the witness are the known ones; from then on it is trusted. */
  compare(content: ContentId, source: string, block: Uint8Array): boolean {
    const known = this.#byContent.get(content);
    if (known === undefined) return true;
    const agrees = digestOf(block) === known.digest;
    if (agrees) known.sources.add(source);
    return agrees;
  }

  /** Takes a block from a source: the first of its content becomes the witness. False: compare the source first. */
  accept(content: ContentId, source: string, index: number, block: Uint8Array): boolean {
    const known = this.#byContent.get(content);
    if (known !== undefined) return known.sources.has(source);
    this.#byContent.set(content, { index, digest: digestOf(block), sources: new Set([source]) });
    return true;
  }
}

function digestOf(block: Uint8Array): string {
  return createHash('sha256').update(block).digest('base64');
}
